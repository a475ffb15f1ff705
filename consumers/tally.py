"""What a subscriber has counted, for its summary and for Prometheus."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from consumers.deliveries import Action


@dataclass
class Tally:
    """Counts since the subscriber was made."""

    handled: Counter[Action] = field(default_factory=Counter)
    """Deliveries that a callback returned from, or a database took, by action."""
    repeats: int = 0
    """Deliveries that came again."""
    gaps: int = 0
    """Gaps reported."""
    missing: int = 0
    """Sequence numbers in those gaps."""
    filled: int = 0
    """Missing numbers that came later."""
    unreadable: int = 0
    """Messages that are no delivery."""
    parked: int = 0
    """Deliveries put aside, each as often as it was tried in vain."""
    waiting: int = 0
    """Deliveries that are parked now."""
    receipts_wait: str = ""
    """The code of why receipts do not get on; empty where they do."""
    refused: set[str] = field(default_factory=set)
    """Feeds that the broker does not let this user read just now: suspended, ended, or never theirs."""

    @property
    def deliveries(self) -> int:
        """All that was handled."""
        return self.handled.total()

    @property
    def whole(self) -> bool:
        """Whether everything sent was seen, read and handled."""
        return self.unreadable == 0 and self.missing <= self.filled and self.waiting == 0 and not self.refused

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        counts = {name: getattr(self, name) for name in ("repeats", "gaps", "missing", "filled", "unreadable", "waiting")}
        actions = {str(action): count for action, count in sorted(self.handled.items())}
        return (
            {"deliveries": self.deliveries, "actions": actions}
            | counts
            | {"refused": sorted(self.refused), "receipts_wait": self.receipts_wait}
        )


class TallyCollector:
    """Shows a tally to Prometheus; register it with a CollectorRegistry. Reading happens only when it is scraped."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """The metric families."""
        handled = CounterMetricFamily("pointduty_deliveries_handled", "Deliveries handled", labels=["action"])
        for action, count in self._tally.handled.copy().items():
            handled.add_metric([str(action)], count)
        yield handled
        for name, text, count in (
            ("deliveries_repeated", "Deliveries that came again", self._tally.repeats),
            ("deliveries_parked", "Deliveries put aside because they could not be handled", self._tally.parked),
            ("sequence_gaps", "Gaps seen in lanes", self._tally.gaps),
            ("sequence_numbers_missing", "Sequence numbers in those gaps", self._tally.missing),
            ("sequence_numbers_filled", "Missing sequence numbers that came later", self._tally.filled),
            ("messages_unreadable", "Messages that are no delivery", self._tally.unreadable),
        ):
            yield CounterMetricFamily(f"pointduty_{name}", text, value=count)
        text = "Deliveries that wait to be tried again"
        yield GaugeMetricFamily("pointduty_deliveries_waiting", text, value=self._tally.waiting)
