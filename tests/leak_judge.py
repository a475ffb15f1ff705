"""What was found, held against what the truth allows: a leak is a class of what remains."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leak_items import words_of_phrases, words_of_program
from leak_search import NUMBER, Hit, Item, Searcher, batches
from leak_strings import DATE_OF_BIRTH, EVENT, RECORD, Identifying, Strings, Whose, collect
from nation_differences import classify
from nation_judge import WIDER, Case, Difference, Leak

from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, THING_SORTS
from deploy.nation.truth import VersionRow
from deploy.nation.truth_reader import Truth

_TEXTS = frozenset(("summary", "modus_operandi", "sanitised_text", "text", "description", "conditions_text", "statements"))
"""Fields of free text: words of the language stand in them beside names."""
_OWN_WORDS = frozenset(("log", "metric", "error"))
_EXAMPLES = 3
ALL = "*"
SET_ASIDE = {
    "common word": "a single word that anybody's text has (or, in logs, metrics and errors, the program's own source)",
    "day of an event": "a day of birth in a field that says when something happened or is due: who was born then",
    "a number that counts": "a day of birth as a number, in coordinates and in the hub's own counts and sums, which reach such",
    "inside of a key": "digits that a key has by chance: it was made anew with the hub's own key, and is as it should be",
    "made up of what is allowed": "its words belong to other strings that the agency may have, one beside the other",
}
"""Why a hit is no leak, though nobody whom it means may be known."""


class Class(NamedTuple):
    """One class of leaks."""

    where: str
    kind: str
    """Of agency; empty for what is the hub's own."""
    path: str
    sort: str
    how: str
    may_hold: bool
    """Whether the agency may hold the version at all."""
    known: str
    """The known difference between truth and agreements that explains it, of `nation_differences`; empty: none does."""


@dataclass
class Found:
    """One class, counted, with examples that name no value."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What a check has looked at and found."""

    items: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    strings: int = 0
    patterns: int = 0
    short: int = 0
    hits: int = 0
    allowed: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    leaks: dict[Class, Found] = field(default_factory=lambda: defaultdict(Found))

    def describe(self) -> dict[str, Any]:
        """As JSON has it."""
        leaks = [{**found._asdict(), "count": of.count, "examples": of.examples} for found, of in _ranked(self.leaks)]
        return {
            "items": dict(sorted(self.items.items())),
            "bytes": self.bytes,
            "strings": self.strings,
            "patterns": self.patterns,
            "only_as_whole_words": self.short,
            "hits": self.hits,
            "allowed": self.allowed,
            "set_aside": dict(sorted(self.set_aside.items())),
            "leaks": leaks,
        }

    @property
    def unexplained(self) -> list[Class]:
        """Classes of leaks that no known difference between truth and agreements explains."""
        return [found for found, _ in _ranked(self.leaks) if not found.known]


def _ranked(leaks: Mapping[Class, Found]) -> list[tuple[Class, Found]]:
    return sorted(leaks.items(), key=lambda each: (-each[1].count, each[0]))


def strings_of(truth: Truth, more: Iterable[Identifying] = ()) -> Strings:
    """All strings of a truth, its records' references among them."""
    return collect([*_of_truth(truth), *more])


def _of_truth(truth: Truth) -> Iterable[Identifying]:
    for string in truth.strings():
        for mention in truth.identities_of(string):
            yield Identifying(mention.value, mention.of, mention.sort)


def references(rows: Iterable[VersionRow]) -> Iterable[Identifying]:
    """What joins two feeds: each record's own reference."""
    for record in {row.record for row in rows}:
        yield Identifying(record, record, RECORD)
        yield Identifying(record.split(":", 2)[2], record, RECORD)


class Judge:
    """Searches what comes, and keeps what is not allowed."""

    def __init__(self, truth: Truth, strings: Strings, kinds: Mapping[str, str], searcher: Searcher | None = None) -> None:
        """`searcher`: one that was made of these strings before."""
        self._truth, self._kinds, self._searcher = truth, kinds, searcher or Searcher(strings)
        self._allowed: dict[tuple[int, str], tuple[VersionRow, frozenset[Whose]]] = {}
        """By row and agency, of the last few: the parts of one delivery ask again and again."""
        self._told: dict[tuple[int, str], set[Whose]] = defaultdict(set)
        """By item and path: who has been found to leak there. One string is found in several forms."""
        self.report = Report(strings=sum(1 for _ in truth.strings()), short=strings.short)
        self.report.patterns = len(strings.words) + len(strings.distinct) + len(strings.digests)

    def look(self, items: Iterable[Item]) -> Report:
        """Search everything; the report grows."""
        for batch in batches(items):
            self._look(batch)
        return self.report

    def _look(self, batch: Sequence[Item]) -> None:
        groups: dict[tuple[int, str, bool, int], list[Hit]] = defaultdict(list)
        self._told.clear()
        for item in batch:
            self.report.items[item.where] += 1
            self.report.bytes += len(item.raw)
            self._look_for_foreign(item)
        for hit in self._searcher.find(batch):
            self.report.hits += 1
            groups[id(hit.item), hit.path, hit.is_bare, hit.place].append(hit)
        for hits in groups.values():
            self._judge(hits)

    def _look_for_foreign(self, item: Item) -> None:
        """What another feed has, or the hub alone, of the same event: as it is, or as bytes."""
        for name in item.foreign:
            if name.encode() in item.raw or (len(name) % 2 == 0 and _is_hex(name) and bytes.fromhex(name) in item.raw):
                self._leak(item, item.where, "as it is", "", EVENT)

    def _judge(self, hits: Sequence[Hit]) -> None:
        item, path = hits[0].item, hits[0].path
        allowed = self.allowed(item, path)
        wrong = [hit for hit in hits if hit.whose.isdisjoint(allowed)]
        self.report.allowed += len(hits) - len(wrong)
        if not wrong:
            return
        spans = [(hit.start, hit.end) for hit in hits if not hit.whose.isdisjoint(allowed)]
        for hit in _longest(wrong):
            why = _why_not(hit, spans)
            if why:
                self.report.set_aside[why] += 1
            elif self._told[id(item), path if path else ALL].isdisjoint(hit.whose):  # else it was told of in another form
                self._told[id(item), path].update(hit.whose)
                self._told[id(item), ALL].update(hit.whose)
                self._leak(item, path, hit.how, *_meant(item, hit.whose))

    def _leak(self, item: Item, path: str, how: str, of: str, sort: str) -> None:
        row, kind = item.row, self._kinds.get(item.agency, item.agency)
        may_hold = bool(row is not None and item.agency in row.receive)
        known = self._explain(item, path, of, sort, may_hold) if item.where == "feed" and item.standard else ""
        found = self.report.leaks[Class(item.where, kind, path, sort, how, may_hold, known)]
        found.count += 1
        if len(found.examples) < _EXAMPLES:
            found.examples.append(f"{item.agency} {row.record + ' v' + str(row.version) if row else ''} {of}".strip())

    def _explain(self, item: Item, path: str, of: str, sort: str, may_hold: bool) -> str:
        """The class of known differences between truth and agreements that it belongs to; empty: none."""
        assert item.row is not None
        case = Case(self._kinds[item.agency], item.agency, item.row, item.standard, item.earlier)
        if not may_hold:
            return classify(Difference(WIDER, case))
        return classify(Leak(case, of, sort, path))

    def allowed(self, item: Item, path: str) -> frozenset[Whose]:
        """What may stand there."""
        row = item.row
        if row is None or item.where not in ("feed", "holders", "key"):
            return frozenset()
        own = {(row.record, RECORD)}
        if item.where == "holders" or path.startswith("holders"):
            return frozenset(own)
        if item.where != "feed" or not item.has_record:
            return frozenset()
        key = (id(row), item.agency)
        if key not in self._allowed:
            if len(self._allowed) > 5_000:
                self._allowed.clear()
            self._allowed[key] = (row, self._find_allowed(item.agency, row))  # the row too: its id is the key while it lives
        given = self._allowed[key][1]
        return given | own if path in ("envelope.source_ref", "envelope.record_id") else given

    def _find_allowed(self, agency: str, row: VersionRow) -> frozenset[Whose]:
        given = row.receive.get(agency)
        if given is None:
            return frozenset()
        allowed = {(person, sort) for person, level in given.persons.items() for sort in LEVELS[level]}
        allowed |= {(row.place, sort) for sort in PLACE_SORTS[given.places]}
        for thing in row.things:
            if given.things != "vehicle" or self._truth.identities[thing].type == "VEHICLE":
                allowed |= {(thing, sort) for sort in THING_SORTS[given.things]}
        if given.text != "none":
            allowed |= {(identity, sort) for identity, sorts in row.named.items() for sort in sorts}
        return frozenset(allowed)


def _parts(row: VersionRow) -> set[str]:
    return {part.person for part in row.parts} | {row.place, *row.things, *row.mentions, row.record}


def _meant(item: Item, whose: Iterable[Whose]) -> Whose:
    """Of several who go by one string: who is of the record, and no victim where there is a choice."""
    row = item.row
    if row is None:
        return min(whose)
    here, victims = _parts(row), {part.person for part in row.parts if part.role == "VICTIM"}
    return min(whose, key=lambda each: (each[0] not in here, each[0] in victims, each))


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text)


def _why_not(hit: Hit, spans: Sequence[tuple[int, int]]) -> str:
    """A name of SET_ASIDE, or nothing."""
    if all(sort == DATE_OF_BIRTH for _, sort in hit.whose):
        if hit.path.startswith(("occurred", "time", "conditions.deadline")) or hit.path.rstrip(NUMBER).endswith("_at"):
            return "day of an event"
        if hit.path.endswith(NUMBER) and (
            hit.item.where in ("tally", "ledger", "holders") or hit.path.startswith("locations.")
        ):
            return "a number that counts"
    if b" " not in hit.text:
        last = hit.path.rsplit(".", 1)[-1]
        words = words_of_phrases() if last in _TEXTS else words_of_program() if hit.item.where in _OWN_WORDS else frozenset()
        if hit.text in words:
            return "common word"
    text = hit.text.decode("ascii", "replace")
    if text and any(text in key or text[::-1] in key for key in hit.item.keyed):
        return "inside of a key"
    if _is_covered(hit.start, hit.end, spans):
        return "made up of what is allowed"
    return ""


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Without those that stand inside of a longer one: a surname tells nothing beside the whole name."""
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda each: (each.start - each.end, each.how == "backwards")):
        if not any(other.start <= hit.start and hit.end <= other.end and other.text != hit.text for other in found):
            found.append(hit)
    return found


def _is_covered(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    if end <= start:
        return False
    reached = start
    for first, last in sorted(spans):
        if first > reached:
            break
        reached = max(reached, last)
    return reached >= end
