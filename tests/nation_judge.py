"""Holds what the hub gave each agency of a simulated nation against what the truth file allows, version by version.

Judged are whole values: every string that identifies somebody or something, coordinates, the postcode's outward part and the
local authority of the place, and how many persons an agency is told of. Masked, pseudonymised and coarser values are not.
"""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
from nation_hub import Answer, Hub

from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, THING_SORTS
from deploy.nation.scene import Mention
from deploy.nation.simulated import TRUTH
from deploy.nation.truth import Received, VersionRow
from deploy.nation.truth_reader import Truth, read_truth
from schemas import reference
from schemas.wire import unframe
from stream_processors.rule_set import load_rule_set, shipped_parts

WIDER, NARROWER = "wider", "narrower"
"""The hub gives more than the truth, or less."""
TOLD_OF = "TOLD-OF"
"""That there is somebody in a role: the sort of a leak of a person whom the agency is not told of."""
_PLACE_FIELDS = {
    "latitude": ("COORDINATES", ("exact",)), "longitude": ("COORDINATES", ("exact",)),
    "postcode_outward": ("OUTWARD", ("exact", "outward")), "lad_code": ("AUTHORITY", ("exact", "outward", "authority")),
}  # fmt: skip
"""Fields of a location that are no string of the truth: sort, and how the truth must give the place for them."""


class Difference(NamedTuple):
    """An agency holds a version that it may not receive, or does not hold one that it may."""

    side: str
    kind: str
    """Of the agency."""
    agency: str
    row: VersionRow


class Leak(NamedTuple):
    """Something that identifies, and that an agency holds although it may hold the version only without it."""

    kind: str
    agency: str
    row: VersionRow
    of: str
    """Identity; empty: not known whose."""
    sort: str
    field: str
    """Path in the delivered record, without positions."""


class Judgement(NamedTuple):
    """What there is to say of a nation."""

    truth: Truth
    versions: int
    agreed: Counter[str]
    """Kind of agency to the versions that it may hold and does."""
    judged: Counter[str]
    """Kind of agency to the identifying values that were looked at in these."""
    differences: list[Difference]
    leaks: list[Leak]
    lettings_go: Counter[tuple[str, str]]
    """(hub or truth, kind of agency) to the times that somebody had to let go."""


class _Delivered(NamedTuple):
    """What an agency holds of a record."""

    strings: tuple[tuple[str, str], ...]
    """Path and value."""
    place: frozenset[tuple[str, str]]
    """Path and name of _PLACE_FIELDS."""
    roles: Counter[str]


def judge(folder: Path) -> Judgement:
    """Sends the whole folder through the hub, and compares after every version that it takes."""
    truth = read_truth(folder / TRUTH)
    rows: dict[str, list[VersionRow]] = defaultdict(list)
    for row in truth.versions():
        rows[row.force].append(row)
    bench = _Bench(truth)
    for force, answers in Hub().run(folder):
        for row, answer in zip(rows[force], answers, strict=True):
            if row.outcome == "NEW":
                bench.judge(row, answer)
    return bench.judgement


class _Bench:
    """Knows who holds what, version by version."""

    def __init__(self, truth: Truth) -> None:
        rules = load_rule_set(shipped_parts())
        self._schemas = {
            bound.feed: fastavro.parse_schema(rules.schemas[a.id]) for a in rules.agreements for bound in rules.bound[a.id]
        }
        self._kinds = {agency.id: agency.kind for agency in reference.agencies().values()}
        self._judged_kinds = {agreement.partner_kind for agreement in rules.agreements}
        self._held: dict[str, dict[str, _Delivered]] = defaultdict(dict)
        self._truth = truth
        self._judgement = Judgement(truth, 0, Counter(), Counter(), [], [], Counter())

    @property
    def judgement(self) -> Judgement:
        """So far."""
        return self._judgement

    def judge(self, row: VersionRow, answer: Answer) -> None:
        """One version: what went out, and what everybody holds now."""
        found, held = self._judgement, self._held[row.record]
        for release in answer.disseminated.releases if answer.disseminated else ():
            if release.action == "WITHDRAW":
                del held[release.agency]
                found.lettings_go["hub", self._kinds[release.agency]] += 1
            else:
                _, body = unframe(release.value)
                delivery = fastavro.schemaless_reader(io.BytesIO(body), self._schemas[f"{release.agency}.{release.feed}"], None)
                held[release.agency] = _read(delivery)
        found = self._judgement = found._replace(versions=found.versions + 1)
        for withdrawal in row.withdraw:
            if self._kinds[withdrawal.agency] in self._judged_kinds:
                found.lettings_go["truth", self._kinds[withdrawal.agency]] += 1
        may = {agency: given for agency, given in row.receive.items() if self._kinds[agency] in self._judged_kinds}
        found.differences.extend(self._different(WIDER, row, [agency for agency in held if agency not in may]))
        found.differences.extend(self._different(NARROWER, row, [agency for agency in may if agency not in held]))
        for agency, given in may.items():
            if agency in held:
                self._compare(row, agency, given, held[agency])

    def _different(self, side: str, row: VersionRow, agencies: Iterable[str]) -> Iterator[Difference]:
        return (Difference(side, self._kinds[agency], agency, row) for agency in agencies)

    def _compare(self, row: VersionRow, agency: str, given: Received, delivered: _Delivered) -> None:
        kind, allowed = self._kinds[agency], _allowed(row, given, self._truth)
        self._judgement.agreed[kind] += 1
        here = {part.person for part in row.parts} | {row.place, *row.things, *row.mentions}
        for path, value in delivered.strings:
            for meant in self._found(value, here):
                self._judgement.judged[kind] += 1
                if not any(mention.sort in allowed.get(mention.of, ()) for mention in meant):
                    self._judgement.leaks.append(Leak(kind, agency, row, meant[0].of, meant[0].sort, path))
        for path, name in sorted(delivered.place):
            sort, enough = _PLACE_FIELDS[name]
            if given.places not in enough:
                self._judgement.leaks.append(Leak(kind, agency, row, row.place, sort, path))
        told = Counter(part.role for part in row.parts if part.person in given.persons)
        for role in sorted((delivered.roles - told).elements()):
            person = next((part.person for part in row.parts if part.role == role and part.person not in given.persons), "")
            self._judgement.leaks.append(Leak(kind, agency, row, person, TOLD_OF, "persons.roles"))

    def _found(self, value: str, here: set[str]) -> Iterator[list[Mention]]:
        """Whom the value means, and each string inside it: those of this record where it may be one of them."""
        whole = self._truth.identities_of(value)
        if whole:
            yield [mention for mention in whole if mention.of in here] or whole
            return
        for identity in sorted(here):
            for mention in self._truth.strings_of(identity):
                if mention.value in value and re.search(rf"(?<!\w){re.escape(mention.value)}(?!\w)", value):
                    yield [other for other in self._truth.identities_of(mention.value) if other.of in here]


def _allowed(row: VersionRow, given: Received, truth: Truth) -> Mapping[str, set[str]]:
    """Identity to the sorts of its strings that the agency may hold of this version."""
    allowed: dict[str, set[str]] = defaultdict(set)
    for person, level in given.persons.items():
        allowed[person] |= LEVELS[level]
    allowed[row.place] |= PLACE_SORTS[given.places]
    for thing in row.things:
        if given.things != "vehicle" or truth.identities[thing].type == "VEHICLE":
            allowed[thing] |= THING_SORTS[given.things]
    if given.text != "none":
        for identity, sorts in row.named.items():
            allowed[identity] |= set(sorts)
    return allowed


def _read(delivery: Mapping[str, Any]) -> _Delivered:
    record = delivery["record"]
    roles = Counter(role for person in record.get("persons") or () for role in person.get("roles") or ())
    place = {
        (f"locations.{name}", known)
        for item in record.get("locations") or ()
        for name in item
        if item[name] is not None
        for known in _PLACE_FIELDS
        if name == known or (name.startswith(known) and known in ("latitude", "longitude"))
    }
    return _Delivered(tuple(_strings("", record)), frozenset(place), roles)


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _strings(f"{path}.{name}".removeprefix("."), part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(path, part)
