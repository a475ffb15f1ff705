"""Whom and what an emergency grant names: one record, person or place, by a keyed token of an identifier. Pure.

The token is an HMAC of the identifier in its national spelling, so that control carries no direct identifier, and so that a
grant reaches each record in which the identifier stands, whoever sent it. A category has no token.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.formats import check_email, check_phone, check_postcode
from stream_processors.identifiers import Checked, check_cro, check_nhs_number, check_nino, check_pnc, check_uprn
from stream_processors.tokens import Tokens

Target = Literal["RECORD", "PERSON", "PLACE"]
"""What a grant names."""

_PERSON: dict[str, str] = {
    "pnc": "pnc_id",
    "cro": "cro_number",
    "nhs": "nhs_number",
    "nino": "nino",
    "telephone": "telephone",
    "email": "email",
}
"""Kind of identifier of a person to the field in which it stands. A name is none: it names many."""

_PLACE: dict[str, str] = {"postcode": "postcode", "uprn": "uprn"}
"""Kind of identifier of a place to the field in which it stands."""

PERSON_KINDS, PLACE_KINDS = tuple(_PERSON), tuple(_PLACE)

_CHECKS: dict[str, Callable[[str], Checked]] = {
    "cro": check_cro,
    "nhs": check_nhs_number,
    "nino": check_nino,
    "telephone": check_phone,
    "email": check_email,
    "postcode": check_postcode,
    "uprn": check_uprn,
}


def target_token(target: Target, kind: str, text: str, year: int, tokens: Tokens) -> str:
    """The token of an identifier as a person writes it. Raises Refused (TARGET_UNREADABLE) where it is none of this kind:
    one that is misspelled would reach nothing, and nobody would know. `year` is the current one."""
    if target == "RECORD":
        if not text.strip():
            raise Refused(Code.TARGET_UNREADABLE, "record")
        return tokens.ledger_record(text)
    if kind not in (_PERSON if target == "PERSON" else _PLACE):
        raise Refused(Code.TARGET_UNREADABLE, f"{target.lower()}.kind")
    checked = check_pnc(text, year) if kind == "pnc" else _CHECKS[kind](text)
    if checked.fault is not None:
        raise Refused(Code.TARGET_UNREADABLE, f"{target.lower()}.{kind}")
    return tokens.target(kind, checked.value)


def tokens_of(event: Record, tokens: Tokens) -> Iterator[tuple[str, str]]:
    """(target, token) of everything in a standard event that a grant could name."""
    yield "RECORD", tokens.ledger_record(event["envelope"]["record_id"])
    for target, items, fields in (("PERSON", event["persons"], _PERSON), ("PLACE", event["locations"], _PLACE)):
        for item in items:
            for kind, name in fields.items():
                if item[name]:
                    yield target, tokens.target(kind, item[name])
