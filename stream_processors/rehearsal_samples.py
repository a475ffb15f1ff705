"""Examples for a rehearsal: few, drawn by hash so that the same records give the same ones, sanitised as they would be sent.

Pure. What is kept are at most `per_agreement` records for each effect and agreement, as the agency would get them and no more.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decision
from stream_processors.group_bits import Members
from stream_processors.rule_set import RuleSet

PseudonymOf = Callable[[str, str, str], str]
"""From bound agreement, field and value to the pseudonym."""


class Sample(NamedTuple):
    """One record for one feed."""

    draw: bytes
    effect: str
    record_id: str
    feed: str
    agreement: str
    shown: Record
    """As the agency would get it."""


class Samples:
    """Draws examples of the new rule set."""

    def __init__(self, rules: RuleSet, per_agreement: int, pseudonym: PseudonymOf) -> None:
        self._rules, self._per_agreement, self._pseudonym = rules, per_agreement, pseudonym
        self._kept: dict[tuple[str, str], dict[str, Sample]] = {}

    def offer(self, effect: str, event: Record, bound: Bound, decision: Decision, members: Callable[[], Members]) -> None:
        """A record that would be sent; a later version of the same record replaces an earlier one."""
        if not self._per_agreement:
            return
        record_id = event["envelope"]["record_id"]
        name = f"{bound.feed}\0{record_id}"
        kept = self._kept.setdefault((effect, bound.agreement.id), {})
        draw = hashlib.blake2b(name.encode(), digest_size=8).digest()
        if name not in kept and len(kept) >= self._per_agreement:
            last = max(kept, key=lambda each: kept[each].draw)
            if draw >= kept[last].draw:
                return
            del kept[last]
        try:
            shown = self._sanitised(event, bound, decision, members())
        except Exception:  # live, a field list that fails on a record sends nothing: nothing is shown either
            return
        kept[name] = Sample(draw, effect, record_id, bound.feed, bound.agreement.id, shown)

    def drawn(self) -> list[Sample]:
        """All of them, in an order that doesn't hang on the order of the records."""
        return sorted((s for kept in self._kept.values() for s in kept.values()), key=lambda sample: sample[:5])

    def _sanitised(self, event: Record, bound: Bound, decision: Decision, members: Members) -> Record:
        sanitising = decision.sanitising[bound.agreement.id]
        lost = [path for each in sorted(sanitising.drops) for path in self._rules.drops[each]]
        sanitiser = self._rules.projections[bound.agreement.id].narrowed(lost, sanitising.held)
        return sanitiser.apply(event, members, partial(self._pseudonym, bound.id))
