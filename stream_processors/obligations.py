"""Obligations: what must be done to a field before it may leave. Pure.

Each gives the name and the Avro type of what leaves, and the function from the standard value to it. Another obligation is
another field name, so that tightening an agreement is never refused by the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.records import Record
from stream_processors.ages import Days
from stream_processors.agreements import Obligation
from stream_processors.coarser import COARSER, POINT_SOURCES, Coarse
from stream_processors.field_paths import FieldPath

Leaf = Callable[[Any], Any]
"""From a standard value (never None) to what leaves; None where nothing may: a value of another form has no coarser one."""

Whole = Callable[[Record, Days | None], Any]
"""From an item of a list and the days of the event to what leaves, or None."""

_TIME = {"type": "long", "logicalType": "timestamp-millis"}
_STRINGS = {"type": "array", "items": "string"}

STRICTNESS = ("keep", "mask", "generalise", "pseudonymise", "drop")
"""Where rules meet on one field of one person, the later of these wins."""

IDENTIFIERS = frozenset(
    (
        "persons.pnc_id",
        "persons.cro_number",
        "persons.nhs_number",
        "persons.nino",
        "persons.telephone",
        "persons.email",
        "objects.identifier",
        "locations.uprn",
        "custody.asn",
        "envelope.source_ref",
    )
)
"""What may be pseudonymised. Never a name, a text or a date: too few are likely, and a list of them undoes the pseudonym."""

_DEGREES = ("latitude", "longitude")


@dataclass(frozen=True)
class Treatment:
    """An obligation made ready for one field."""

    strictness: int
    name: str
    avro: Any
    leaf: Leaf | None
    """None: a pseudonym, made by the projection, which has the key; or `whole`."""
    coarseness: int = 0
    """Of two of the same strictness the higher wins."""
    whole: Whole | None = None
    sources: frozenset[str] = frozenset()
    """Other fields of the item that it is made of: what takes one of them away takes this."""

    @property
    def is_pseudonym(self) -> bool:
        """Whether it is made with the key of a bound agreement."""
        return self.leaf is None and self.whole is None


def treat(path: FieldPath, standard_type: str, obligation: Obligation) -> Treatment | None:
    """The treatment of a field of this standard type, or None for drop.

    `standard_type` is one of string, int, long, double, boolean, time, strings, code, codes, point. Raises ValueError where the
    obligation doesn't fit the field.
    """
    field = path.names[-1]
    if obligation.drop:
        return None
    if standard_type == "point" and obligation.generalise is None:
        raise ValueError("expected drop or generalise: area, square-1km or square-10km (a point is kept by its coordinates)")
    if obligation.keep:
        return _keep(field, standard_type)
    if obligation.mask_keep_last is not None:
        return _mask(field, standard_type, obligation.mask_keep_last)
    if obligation.pseudonymise:
        if path.plain not in IDENTIFIERS:
            raise ValueError(
                f"expected an identifier to pseudonymise, never a name, a text or a date: {', '.join(sorted(IDENTIFIERS))}"
            )
        return Treatment(STRICTNESS.index("pseudonymise"), f"{field}_pseudonym", "string", None)
    if obligation.decimals is not None:
        return _decimals(field, obligation.decimals)
    return _generalise(path, standard_type, str(obligation.generalise))


def _keep(field: str, standard_type: str) -> Treatment:
    if standard_type == "code":
        return Treatment(0, field, "string", lambda value: value["code"])
    if standard_type == "codes":
        return Treatment(0, field, _STRINGS, lambda values: [value["code"] for value in values])
    avro = {"time": _TIME, "strings": _STRINGS}.get(standard_type, standard_type)
    return Treatment(0, field, avro, lambda value: value)


def _mask(field: str, standard_type: str, last: int) -> Treatment:
    if standard_type != "string":
        raise ValueError(f"expected a text to mask, found {standard_type}")

    def mask(value: str) -> str:
        # A value no longer than what stays would leave whole: then nothing stays.
        return "*" * 4 + value[-last:] if 0 < last < len(value) else "*" * 4

    return Treatment(STRICTNESS.index("mask"), f"{field}_masked", "string", mask, coarseness=-last)


def _decimals(field: str, places: int) -> Treatment:
    if field not in _DEGREES:
        raise ValueError("expected decimals of latitude or longitude")
    name = f"{field}_{places}_decimals"
    return Treatment(STRICTNESS.index("generalise"), name, "double", lambda value: round(value, places), coarseness=-places)


def _generalise(path: FieldPath, standard_type: str, to: str) -> Treatment:
    offered = COARSER.get("time" if standard_type == "time" else path.plain.removeprefix("locations."), {})
    found = offered.get(to)
    if found is None:
        raise ValueError(f"expected {', '.join(offered) or 'another obligation: this field has nothing coarser'}, found {to}")
    return _coarse(f"{path.names[-1]}_{to.replace('-', '_')}", found, standard_type == "point")


def _coarse(name: str, coarse: Coarse, is_point: bool) -> Treatment:
    return Treatment(
        STRICTNESS.index("generalise"),
        name,
        _TIME if coarse.is_time else "string",
        coarse.leaf,
        coarse.rank,
        coarse.whole,
        POINT_SOURCES if is_point else frozenset(),
    )
