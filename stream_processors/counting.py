"""Count what disseminate has released, and say aloud what a person must hear. No value of a record in any of it."""

from collections import Counter
from collections.abc import Sequence

import structlog

from stream_processors.ledger_entry import LIVE
from stream_processors.messages import Input
from stream_processors.metrics import DisseminateMetrics
from stream_processors.rulebook import Outcome

log = structlog.get_logger()


class Counting:
    """Counts of one process."""

    def __init__(self, metrics: DisseminateMetrics) -> None:
        self._metrics = metrics
        self._told: set[tuple[str, str]] = set()

    def count(self, outcomes: Sequence[tuple[Input | None, Outcome]], now_ms: int) -> None:
        """These have been released. `now_ms`: UTC milliseconds."""
        withheld = Counter[str]()
        for message, outcome in outcomes:
            self._metrics.outcomes.labels(outcome=outcome.entry["outcome"]).inc()
            withheld.update(outcome.decision.withheld if outcome.decision else {})
            for release in outcome.releases:
                self._metrics.deliveries.labels(feed=f"{release.agency}.{release.feed}", action=release.action).inc()
            if outcome.recalls:
                self._metrics.deliveries.labels(feed="recall", action="WITHDRAW").inc(len(outcome.recalls))
            for code in outcome.entry["faults"]:
                self._metrics.faults.labels(code=code).inc()
                log.error("a fault withheld a record", code=code, alert=True)
            self._tell_originator(outcome)
            if outcome.releases and message is not None and outcome.entry["cause"] == LIVE:
                self._metrics.latency_seconds.observe(max(0, now_ms - message.timestamp_ms) / 1000)
        for reason, count in withheld.items():
            self._metrics.withheld.labels(reason=reason).inc(count)

    def _tell_originator(self, outcome: Outcome) -> None:
        """An emergency disclosure is counted for its originator each time, and said once for each grant and originator."""
        force = outcome.entry["force"]
        for said in outcome.entry["disclosures"]:
            if said.get("grant") and said["action"] in ("SHARE", "UPDATE"):
                self._metrics.emergency.labels(force=force).inc()
                if (said["grant"], force) not in self._told:
                    self._told.add((said["grant"], force))
                    log.warning("shared under an emergency grant", grant=said["grant"], force=force, alert=True)
