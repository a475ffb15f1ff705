"""Court result messages as the courts send them to the police (SPI results, XML): one custody record a defendant and case.

A later hearing of the same case is a later version of the same record. The messages carry no marking: the dialect declares
one. Source: `DeliverRequest` with a `ResultedCaseMessage` (namespace http://www.dca.gov.uk/xmlschemas/libra).
"""

import re
from collections.abc import Collection, Iterator
from functools import partial
from hashlib import sha256
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from producers.adapters.bichard_defendant import (
    find_text,
    read_custody,
    read_locations,
    read_organisation,
    read_person,
    read_statements,
)
from producers.adapters.code_tables import court_codes
from producers.adapters.documents import Document, read_each
from producers.row import Refusal, Row, refuse
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from schemas.reference import forces

SOURCE_SYSTEM = "bichard"
"""Names the dialect at the hub."""

_ASN = re.compile(r"^(?P<start>\d{2}.{6})(?P<serial>\d{1,11})(?P<letter>[A-Z])$", re.ASCII)
_CASES = "{*}Message/{*}ResultedCaseMessage/{*}Session"


def read_court_results(file: BinaryIO, force_names: Collection[str]) -> Iterator[Row]:
    """Rows of one message, or of a tar of `.xml` messages; `line` is the number of the message.

    Refusals: ROW_MALFORMED (no XML; or with a document type or entities, which are never read), NOT_A_SUBMISSION (XML, but
    no court results), WRONG_FORCE_IN_FILE, EMPTY_FILE, FILE_TOO_LARGE, NO_SUCH_FILE.
    """
    return read_each(file, ".xml", partial(_read_message, frozenset(force_names)))


def _read_message(names: frozenset[str], document: Document) -> Iterator[Row]:
    try:
        root = fromstring(document.content or b"", forbid_dtd=True)
    except (ParseError, ValueError, LookupError):  # ValueError: forbidden by defusedxml; LookupError: unknown encoding
        yield refuse(document.number, Code.ROW_MALFORMED)
        return
    found = False
    for session in root.iterfind(_CASES):
        for case in session.iterfind("{*}Case"):
            for defendant in case.iterfind("{*}Defendant"):
                found = True
                yield _read_defendant(names, document.number, session, case, defendant)
    if not found:
        yield refuse(document.number, Code.NOT_A_SUBMISSION)


def _read_defendant(names: frozenset[str], number: int, session: Element, case: Element, defendant: Element) -> Row:
    try:
        return Row(number, "custody", _read_submission(names, session, case, defendant))
    except Refused as refused:
        return Row(number, "", None, Refusal.of(refused))


def _read_submission(names: frozenset[str], session: Element, case: Element, defendant: Element) -> Record:
    urn, asn = (find_text(case, "PTIURN") or "").upper() or None, find_text(defendant, "ProsecutorReference")
    _check_force(names, urn, asn)
    hearing = session.find("{*}CourtHearing/{*}Hearing")
    custody, occurred = read_custody(defendant)
    custody |= {"asn": asn, "case_ref": urn, "court": find_text(hearing, "CourtHearingLocation")}
    person, locations = read_person(defendant), read_locations(defendant)
    homes = [place["ref"] for place in locations if place["role"] == "HOME"]
    return {
        "envelope": {
            "source_system": SOURCE_SYSTEM,
            "source_ref": _source_ref(urn, asn, person or {"surname": read_organisation(defendant)}),
            "recorded_at": _join_time(find_text(hearing, "DateOfHearing"), find_text(hearing, "TimeOfHearing")),
        },
        "occurred": occurred,
        "custody": custody,
        "persons": [person] if person else [],
        "locations": locations,
        "links": [{"from_ref": "p1", "to_ref": ref, "reason": "homeAddress"} for ref in homes if person],
        "statements": read_statements(defendant, "p1" if person else None),
    }


def _check_force(names: frozenset[str], urn: str | None, asn: str | None) -> None:
    """Case and arrest may be of two forces, and either may publish. Codes that nobody has (00) tell nothing."""
    codes = court_codes().legacy_force_codes
    sent = [code for code in ((urn or "")[:2], (asn or "")[2:4]) if code]
    named = {force.name for code in sent for force in forces().values() if force.home_office_code == codes.get(code, code)}
    if named and named.isdisjoint(names):
        raise Refused(Code.WRONG_FORCE_IN_FILE, "PTIURN")


def _source_ref(urn: str | None, asn: str | None, who: Record) -> str:
    """Case and arrest. Where many have the same ASN, a hash of who it is tells them apart: two are never one."""
    if urn is None:
        raise Refused(Code.ROW_MALFORMED, "PTIURN")
    arrest = _plain(asn or "")
    if arrest and not any(re.match(pattern, arrest) for pattern in court_codes().shared_asns):
        return f"{urn}/{arrest}"
    text = "\0".join(str(who.get(name)) for name in ("surname", "given_name", "date_of_birth")).casefold()
    return f"{urn}/{arrest}/{sha256(text.encode()).hexdigest()[:16]}"


def _plain(asn: str) -> str:
    """One spelling of an ASN, so that two spellings are one record: capitals, no slashes, the serial in eleven digits."""
    found = _ASN.match(asn.upper().replace("/", ""))
    return f"{found['start']}{found['serial'].zfill(11)}{found['letter']}" if found else asn


def _join_time(date: str | None, time: str | None) -> str | None:
    return f"{date}T{time}" if date and time else date
