"""What agencies are sent on the real broker, one that writes receipts, and what came of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from receipt_makers import receipt_record
from stage_hub import Running, StageHub, crimes

from schemas.records import Record, decode, encode
from schemas.wire import frame, unframe
from stream_processors.acknowledged_restore import decoded
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.control_commands import LANE_COMMAND
from stream_processors.receipt_entry import RECEIPT_ENTRY, RECEIPT_HEAD
from stream_processors.receipts import RECEIPT


@dataclass
class ScriptedAgency:
    """Writes what a test says under the agency's own credential."""

    hub: StageHub
    name: str
    """As in the hub's agencies, without the mark."""

    def __post_init__(self) -> None:
        self.agency = self.hub.agency(self.name)
        self.feed, self.recall = f"{self.agency}.live", f"{self.agency}.recall"
        self.topic = self.hub.topics.receipt(self.agency)
        self._schema_id = self.hub.schema_id(self.topic, RECEIPT)
        self._producer = self.hub.producer(f"agency.{self.agency}")

    def say(self, *ranges: Record, **more: Any) -> None:
        """One receipt about its feed, or another one by `feed`."""
        self.write([frame(self._schema_id, encode(RECEIPT, receipt_record(*ranges, **({"feed": self.feed} | more))))])

    def write(self, values: Iterable[bytes]) -> None:
        """Whatever bytes."""
        for value in values:
            self._producer.produce(self.topic, value, self.feed.encode())
        assert self._producer.flush(30) == 0


def deliver(hub: StageHub, records: int, version: int = 1, first: int = 0) -> None:
    """So many records, or new versions of them, through disseminate."""
    before = len(hub.ledger())
    with Running(hub, "disseminate") as worker:
        hub.write_standard(crimes(records, first, version))
        worker.wait(lambda: len(hub.ledger()) == before + records, "everything is decided")


def receipt_entries(hub: StageHub) -> list[Record]:
    """The ledger's entries of receipts, in its order."""
    found = [m for m in hub.read(hub.topics.ledger) if bytes(m.key() or b"").startswith(RECEIPT_HEAD.encode())]
    return [decode(RECEIPT_ENTRY, unframe(message.value())[1]) for message in found]  # type: ignore[arg-type]


def outcomes(hub: StageHub, agency: str) -> list[str]:
    """What came of each of an agency's receipts: ACCEPTED, or the code."""
    return [each["code"] or each["outcome"] for each in receipt_entries(hub) if each["agency"] == agency]


def requests(hub: StageHub) -> list[Record]:
    """What lanes' owners are asked to send again."""
    return [decode(LANE_COMMAND, unframe(message.value())[1]) for message in hub.read(hub.topics.request)]  # type: ignore[arg-type]


def acknowledged(hub: StageHub) -> Acknowledgements:
    """What stands on the topic."""
    found = Acknowledgements()
    found.load(decoded(hub.read(hub.topics.acknowledged), hub.desk().name_of))
    return found
