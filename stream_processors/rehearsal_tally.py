"""Add up a rehearsal: the report that approvers sign. Counts, ids and record tokens; no value of any record. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stream_processors.rehearsal import CHANGED, EFFECTS, NEWLY, NO_LONGER, WITHDRAWN, About, Effect
from stream_processors.rule_set import RuleSet

DIMENSIONS = ("feed", "agreement", "force", "kind", "category", "marking", "subject_category")
"""What effects are counted by. A record with two subject categories counts under both."""

_TOKENS = 5
"""Records named for each effect and feed, by their ledger token: enough to look into."""

_NONE = "none"


class Tally:
    """Counts effects. `token` gives the ledger's token of a record."""

    def __init__(self, old: RuleSet, new: RuleSet, token: Callable[[str], str]) -> None:
        self._feeds, self._token = (
            {NO_LONGER: old.by_feed, WITHDRAWN: old.by_feed, NEWLY: new.by_feed, CHANGED: new.by_feed},
            token,
        )
        self._counts = {effect: {name: Counter[str]() for name in DIMENSIONS} for effect in EFFECTS}
        self._fields: dict[str, Counter[str]] = {}
        self._records: dict[str, set[str]] = {effect: set() for effect in EFFECTS}
        self._tokens: dict[tuple[str, str], list[str]] = {}
        self._pairs = Counter[str]()

    def add(self, effects: Iterable[Effect]) -> None:
        """Count these."""
        for each in effects:
            agreement = self._feeds[each.effect][each.feed].agreement.id
            self._pairs[each.effect] += 1
            self._records[each.effect].add(each.record_id)
            for name, value in _values(each.feed, agreement, each.about):
                self._counts[each.effect][name][value] += 1
            self._fields.setdefault(agreement, Counter()).update(each.fields)
            named = self._tokens.setdefault((each.effect, each.feed), [])
            if len(named) < _TOKENS:
                named.append(self._token(each.record_id))

    def counts(self, records: int) -> dict[str, int]:
        """What stands in the report's head: pairs of record and feed."""
        pairs = {name: self._pairs[name] for name in (NEWLY, NO_LONGER, CHANGED)}
        return {"records": records, **pairs}

    def effects(self) -> dict[str, Any]:
        """By effect: pairs, records, and the pairs by each dimension."""
        return {
            effect: {
                "pairs": self._pairs[effect],
                "records": len(self._records[effect]),
                "by": {name: _sorted(counter) for name, counter in self._counts[effect].items()},
            }
            for effect in EFFECTS
        }

    def fields(self) -> dict[str, dict[str, int]]:
        """By agreement: `+field` gained, `-field` lost, with the number of record-feed pairs."""
        return {agreement: _sorted(counter) for agreement, counter in sorted(self._fields.items()) if counter}

    def tokens(self) -> dict[str, dict[str, list[str]]]:
        """By effect and feed: the first records, by ledger token."""
        told: dict[str, dict[str, list[str]]] = {}
        for (effect, feed), named in sorted(self._tokens.items()):
            told.setdefault(effect, {})[feed] = sorted(named)
        return told


def _values(feed: str, agreement: str, about: About) -> Iterator[tuple[str, str]]:
    yield "feed", feed
    yield "agreement", agreement
    for name in ("force", "kind", "category", "marking"):
        yield name, getattr(about, name) or _NONE
    for category in about.subject_categories or (_NONE,):
        yield "subject_category", category


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    """The largest first; as many of several in the order of their names."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
