"""Prometheus metrics of the hub's stages. Labels come from closed lists; no cell combines force, agency and reason."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stream_processors.messages import Batch, Step

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_NAMESPACE = "pointduty"


def _counter(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, namespace=_NAMESPACE, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, namespace=_NAMESPACE, registry=registry)


def _histogram(registry: CollectorRegistry, name: str, meaning: str, buckets: Sequence[float], *labels: str) -> Histogram:
    return Histogram(name, meaning, labels, namespace=_NAMESPACE, registry=registry, buckets=buckets)


_LATENCY_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)


class PumpMetrics:
    """What every pump counts."""

    def __init__(self, registry: CollectorRegistry, stage: str) -> None:
        labels = {"stage": stage}
        self._in = _counter(registry, "messages_in", "Messages consumed and committed", "stage").labels(**labels)
        self._out = _counter(registry, "messages_out", "Messages produced and committed", "stage").labels(**labels)
        self.batches = _counter(registry, "batches", "Batches committed", "stage").labels(**labels)
        self.work = _counter(registry, "work_pieces", "Pieces of work between batches committed", "stage").labels(**labels)
        self.dropped = _counter(registry, "batches_dropped", "Batches aborted and decided again", "reason")
        self.rebuilds = _counter(registry, "client_rebuilds", "Clients and position thrown away", "code")
        self.transaction_seconds = _histogram(registry, "transaction_seconds", "Time of one transaction", _SECONDS, "step")
        self.batch_messages = _gauge(registry, "batch_messages", "Messages in the last batch", "stage").labels(**labels)
        self.lag = _gauge(registry, "lag_messages", "Messages not yet consumed, all own partitions", "stage").labels(**labels)

    def observe(self, batch: Batch, steps: Sequence[Step]) -> None:
        """A batch has committed."""
        self._in.inc(len(batch.messages))
        self._out.inc(sum(len(step.outputs) for step in steps))
        self.batches.inc()
        self.batch_messages.set(len(batch.messages))

    def observe_work(self, steps: Sequence[Step]) -> None:
        """Work between batches has committed."""
        self._out.inc(sum(len(step.outputs) for step in steps))
        self.work.inc()


class StandardiseMetrics:
    """What standardise counts beside the pump."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.standard = _counter(registry, "standard_records", "Submissions standardised", "kind")
        self.dead_letters = _counter(registry, "dead_letters", "Submissions refused", "code")
        self.flags = _counter(registry, "quality_flags", "Quality flags", "code")


class DisseminateMetrics:
    """What disseminate counts beside the pump."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.outcomes = _counter(registry, "standard_events", "Standard events by outcome", "outcome")
        self.deliveries = _counter(registry, "deliveries", "Deliveries by feed and action", "feed", "action")
        self.withheld = _counter(registry, "withheld", "Bound agreements that were refused a record", "reason")
        self.faults = _counter(registry, "faults", "Faults that withheld a record", "code")
        self.latency_seconds = _histogram(
            registry, "end_to_end_seconds", "Submission's time stamp to release", _LATENCY_SECONDS
        )
        self.restore_seconds = _histogram(registry, "lane_restore_seconds", "Time to restore a lane", _SECONDS)
        self.grants = _gauge(registry, "emergency_grants", "Emergency grants in force", "state")
        self.emergency = _counter(registry, "emergency_deliveries", "Deliveries under emergency grants by originator", "force")
        self.lanes = _gauge(registry, "lanes_owned", "Lanes owned")
        self.rule_set = _gauge(registry, "rule_set_number", "Number of the rule set in force")
        self.days_left = _gauge(
            registry, "agreement_days_left", "Days on which an agreement still shares, after today", "agreement"
        )


class AcknowledgeMetrics:
    """What acknowledge counts beside the pump."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.receipts = _counter(registry, "receipts", "Receipts by outcome: ACCEPTED, or the code of the refusal", "outcome")
        self.asked_again = _counter(registry, "deliveries_asked_again", "Sequence numbers that agencies miss, asked for again")
        self._waiting = _gauge(registry, "withdrawals_waiting", "Deliveries with a deadline not yet carried out", "agency")
        self._overdue = _gauge(registry, "withdrawals_overdue", "Of these, past their deadline", "agency")

    def set_awaited(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """How many are waiting and overdue, by agency; an agency without any has no row."""
        self._waiting.clear()
        self._overdue.clear()
        for agency, (waiting, overdue) in counts.items():
            self._waiting.labels(agency=agency).set(waiting)
            self._overdue.labels(agency=agency).set(overdue)
