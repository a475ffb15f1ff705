"""The messages that disseminate writes: ledger entries, decision vectors, deliveries, recalls, holders. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from schemas.records import Record, encode
from schemas.topics import Topics
from schemas.wire import frame
from stream_processors.decide import Decision
from stream_processors.lane_store import COMMAND_PROGRESS, ERASED, HOLDERS, LANE_COUNTER
from stream_processors.messages import Headers, Output
from stream_processors.overlay import Overlay
from stream_processors.releases import Recall, Release

LEDGER_ENTRY = "uk.pointduty.hub.LedgerEntry"
"""Full name of the ledger entry."""

DECISION_VECTOR = "uk.pointduty.hub.DecisionVector"
"""Full name of a decision vector."""

RECALL = "uk.pointduty.feed.Recall"
"""Full name of a withdrawal that goes by recall."""


@dataclass(frozen=True)
class Outputs:
    """Makes them for one hub."""

    topics: Topics
    ids: Mapping[str, int]
    """Full record name to registry id."""

    def ledger(self, entry: Record) -> Output:
        """An entry."""
        return Output(self.topics.ledger, entry["entry_id"].encode(), self._framed(LEDGER_ENTRY, entry), partition=0)

    def entries(self, entries: Sequence[Record], stood: Callable[[int, int], None]) -> list[Output]:
        """The entries of a batch. `stood` is told lane and offset of each lane's first one, and of the last of all."""
        outputs = [self.ledger(entry) for entry in entries]
        lanes = [entry["source_partition"] for entry in entries]
        told = {lanes.index(lane) for lane in set(lanes)} | {len(lanes) - 1} if lanes else set()
        for index in told:
            outputs[index] = outputs[index]._replace(delivered=partial(_stood, stood, lanes[index]))
        return outputs

    def vector(self, name: str, decision: Decision, rule_set: str) -> Output:
        """A decision vector, once for all entries that name it."""
        reasons = [{"subject": subject, "reason": reason} for subject, reason in decision.vector]
        value = self._framed(DECISION_VECTOR, {"vector": name, "rule_set": rule_set, "reasons": reasons})
        return Output(self.topics.ledger, f"vector/{name}".encode(), value, partition=0)

    def feed(self, release: Release) -> Output:
        """A delivery."""
        topic, headers = self.topics.feed(release.agency, release.feed), _headers(release.delivery_id, "delivery")
        return Output(topic, release.token.encode(), release.value, headers, timestamp_ms=release.timestamp_ms)

    def recall(self, recall: Recall) -> Output:
        """A withdrawal for an agency whose feed is suspended."""
        record = {"token": recall.token, "instruction": "WITHDRAW", "deadline": recall.deadline}
        topic, headers = self.topics.recall(recall.agency), _headers(recall.delivery_id, "recall")
        value = self._framed(RECALL, record)
        return Output(topic, recall.token.encode(), value, headers, timestamp_ms=recall.timestamp_ms)

    def holders(self, overlay: Overlay, stands: Callable[[int, int], None]) -> list[Output]:
        """What the batch has changed of its lanes. `stands` is told lane and offset of each lane's last one."""
        topic = self.topics.holders
        outputs = [
            Output(topic, f"record/{record_id}".encode(), self._framed(HOLDERS, holders), partition=lane)
            for (lane, record_id), holders in overlay.changed_holders.items()
        ]
        for (lane, record_id), marker in overlay.changed_erased.items():
            outputs.append(Output(topic, f"record/{record_id}".encode(), None, partition=lane))
            outputs.append(Output(topic, f"erased/{marker['token']}".encode(), self._framed(ERASED, marker), partition=lane))
        for (lane, feed), sequence in overlay.changed_sequences.items():
            counter = self._framed(LANE_COUNTER, {"feed": feed, "lane": lane, "sequence": sequence})
            outputs.append(Output(topic, f"lane/{feed}".encode(), counter, partition=lane))
        for lane, command in sorted(overlay.dropped_progress):
            outputs.append(Output(topic, f"command/{command}".encode(), None, partition=lane))
        for (lane, command), progress in overlay.changed_progress.items():
            value = self._framed(COMMAND_PROGRESS, progress)
            outputs.append(Output(topic, f"command/{command}".encode(), value, partition=lane))
        last = {output.partition: index for index, output in enumerate(outputs)}
        for index in last.values():  # the last of each lane tells where the lane's store stands
            outputs[index] = outputs[index]._replace(delivered=stands)
        return outputs

    def _framed(self, name: str, record: Record) -> bytes:
        return frame(self.ids[name], encode(name, record))


def _stood(stood: Callable[[int, int], None], lane: int, _partition: int, offset: int) -> None:
    stood(lane, offset)


def _headers(delivery_id: str, kind: str) -> Headers:
    """No header comes from the submission; nothing here is shared between two feeds."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", delivery_id.encode()),
        ("ce_source", b"urn:pointduty:hub"),
        ("ce_type", f"uk.pointduty.{kind}".encode()),
        ("content-type", b"application/avro"),
    )
