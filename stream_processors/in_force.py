"""What is in force together: the rule set, what is suspended, which emergency grants hold. Any change drops an open batch."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady
from stream_processors.control import ControlState
from stream_processors.earlier_lists import EarlierLists
from stream_processors.emergency_books import make_grant_books
from stream_processors.expiries import ExpiryWatch
from stream_processors.metrics import DisseminateMetrics
from stream_processors.rulebook import Rulebook, make_rulebook

log = structlog.get_logger()


class InForce:
    """`book` is what decisions are made with; None: nothing may be released."""

    def __init__(self, metrics: DisseminateMetrics, clock_ms: Callable[[], int]) -> None:
        self._metrics, self._clock_ms = metrics, clock_ms
        self.book: Rulebook | None = None
        self._granted: object = None
        self._running: frozenset[str] = frozenset()
        self._told: set[str] = set()
        self._expiries = ExpiryWatch(metrics)

    def update(self, state: ControlState) -> bool:
        """Take over what control says now; True where anything that decides is not what it was. Grants begin and end by the
        clock too. Raises NotReady (RULES_BROKEN)."""
        changes = [self._switch(state), self._suspend(state), self._grant(state)]
        if self.book is not None:
            self._expiries.look(self.book, self._clock_ms())
        return any(changes)

    def _switch(self, state: ControlState) -> bool:
        """Put a newly published set in force."""
        published = state.current
        if published is None or (self.book is not None and published.number == self.book.number):
            return False
        try:
            book = make_rulebook(published.number, published.parts, published.feed_schema_ids)
            self.book = replace(book, earlier_lines=EarlierLists(state.rule_sets.history).lines)
        except Misconfigured as error:  # a set that does not load: nothing is released until a person acts
            self.book = None  # not ready any more: with the old one each try would write another ledger entry
            log.error("rule set does not load", code=str(Code.RULES_BROKEN), number=published.number, alert=True)
            raise NotReady(Code.RULES_BROKEN, field=error.field) from None
        self._metrics.rule_set.set(published.number)
        return True

    def _suspend(self, state: ControlState) -> bool:
        standing = state.suspensions.standing
        if self.book is None or self.book.suspensions == standing:
            return False
        self.book = replace(self.book, suspensions=standing)
        log.info("what is suspended has changed", suspended=len(standing))
        return True

    def _grant(self, state: ControlState) -> bool:
        """Grants that were given, reviewed, ended or have run out. Each is made anew under a new rule set."""
        if self.book is None:
            return False
        read = state.emergencies
        granted = (self.book.number, tuple(read.grants), tuple(read.reviews), tuple(read.ends))
        is_new = granted != self._granted
        if is_new:
            grants, refused = make_grant_books(read, self.book)
            self.book, self._granted = replace(self.book, grants=grants), granted
            for name, refusal in refused:
                self._tell(f"{name} {refusal.field}", "a grant is not permitted by the rules in force", name, refusal.code)
        running = self.book.running(self._clock_ms())
        for name in sorted(running - self._running):
            self._tell(name, "an emergency grant is in force", name, None)
        for name in sorted(self._running - running):
            is_reviewed = name in read.reviews
            log.warning("an emergency grant is over", grant=name, is_reviewed=is_reviewed, alert=not is_reviewed)
        changed, self._running = is_new or running != self._running, running
        reviewed = len(running & read.reviews.keys())
        self._metrics.grants.labels(state="reviewed").set(reviewed)
        self._metrics.grants.labels(state="unreviewed").set(len(running) - reviewed)
        return changed

    def _tell(self, once: str, what: str, grant: str, code: Code | None) -> None:
        if once not in self._told:
            self._told.add(once)
            log.warning(what, grant=grant, code=str(code) if code else "", alert=True)
