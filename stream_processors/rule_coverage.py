"""Which rules real records have met: every clause, prohibition and exception, counted by the engine's own decisions. Pure."""

from collections import Counter

from schemas.codes import Code
from schemas.records import Record
from stream_processors.attributes import Attributes
from stream_processors.compiled_rules import compile_rules
from stream_processors.decide import Decider, Decision
from stream_processors.deciding import decide_event, is_closed
from stream_processors.predicates import Bits
from stream_processors.rule_findings import NOTE, WARNING, Finding
from stream_processors.rule_set import RuleSet

_MEMO_ENTRIES = 50_000


class Coverage:
    """Counts. Each record's versions come in order, so that latches hold as they do live."""

    def __init__(self, rules: RuleSet, decider: Decider, now_ms: int) -> None:
        self._rules, self._decider, self._now_ms = rules, decider, now_ms
        self._compiled = compile_rules(rules.agreements, rules.prohibitions)
        self._state: dict[str, tuple[int, frozenset[str], bool]] = {}
        self._met = Counter[tuple[str, str]]()
        self._decisions: dict[int, tuple[Decision, frozenset[tuple[str, str]]]] = {}
        self._found: dict[object, frozenset[tuple[str, str]]] = {}
        self.records = 0
        """Versions decided in the window."""

    def take(self, event: Record, in_window: bool) -> None:
        """One event of `standard`."""
        envelope = event["envelope"]
        version, latches, was_closed = self._state.get(envelope["record_id"], (0, frozenset(), False))
        if envelope["version"] <= version:
            return
        closed = is_closed(envelope["action"], was_closed)
        found = decide_event(self._rules, self._decider, event, latches, closed, self._now_ms)
        self._state[envelope["record_id"]] = (envelope["version"], found.decision.latches, closed)
        if not in_window or found.attributes is None or found.is_fault:
            return
        self.records += 1
        self._met.update(self._of_decision(found.decision))
        shares = frozenset(bound.agreement.id for bound in found.decision.shares)
        self._met.update(self._of_rules(found.attributes, found.decision.latches, shares))

    def findings(self) -> list[Finding]:
        """Rules that no record of the window met."""
        found = [self._never(a.id, f"share_when[{at}]") for a in self._rules.agreements for at in range(len(a.share_when))]
        found += [
            self._never(a.id, f"WITHHOLD_WHEN[{at}]") for a in self._rules.agreements for at in range(len(a.withhold_when))
        ]
        found += [
            self._never(a.id, f"fields.{line}") for a in self._rules.agreements for line, how in a.fields.items() if how.when
        ]
        for prohibition in self._rules.prohibitions:
            if not self._met[prohibition.id, ""]:
                what = f"applied to none of {self.records:,} records"
                found.append(Finding(WARNING, Code.PROHIBITION_IDLE, prohibition.id, "when", what))
            found += [self._idle(prohibition.id, each.agreement) for each in prohibition.excepted]
        return [each for each in found if each is not None]

    def _never(self, rule: str, where: str) -> Finding | None:
        if self._met[rule, where]:
            return None
        return Finding(NOTE, Code.NEVER_MET, rule, where.lower(), f"met by none of {self.records:,} records")

    def _idle(self, prohibition: str, agreement: str) -> Finding | None:
        if self._met[prohibition, agreement]:
            return None
        what = f"needed by none of {self.records:,} records"
        return Finding(NOTE, Code.EXCEPTION_IDLE, prohibition, f"excepted.{agreement}", what)

    def _of_decision(self, decision: Decision) -> frozenset[tuple[str, str]]:
        """What one decision met; decisions are remembered by the decider, and so is this."""
        known = self._decisions.get(id(decision))
        if known is not None and known[0] is decision:
            return known[1]
        met = {(v.agreement, name) for v in decision.verdicts for name in (*v.permits, *v.against)}
        met |= {(name, f"fields.{line}") for name, how in decision.sanitising.items() for line in how.held}
        met = {(name, reason) for name, reason in met if not reason.startswith("PROHIBITION:")}
        if len(self._decisions) > _MEMO_ENTRIES:
            self._decisions.clear()
        self._decisions[id(decision)] = (decision, frozenset(met))
        return frozenset(met)

    def _of_rules(self, attributes: Attributes, latches: frozenset[str], shares: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Which prohibitions hold, and which exceptions to them let something be shared that they would have held back."""
        bits, controlled = self._compiled.predicates.of(attributes), attributes.control is not None
        key = (bits, controlled, latches, shares)
        if key not in self._found:
            if len(self._found) > _MEMO_ENTRIES:
                self._found.clear()
            self._found[key] = frozenset(self._prohibitions(bits, controlled, latches, shares))
        return self._found[key]

    def _prohibitions(
        self, bits: Bits, controlled: bool, latches: frozenset[str], shares: frozenset[str]
    ) -> set[tuple[str, str]]:
        met: set[tuple[str, str]] = set()
        for compiled in self._compiled.prohibitions:
            name = compiled.prohibition.id
            # What hangs on the agency can hold only where the originator has said something.
            parts = [part for part in compiled.parts if controlled or not part.agency]
            if name in latches or any(bits.truth(part.mask) is not False for part in parts):
                met.add((name, ""))
        for agreement in self._compiled.agreements:
            for name, masks in agreement.exceptions.items():
                if agreement.agreement.id not in shares or (name, "") not in met:
                    continue
                if not masks or any(bits.truth(mask) is True for mask in masks):
                    met.add((name, agreement.agreement.id))
        return met
