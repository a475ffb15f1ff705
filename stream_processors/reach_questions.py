"""Questions about fields: which field of which records. Text to a question, with every mistake told. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.kinds import KINDS
from schemas.records import load_schema
from stream_processors.clauses import AGENCY_LINES, Clause
from stream_processors.conditions import Groups
from stream_processors.field_paths import FieldPath
from stream_processors.rule_analysis_lines import EVERY_KIND, values_of_line
from stream_processors.rule_analysis_solve import Wanted

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "persons.name": ("persons.given_name", "persons.surname", "persons.alias"),
    "persons.identifier": ("persons.pnc_id", "persons.cro_number", "persons.nhs_number", "persons.nino"),
    "persons.contact": ("persons.telephone", "persons.email"),
    "locations.point": (
        "locations.latitude",
        "locations.longitude",
        "locations.easting",
        "locations.northing",
        "locations.grid_ref",
    ),
    "locations.address": ("locations.text", "locations.postcode", "locations.uprn"),
}
"""Words for several fields that tell the same."""

_LISTS = {"persons": "Person", "locations": "Location", "objects": "Object"}


@dataclass(frozen=True)
class Question:
    """Who could receive one of these fields, of records that are known to meet `where`?"""

    fields: frozenset[str]
    """`persons.surname`, `crime.summary`, ..."""
    where: Clause | None = None

    def asks_for(self, path: FieldPath) -> bool:
        """Whether the line of a field list speaks of a field that is asked for."""
        return field_of(path) in self.fields

    def wanted(self) -> list[Wanted]:
        """What must be known of the record."""
        return [Wanted(self.where, Groups({}, {}))] if self.where is not None else []


def field_of(path: FieldPath) -> str:
    """The field that a path speaks of, whichever items it chooses."""
    return ".".join((path.list_name, *path.names)) if path.list_name else ".".join(path.names)


def kinds_of_field(path: FieldPath) -> frozenset[str]:
    """Kinds of record that have the field."""
    owner = {kind.detail: name for name, kind in KINDS.items()}
    return frozenset((owner[path.names[0]],)) if not path.list_name and path.names[0] in owner else EVERY_KIND


def known_fields() -> tuple[str, ...]:
    """Every field of the standard records, as a question names it, and the words for several of them."""
    found: dict[str, None] = dict.fromkeys(TOGETHER)
    for kind in KINDS.values():
        for field in load_schema(kind.standard)["fields"]:
            found |= dict.fromkeys(_below(field["name"], field["type"]))
    return tuple(found)


def _below(name: str, avro: object) -> Iterable[str]:
    bare = next((each for each in avro if each != "null"), "null") if isinstance(avro, list) else avro
    if isinstance(bare, str) and "." in bare:
        bare = load_schema(bare)
    if isinstance(bare, dict) and bare["type"] == "array" and name in _LISTS:
        bare = load_schema(f"uk.pointduty.standard.{_LISTS[name]}")
    if isinstance(bare, dict) and bare["type"] == "record" and not bare["name"].endswith(".Code"):
        return [f"{name}.{field['name']}" for field in bare["fields"]]
    return [name]


def ask(field: str, where: Iterable[str] = ()) -> Question:
    """The question. `where` are lines such as `marker=child` or `kind=crime,custody`; all must hold. Raises ValueError that
    says what would be right."""
    fields = known_fields()
    bare = field.replace("[*]", "")
    if bare not in fields:
        near = [each for each in fields if each.startswith(bare + ".")] or [
            each for each in fields if bare.split(".")[-1] in each
        ]
        raise ValueError(f"field: expected one of {', '.join(near[:12] or fields[:12])}")
    return Question(frozenset(TOGETHER.get(bare, (bare,))), _clause(list(where)))


def _clause(lines: list[str]) -> Clause | None:
    if not lines:
        return None
    said: dict[str, tuple[str, ...] | int] = {}
    for line in lines:
        name, equals, values = line.partition("=")
        if not equals or name in (*AGENCY_LINES, "persons", "places", "unknown", "because") or name not in Clause.model_fields:
            raise ValueError(f"--where: expected ATTRIBUTE=VALUE[,VALUE] with one of {', '.join(attributes())}")
        if name in said:
            raise ValueError(f"--where: {name} stands twice")
        given = tuple(value.strip() for value in values.split(",") if value.strip())
        known = values_of_line(name)
        if not given or (known and not set(given) <= set(known)):
            raise ValueError(f"--where: {name}: expected one of {', '.join(known) or 'some value'}")
        said[name] = int(given[0]) if name == "quality_at_least" and given[0].isdigit() else given
    try:
        return Clause.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise ValueError(f"--where: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def attributes() -> tuple[str, ...]:
    """Attributes that a question may narrow by."""
    left_out = {*AGENCY_LINES, "persons", "places", "unknown", "because"}
    return tuple(name for name in Clause.model_fields if name not in left_out)
