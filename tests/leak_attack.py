"""Two agencies that put their feeds together: how often do they find the record of the one in the other?

For a record that both were sent, the attacker takes the other feed's deliveries that agree with it in what he compares, and
guesses one of them: he is right once in as many as there are. *Fields* is what the two field lists let him compare. Known
channels stand beside it, each measured: the marking, which every recipient must have; the lane; the coarse time;
the order of arrival (who reads as it comes knows which deliveries came together), and the history (how many there were before
under one key). Of the rest of
the envelope `feed_rules` shows that it follows from these; here its worth beyond them is measured too, and is none.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from feed_rules import Seen

from schemas.records import Record
from stream_processors.agreements import Agreement, Obligation
from stream_processors.field_paths import parse_path
from stream_processors.field_types import standard_type
from stream_processors.obligations import treat
from stream_processors.rule_set import RuleSet

_GRAIN_MS = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_LISTS = ("persons", "objects", "locations")

STEPS = ("fields", "terms", "lane", "time", "arrival", "history", "envelope")
"""What the attacker compares, each with all before it."""

Column = tuple[Callable[[Record], Hashable], Callable[[Record], Hashable]]
"""How one field is read off either feed, both at the coarser of the two obligations."""


class Attack(NamedTuple):
    """What one pair of feeds comes to."""

    feeds: tuple[str, str]
    common: int
    """Deliveries of the first feed whose event the second was sent too."""
    compared: int
    """Fields that can be compared."""
    success: Mapping[str, float]
    """Step of STEPS to the share of right guesses."""


def attack_all(seen: Sequence[Seen], rules: RuleSet) -> list[Attack]:
    """Every pair of feeds that have an event in common."""
    history, by_feed = _history(seen), defaultdict[str, list[Seen]](list)
    for one in seen:
        if one.delivery["record"] is not None:
            by_feed[one.feed].append(one)
    pairs = combinations(sorted(by_feed), 2)
    made = [_attack((first, second), by_feed[first], by_feed[second], rules, history) for first, second in pairs]
    return [attack for attack in made if attack.common]


def mean(attacks: Iterable[Attack], step: str) -> float:
    """Share of right guesses over all pairs, each delivery counted once."""
    listed = list(attacks)
    return sum(attack.success[step] * attack.common for attack in listed) / max(1, sum(attack.common for attack in listed))


def _history(seen: Sequence[Seen]) -> dict[str, int]:
    """Delivery id to the number of messages under its key before it: what a reader counts without `revision`."""
    count, before = Counter[tuple[str, str]](), dict[str, int]()
    for one in seen:
        before[one.delivery["delivery_id"]] = count[one.feed, one.key]
        count[one.feed, one.key] += 1
    return before


def _attack(
    feeds: tuple[str, str], ones: Sequence[Seen], others: Sequence[Seen], rules: RuleSet, history: Mapping[str, int]
) -> Attack:
    mine, theirs = (rules.by_feed[feed].agreement for feed in feeds)
    columns = _columns(mine, theirs)
    grain = max(_GRAIN_MS[mine.time_grain], _GRAIN_MS[theirs.time_grain])
    targets = {other.event_id for other in others}
    common = [one for one in ones if one.event_id in targets]
    success, best = {}, 0.0
    for step in range(len(STEPS)):
        groups: dict[Hashable, list[str]] = defaultdict(list)
        for other in others:
            groups[_signature(other, columns, 1, step, grain, history)].append(other.event_id)
        right = 0.0
        for one in common:
            group = groups.get(_signature(one, columns, 0, step, grain, history), [])
            right += group.count(one.event_id) / len(group) if group else 0.0
        best = max(best, right / len(common)) if common else 0.0  # what does not help is left out of the comparison
        success[STEPS[step]] = best
    return Attack(feeds, len(common), len(columns), success)


def _signature(
    one: Seen, columns: Sequence[Column], side: int, step: int, grain: int, history: Mapping[str, int]
) -> tuple[Hashable, ...]:
    """Everything that is compared up to this step."""
    delivery = one.delivery
    parts: list[Hashable] = [tuple(column[side](delivery["record"]) for column in columns)]
    if step >= 1:
        parts.append(_freeze(delivery["marking"]))
    if step >= 2:
        parts.append(delivery["lane"])
    if step >= 3:
        parts.append(one.timestamp_ms // grain)
    if step >= 4:
        parts.append(one.batch)
    if step >= 5:
        parts.append(history[delivery["delivery_id"]])
    if step >= 6:  # what is opaque can agree with nothing in another feed; what counts follows from the history
        parts += [delivery["revision"], delivery["action"]]
    return tuple(parts)


def _columns(mine: Agreement, theirs: Agreement) -> list[Column]:
    """Fields that both lists have for the same items, each read at the coarser of the two obligations."""
    found = []
    for path, obligation in mine.fields.items():
        other = theirs.fields.get(path)
        if other is None or obligation.when or other.when:
            continue
        column = _column(path, obligation, other)
        if column is not None:
            found.append(column)
    return found


def _column(path: str, mine: Obligation, theirs: Obligation) -> Column | None:
    names = [part.partition("[")[0] for part in path.split(".")]
    field = parse_path(path, people=_groups(path), places=_groups(path))
    first, second = (treat(field, standard_type(field), obligation) for obligation in (mine, theirs))
    if first is None or second is None or first.leaf is None or second.leaf is None:
        return None  # dropped, or a pseudonym: under another key in each feed, so it agrees with nothing
    if mine == theirs:
        return _reader(names, first.name, None), _reader(names, second.name, None)
    if mine.keep:
        return _reader(names, first.name, second.leaf), _reader(names, second.name, None)
    if theirs.keep:
        return _reader(names, first.name, None), _reader(names, second.name, first.leaf)
    return None


def _groups(path: str) -> frozenset[str]:
    return frozenset(name for name in path.partition("[")[2].partition("]")[0].split(",") if name.islower())


def _reader(names: Sequence[str], leaf: str, coarsen: Callable[[Any], Any] | None) -> Callable[[Record], Hashable]:
    def shown(value: Any) -> Hashable:
        return None if value is None else repr(coarsen(value) if coarsen else value)

    def read(record: Record) -> Hashable:
        if names[0] in _LISTS:
            return tuple(
                sorted(str(shown(item.get(leaf))) for item in record.get(names[0]) or () if item.get(leaf) is not None)
            )
        value: Any = record
        for name in (*names[:-1], leaf):
            value = value.get(name) if isinstance(value, Mapping) else None
        return shown(value)

    return read


def _freeze(value: Any) -> str:
    return repr(value)
