"""What disseminate writes, as messages: ledger entries and vectors (A), deliveries and holders (B). Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.records import Record, encode
from schemas.topics import Topics
from schemas.wire import frame
from stream_processors.decide import Decision
from stream_processors.disseminate import Release
from stream_processors.lane_store import COMMAND_PROGRESS, HOLDERS, LANE_COUNTER
from stream_processors.messages import Output
from stream_processors.overlay import Overlay

LEDGER_ENTRY = "uk.pointduty.hub.LedgerEntry"
"""Full name of the ledger entry."""

DECISION_VECTOR = "uk.pointduty.hub.DecisionVector"
"""Full name of a decision vector."""


@dataclass(frozen=True)
class Outputs:
    """Makes the messages of one hub."""

    topics: Topics
    ids: Mapping[str, int]
    """Full record name to registry id, of ledger and holders records."""

    def ledger(self, entry: Record) -> Output:
        """A ledger entry."""
        value = frame(self.ids[LEDGER_ENTRY], encode(LEDGER_ENTRY, entry))
        return Output(self.topics.ledger, entry["entry_id"].encode(), value, partition=0)

    def vector(self, vector: str, decision: Decision, rule_set: str) -> Output:
        """A decision vector under its rule set."""
        reasons = [{"subject": subject, "reason": reason} for subject, reason in decision.vector]
        record = {"vector": vector, "rule_set": rule_set, "reasons": reasons}
        value = frame(self.ids[DECISION_VECTOR], encode(DECISION_VECTOR, record))
        return Output(self.topics.ledger, f"vector/{vector}".encode(), value, partition=0)

    def feed(self, release: Release) -> Output:
        """A delivery. No header comes from the submission; nothing here is shared between two feeds."""
        headers = (
            ("ce_specversion", b"1.0"),
            ("ce_id", release.delivery_id.encode()),
            ("ce_source", b"urn:pointduty:hub"),
            ("ce_type", b"uk.pointduty.delivery"),
            ("content-type", b"application/avro"),
        )
        topic = self.topics.feed(release.agency, release.feed)
        return Output(topic, release.token.encode(), release.value, headers, timestamp_ms=release.timestamp_ms)

    def holders(self, overlay: Overlay, stands: Callable[[int, int], None]) -> list[Output]:
        """Whatever the batch has changed of its lanes. `stands` is told where the last message of each lane stands."""
        topic, ids = self.topics.holders, self.ids
        outputs = [
            Output(topic, f"record/{record_id}".encode(), frame(ids[HOLDERS], encode(HOLDERS, holders)), partition=lane)
            for (lane, record_id), holders in overlay.changed_holders.items()
        ]
        for (lane, feed), sequence in overlay.changed_sequences.items():
            body = encode(LANE_COUNTER, {"feed": feed, "lane": lane, "sequence": sequence})
            outputs.append(Output(topic, f"lane/{feed}".encode(), frame(ids[LANE_COUNTER], body), partition=lane))
        for (lane, command), progress in overlay.changed_progress.items():
            value = frame(ids[COMMAND_PROGRESS], encode(COMMAND_PROGRESS, progress))
            outputs.append(Output(topic, f"command/{command}".encode(), value, partition=lane))
        last = {output.partition: index for index, output in enumerate(outputs)}
        for index in last.values():  # the last of each lane tells where the lane's store stands
            outputs[index] = outputs[index]._replace(delivered=stands)
        return outputs
