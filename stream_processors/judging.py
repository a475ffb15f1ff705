"""Judge: what the rules make of one matter for every agreement at once. Remembers what each rule made of what it looks at.

Records differ in more than any one rule asks about. So what prohibitions make of a record is remembered by the predicates
that they ask about, and what an agreement makes of it by its own: a matter that is new as a whole is mostly put together
from parts that are not.
"""

from functools import reduce
from operator import or_
from typing import NamedTuple

from stream_processors.compiled_rules import CompiledRules, Holding, Judged, Verdicts, holds, judge_agreement
from stream_processors.memos import remember
from stream_processors.predicates import Bits

MEMO_ENTRIES = 50_000
"""Entries of one memo; past that it is made anew."""


class _Held(NamedTuple):
    """What the prohibitions make of a matter."""

    serial: int
    holding: tuple[Holding, ...]
    latches: frozenset[str]


class Judge:
    """Judges under one rule set. Serials are never given twice, so what was forgotten is never mistaken."""

    def __init__(self, rules: CompiledRules) -> None:
        self._rules, self._serial = rules, 0
        self._mask = reduce(or_, (part.mask for each in rules.prohibitions for part in each.parts), 0)
        self._held: dict[object, _Held] = {}
        self._judged: dict[object, Judged] = {}

    def judge(self, bits: Bits, latched: frozenset[str]) -> Verdicts:
        """The verdict of every agreement. Prohibitions in `latched` hold whatever the record says."""
        known, possible = bits
        key = (known & self._mask, possible & self._mask, latched)
        held = self._held.get(key)
        if held is None:
            held = remember(self._held, key, self._hold(bits, latched), MEMO_ENTRIES)
        judged = []
        for at, compiled in enumerate(self._rules.agreements):
            own = (at, known & compiled.mask, possible & compiled.mask, held.serial)
            found = self._judged.get(own)
            if found is None:
                verdict = judge_agreement(compiled, held.holding, bits, self._next())
                found = remember(self._judged, own, verdict, MEMO_ENTRIES)
            judged.append(found)
        return Verdicts(self._next(), tuple(judged), held.latches)

    def _hold(self, bits: Bits, latched: frozenset[str]) -> _Held:
        found = [(each.prohibition, *holds(each, bits, latched)) for each in self._rules.prohibitions]
        latches = {rule.id for rule, truth, _ in found if rule.latch and truth is not False}
        # Most prohibitions hold for no one record: they are left out once, and not for each agreement.
        holding = tuple(each for each in found if each[1] is not False or each[2])
        return _Held(self._next(), holding, latched | latches)

    def _next(self) -> int:
        self._serial += 1
        return self._serial
