"""Holds what the hub gave each agency of a simulated nation against what the truth file allows, version by version.

Judged are whole values: every string that identifies somebody or something, coordinates, the outward part of the postcode and
the local authority of the place, and how many persons an agency is told of. Masked, pseudonymised and other coarser values are
not.
"""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
from nation_hub import Answer, Hub
from nation_missing import find_missing

from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, THING_SORTS
from deploy.nation.simulated import TRUTH
from deploy.nation.telling import Mention
from deploy.nation.truth import Received, VersionRow
from deploy.nation.truth_reader import Truth, read_truth
from schemas import reference
from schemas.records import Record
from schemas.wire import unframe
from stream_processors.rule_set import load_rule_set, shipped_parts

WIDER, NARROWER = "wider", "narrower"
"""The hub gives more than the truth, or less."""
TOLD_OF = "TOLD-OF"
"""That there is somebody in a role: the sort of a leak of a person whom the agency is not told of at all."""
_ROUGH = ("exact", "outward", "authority")
_PLACE_FIELDS = {
    "latitude": ("COORDINATES", _ROUGH[:1]),
    "longitude": ("COORDINATES", _ROUGH[:1]),
    "postcode_outward": ("OUTWARD", _ROUGH[:2]),
    "lad_code": ("AUTHORITY", _ROUGH),
}
"""Beginnings of names of location fields that are no string of the truth: their sort, and for which places they may leave."""


class Case(NamedTuple):
    """One version of one record, and one agency."""

    kind: str
    """Of the agency."""
    agency: str
    row: VersionRow
    record: Record
    """As the hub has it."""
    earlier: tuple[VersionRow, ...]
    """The record's versions before this one."""


class Difference(NamedTuple):
    """An agency holds a version that it may not receive, or does not hold one that it may."""

    side: str
    case: Case


class Leak(NamedTuple):
    """Something that identifies, held by an agency that may hold the version only without it."""

    case: Case
    of: str
    """Identity; of several with the same surname one who is no victim. Empty: nobody whom the record's scene has."""
    sort: str
    field: str
    """Path in the delivered record, without positions."""


class Judgement(NamedTuple):
    """What there is to say of a nation."""

    truth: Truth
    agreed: Counter[str]
    """Kind of agency to the versions that it may hold, and does."""
    judged: Counter[str]
    """Kind of agency to the identifying strings that were looked at in these."""
    differences: list[Difference]
    leaks: list[Leak]
    missing: list[Leak]
    """What an agency that holds the version may have of it, the record has, and the agency did not get."""
    beyond: list[Leak]
    """The same of versions that an agency holds and may not hold at all."""
    lettings_go: Counter[tuple[str, bool]]
    """(kind of agency, whether hub and truth agreed before) to the versions with which it had to let go, by the truth."""
    held: list[Case]
    """Every version that an agency of an area holds, of whose area it says so."""
    unlike: list[tuple[str, int, str]]
    """(record, version, agency): hub and truth agreed before, and one alone told the agency to let go."""


_NOTHING = Received(why="", places="none", things="none", text="none")


class _Held(NamedTuple):
    """What an agency holds of a record."""

    strings: tuple[tuple[str, str], ...]
    """Path and value."""
    place: tuple[tuple[str, str], ...]
    """Path and name of _PLACE_FIELDS."""
    roles: Counter[str]
    delivered: Record
    """As it left."""


def judge(folder: Path) -> Judgement:
    """Sends the whole folder through the hub, and compares after every version that it takes."""
    bench = _Bench(read_truth(folder / TRUTH))
    rows: dict[str, list[VersionRow]] = defaultdict(list)
    for row in bench.judgement.truth.versions():
        rows[row.force].append(row)
    times = {force: [_ms(row.at) for row in listed] for force, listed in rows.items()}
    for force, answers in Hub().run(folder, times):
        for row, answer in zip(rows[force], answers, strict=True):
            if row.outcome == "NEW":
                bench.judge(row, answer)
    return bench.judgement


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def out_of_area(judgement: Judgement) -> list[Case]:
    """Cases in which an agency of an area holds what the record says to have happened in none of its authorities, or, bound to
    forces, what another force has recorded: by the record and by nothing of the truth."""
    agencies = reference.agencies()
    found = []
    for case in judgement.held:
        agency = agencies[case.agency]
        lads = {place["lad_code"] for place in case.record["locations"] if place["role"] == "INCIDENT"}
        is_own = not lads.isdisjoint(agency.lad_codes) if agency.lad_codes else case.row.force in agency.forces
        if (agency.lad_codes or agency.forces) and not is_own:
            found.append(case)
    return found


class _Bench:
    """Knows who holds what, version by version."""

    def __init__(self, truth: Truth) -> None:
        rules = load_rule_set(shipped_parts())
        schemas = {agreement.id: fastavro.parse_schema(rules.schemas[agreement.id]) for agreement in rules.agreements}
        self._schemas = {
            feed: schemas[bound.agreement.id] for feed, bound in rules.by_feed.items() if bound.agreement.id in schemas
        }
        self._kinds = {bound.agency.id: bound.agency.kind for bound in rules.by_feed.values() if bound.agreement.id in schemas}
        agencies = reference.agencies()
        self._local = {agency: bool(agencies[agency].lad_codes or agencies[agency].forces) for agency in self._kinds}
        self._held: dict[str, dict[str, _Held]] = defaultdict(dict)
        self._may: dict[str, frozenset[str]] = {}
        self._earlier: dict[str, list[VersionRow]] = defaultdict(list)
        self.judgement = Judgement(truth, Counter(), Counter(), [], [], [], [], Counter(), [], [])

    def judge(self, row: VersionRow, answer: Answer) -> None:
        """One version: what went out with it, and what everybody holds and may hold from now on."""
        assert answer.record is not None
        held, before = self._held[row.record], (frozenset(self._held[row.record]), self._may.get(row.record, frozenset()))
        self._deliver(answer, held)
        may = {agency: given for agency, given in row.receive.items() if agency in self._kinds}
        self._may[row.record] = frozenset(may)
        self._compare_lettings_go(row, before, frozenset(held))
        earlier = tuple(self._earlier[row.record])
        self._earlier[row.record].append(row)
        for agency in sorted({*held, *may}):
            case = Case(self._kinds[agency], agency, row, answer.record, earlier)
            if agency in held and self._local[agency]:
                self.judgement.held.append(case)
            if agency not in held:
                self.judgement.differences.append(Difference(NARROWER, case))
            elif agency not in may:
                self.judgement.differences.append(Difference(WIDER, case))
                self.judgement.beyond.extend(self._leaks(case, _NOTHING, held[agency]))
            else:
                self.judgement.agreed[case.kind] += 1
                self.judgement.leaks.extend(self._leaks(case, may[agency], held[agency]))
                found = find_missing(row, may[agency], answer.record, held[agency].delivered)
                self.judgement.missing.extend(Leak(case, of, field, field) for of, field in found)

    def _deliver(self, answer: Answer, held: dict[str, _Held]) -> None:
        for release in answer.disseminated.releases if answer.disseminated else ():
            if release.action == "WITHDRAW":
                del held[release.agency]
                continue
            _, body = unframe(release.value)
            schema = self._schemas[f"{release.agency}.{release.feed}"]
            held[release.agency] = _read(fastavro.schemaless_reader(io.BytesIO(body), schema, None))

    def _compare_lettings_go(self, row: VersionRow, before: tuple[frozenset[str], ...], held: frozenset[str]) -> None:
        by_hub = before[0] - held
        by_truth = {withdrawal.agency for withdrawal in row.withdraw if withdrawal.agency in self._kinds}
        for agency in by_truth:
            self.judgement.lettings_go[self._kinds[agency], agency in before[0]] += 1
        for agency in sorted(by_hub ^ by_truth):
            if agency in before[0] and agency in before[1] and (agency in held) == (agency in row.receive):
                self.judgement.unlike.append((row.record, row.version, agency))

    def _leaks(self, case: Case, given: Received, held: _Held) -> Iterator[Leak]:
        row, allowed = case.row, _allowed(case.row, given, self.judgement.truth)
        parts, victims = {part.person for part in row.parts}, {part.person for part in row.parts if part.role == "VICTIM"}
        here = parts | {row.place, *row.things, *row.mentions}
        for path, value in held.strings:
            for meant in self._meant(path, value, here):
                self.judgement.judged[case.kind] += 1
                if not any(mention.sort in allowed.get(mention.of, ()) for mention in meant):
                    whose = min(meant, key=lambda mention: (mention.of not in parts, mention.of in victims))
                    yield Leak(case, whose.of if whose.of in here else "", whose.sort, path)
        for path, name in held.place:
            sort, enough = _PLACE_FIELDS[name]
            if given.places not in enough:
                yield Leak(case, row.place, sort, path)
        told = Counter(part.role for part in row.parts if part.person in given.persons)
        for role in sorted((held.roles - told).elements()):
            untold = [part.person for part in row.parts if part.role == role and part.person not in given.persons]
            yield Leak(case, untold[0] if untold else "", TOLD_OF, "persons.roles")

    def _meant(self, path: str, value: str, here: Iterable[str]) -> Iterator[list[Mention]]:
        """Whom the value means as a whole, or each string inside of it: those of this record where it may be one of them."""
        truth = self.judgement.truth
        whole = [] if path.startswith("occurred.") else truth.identities_of(value)  # a day on which somebody was born
        if whole:
            yield [mention for mention in whole if mention.of in here] or whole
            return
        strings = {mention.value for identity in here for mention in truth.strings_of(identity) if mention.value in value}
        for string in sorted(strings):
            if re.search(rf"(?<!\w){re.escape(string)}(?!\w)", value):
                yield [mention for mention in truth.identities_of(string) if mention.of in here]


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


def _read(delivery: Mapping[str, Any]) -> _Held:
    record = delivery["record"]
    roles = Counter(role for person in record.get("persons") or () for role in person.get("roles") or ())
    fields = {name for place in record.get("locations") or () for name, value in place.items() if value is not None}
    places = [(f"locations.{field}", name) for field in sorted(fields) for name in _PLACE_FIELDS if field.startswith(name)]
    beside = {name: delivery[name] for name in ("marking", "quality", "token", "delivery_id") if name in delivery}
    return _Held((*_strings("", record), *_strings("", beside)), tuple(places), roles, record)


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _strings(f"{path}.{name}".removeprefix("."), part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(path, part)


def events_of(kind: str) -> tuple[str, ...]:
    """What the row of a partner kind takes: kinds of record, and sub-types of incidents."""
    return reference.partner_kinds()[kind].event_types
