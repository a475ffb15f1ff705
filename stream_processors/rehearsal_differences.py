"""What one agency would get otherwise: two field lists over one record, and two rule sets side by side. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from schemas.records import Record
from stream_processors.agreements import Agreement
from stream_processors.bindings import Bound
from stream_processors.decide import Decision, Sanitising
from stream_processors.group_bits import Members
from stream_processors.projection import Sanitiser
from stream_processors.rule_set import RuleSet

MembersOf = Callable[[int], Members]
"""Who is of which group under the old rules (0) and the new (1)."""

FAULT = "!fault"
"""In place of a path: one of the two field lists failed on the record."""


class Differences:
    """Compares what leaves under two rule sets. Remembers which pairs can't differ."""

    def __init__(self, old: RuleSet, new: RuleSet) -> None:
        self._rules = (old, new)
        self._alike: dict[tuple[str, str, Sanitising, Sanitising], bool] = {}
        self._sanitisers: dict[tuple[int, str, Sanitising], Sanitiser] = {}

    def pair(self, feed: str) -> tuple[str, str]:
        """The agreements of this feed, old and new."""
        old, new = (rules.by_feed[feed].agreement.id for rules in self._rules)
        return old, new

    def of(self, event: Record, feed: str, decisions: tuple[Decision, Decision], members: MembersOf) -> frozenset[str]:
        """`+path` for what the new set lets leave, `-path` for what the old one does; empty: the same leaves."""
        bounds = [rules.by_feed[feed] for rules in self._rules]
        pair = [(bound, decision.sanitising[bound.agreement.id]) for bound, decision in zip(bounds, decisions, strict=True)]
        if self._are_alike(pair[0], pair[1]):
            return frozenset()
        try:
            left = [self._leaves(at, event, *pair[at], members(at)) for at in (0, 1)]
        except Exception:  # live, a field list that fails on a record sends nothing: here it is told
            return frozenset((FAULT,))
        gained, lost = left[1] - left[0], left[0] - left[1]
        return frozenset([f"+{path}" for path, _ in gained] + [f"-{path}" for path, _ in lost])

    def _are_alike(self, old: tuple[Bound, Sanitising], new: tuple[Bound, Sanitising]) -> bool:
        key = (old[0].agreement.id, new[0].agreement.id, old[1], new[1])
        if key not in self._alike:
            self._alike[key] = self._terms(0, *old) == self._terms(1, *new)
        return self._alike[key]

    def _terms(self, at: int, bound: Bound, sanitising: Sanitising) -> object:
        """Everything on which it hangs what leaves of a record."""
        agreement = bound.agreement
        lost = [each for each in self._rules[at].prohibitions if each.id in sanitising.drops]
        dropped = [(sorted(each.drops), each.people, each.places) for each in lost]
        fields = {path: obligation for path, obligation in agreement.fields.items() if _counts(agreement, path, sanitising)}
        whole = [obligation.model_copy(update={"when": ()}) for obligation in fields.values()]
        return list(fields), whole, agreement.people, agreement.places, dropped

    def _leaves(
        self, at: int, event: Record, bound: Bound, sanitising: Sanitising, members: Members
    ) -> Counter[tuple[str, str]]:
        rules, name = self._rules[at], bound.agreement.id
        sanitiser = self._sanitisers.get((at, name, sanitising))
        if sanitiser is None:
            lost = [path for each in sorted(sanitising.drops) for path in rules.drops[each]]
            sanitiser = rules.projections[name].narrowed(lost, sanitising.held)
            self._sanitisers[at, name, sanitising] = sanitiser
        return Counter(_flat(sanitiser.apply(event, members, lambda _, value: value)))


def _counts(agreement: Agreement, path: str, sanitising: Sanitising) -> bool:
    return not agreement.fields[path].when or path in sanitising.held


def _flat(left: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, value as text): items of a list have one path."""
    if isinstance(left, dict):
        for name, value in left.items():
            yield from _flat(value, f"{path}.{name}" if path else name)
    elif isinstance(left, list):
        for item in left:
            yield from _flat(item, path)
    elif left is not None:
        yield path, orjson.dumps(left).decode()


def compare_rules(old: RuleSet, new: RuleSet) -> dict[str, list[str]]:
    """What differs between two rule sets, as ids: of agreements, prohibitions, agencies and acceptances."""
    told: dict[str, list[str]] = {}
    for name, before, after in (
        ("agreements", {a.id: a for a in old.agreements}, {a.id: a for a in new.agreements}),
        ("prohibitions", {p.id: p for p in old.prohibitions}, {p.id: p for p in new.prohibitions}),
        ("agencies", _agencies(old), _agencies(new)),
    ):
        told[f"{name}_added"] = sorted(after.keys() - before.keys())
        told[f"{name}_removed"] = sorted(before.keys() - after.keys())
        keys = {each: _keys(before[each], after[each]) for each in sorted(before.keys() & after.keys())}
        told[f"{name}_changed"] = [f"{each}: {which}" for each, which in keys.items() if which]
    told["acceptances_added"] = sorted(_accepted(new) - _accepted(old))
    told["acceptances_removed"] = sorted(_accepted(old) - _accepted(new))
    return {name: found for name, found in told.items() if found}


def _keys(old: Any, new: Any) -> str:
    if old == new:
        return ""
    names = type(old).model_fields if isinstance(old, BaseModel) else old.__dataclass_fields__
    return ", ".join(name for name in names if getattr(old, name) != getattr(new, name))


def _agencies(rules: RuleSet) -> Mapping[str, Any]:
    return {bound.agency.id: bound.agency for bounds in rules.bound.values() for bound in bounds}


def _accepted(rules: RuleSet) -> set[str]:
    return {f"{agreement} by {force}" for agreement, forces in rules.accepted.items() for force in forces}
