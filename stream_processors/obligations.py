"""Obligations: what must be done to a field before it may leave. Pure.

Each gives the name and the Avro type of what leaves, and the function from the standard value to it. Another obligation is
another field name, so that tightening an agreement is never refused by the registry.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stream_processors.agreements import Obligation

Leaf = Callable[[Any], Any]
"""From a standard value (never None) to what leaves; None where nothing may: a value of another form has no coarser one."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?) ?\d[A-Z]{2}")

_TIME = {"type": "long", "logicalType": "timestamp-millis"}
STRICTNESS = ("keep", "mask", "generalise", "pseudonymise", "drop")
"""Where rules meet on one field of one person, the later of these wins."""


@dataclass(frozen=True)
class Treatment:
    """An obligation made ready for one field."""

    strictness: int
    name: str
    avro: Any
    leaf: Leaf | None
    """None: a pseudonym, made by the projection, which has the key."""


def treat(field: str, standard_type: str, obligation: Obligation) -> Treatment | None:
    """The treatment of a field of this standard type, or None for drop.

    `standard_type` is one of string, int, long, double, boolean, time, strings, code. Raises ValueError where the obligation
    doesn't fit the type.
    """
    if obligation.drop:
        return None
    if obligation.keep:
        return _keep(field, standard_type)
    if obligation.mask_keep_last is not None:
        return _mask(field, standard_type, obligation.mask_keep_last)
    if obligation.pseudonymise:
        _expect(standard_type, "string")
        return Treatment(STRICTNESS.index("pseudonymise"), f"{field}_pseudonym", "string", None)
    if obligation.decimals is not None:
        _expect(standard_type, "double")
        places = obligation.decimals
        return _general(f"{field}_{places}_decimals", "double", lambda value: round(value, places))
    return _generalise(field, standard_type, str(obligation.generalise))


def _keep(field: str, standard_type: str) -> Treatment:
    if standard_type == "code":
        return Treatment(0, field, "string", lambda value: value["code"])
    avro = {"time": _TIME, "strings": {"type": "array", "items": "string"}}.get(standard_type, standard_type)
    return Treatment(0, field, avro, lambda value: value)


def _mask(field: str, standard_type: str, last: int) -> Treatment:
    _expect(standard_type, "string")

    def mask(value: str) -> str:
        # A value no longer than what stays would leave whole: then nothing stays.
        return "*" * 4 + value[-last:] if 0 < last < len(value) else "*" * 4

    return Treatment(STRICTNESS.index("mask"), f"{field}_masked", "string", mask)


def _generalise(field: str, standard_type: str, to: str) -> Treatment:
    if to == "outward":
        _expect(standard_type, "string")
        return _general(f"{field}_outward", "string", _outward)
    if standard_type == "string":  # a date as text, YYYY-MM-DD
        lengths = {"year": 4, "month": 7}
        if to not in lengths:
            raise ValueError(f"a date can be generalised to year or month, not to {to}")
        return _general(f"{field}_{to}", "string", lambda value: value[: lengths[to]] if _DATE.fullmatch(value) else None)
    _expect(standard_type, "time")
    if to == "hour":
        return _general(f"{field}_hour", _TIME, lambda at: at.replace(minute=0, second=0, microsecond=0))
    form = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[to]
    return _general(f"{field}_{to}", "string", lambda at: _text(at, form))


def _text(at: datetime, form: str) -> str:
    return at.strftime(form)


def _outward(postcode: str) -> str | None:
    found = _POSTCODE.fullmatch(" ".join(postcode.upper().split()))
    return found[1] if found else None


def _general(name: str, avro: Any, leaf: Leaf) -> Treatment:
    return Treatment(STRICTNESS.index("generalise"), name, avro, leaf)


def _expect(found: str, wanted: str) -> None:
    if found != wanted:
        raise ValueError(f"expected a field of type {wanted}, found {found}")
