"""How far commands are in each lane: read from the holders topic, where each lane's owner says so."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from deploy.control_desk import ControlDesk
from deploy.topic_reader import read_topics
from schemas.codes import Code
from schemas.errors import NotReady
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.lane_store import COMMAND_PROGRESS
from stream_processors.lane_tasks import DONE

_KEY = b"command/"
_ASK_SECONDS = 30.0

Progress = Mapping[str, Mapping[int, Record]]
"""Command to lane to how far it is there."""


def read_progress(desk: ControlDesk) -> Progress:
    """How far each command is in each lane. Reads the whole topic: seconds for some hundred thousand records."""
    found: dict[str, dict[int, Record]] = {}
    config = {name: str(value) for name, value in desk.config.items()}
    for message in read_topics(config, [desk.topics.holders]):
        said = _progress(message)
        if said is not None:
            found.setdefault(said["command"], {})[said["lane"]] = said
    return found


class Waited(NamedTuple):
    """What came of waiting."""

    done: int
    """Lanes in which it is done."""
    lanes: int
    released: int
    """Deliveries, VOID included."""
    begun_seconds: float
    """After so long every lane had begun: what comes from then on is decided with it. 0: not every lane has."""
    seconds: float
    """After so long it was done, or nobody waited any longer."""


Tell = Callable[[Waited], None]
"""Hears how far a command is."""


class ProgressWatch:
    """Sees what is said of a command from now on. Made before the command is given, so that nothing is missed."""

    def __init__(self, desk: ControlDesk) -> None:
        settings = {**desk.config, "group.id": desk.topics.group("control.desk"), "enable.auto.commit": False}
        self._consumer = Consumer({**settings, "isolation.level": "read_committed", "fetch.wait.max.ms": 20})
        self._started = time.monotonic()
        topic = desk.topics.holders
        try:
            known = self._consumer.list_topics(topic, timeout=_ASK_SECONDS).topics[topic].partitions
            ends = [TopicPartition(topic, lane, self._end(topic, lane)) for lane in known]
        except KafkaException as error:
            self._consumer.close()
            raise NotReady(Code.BROKER_AWAY, detail=error.args[0].name()) from None
        self.lanes = len(ends)
        self._consumer.assign(ends)

    def _end(self, topic: str, lane: int) -> int:
        # Asked now: OFFSET_END would be resolved by the first fetch, behind what came meanwhile.
        _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, lane), timeout=_ASK_SECONDS)
        return end if end >= 0 else OFFSET_END

    def restart(self) -> None:
        """Count the seconds from here."""
        self._started = time.monotonic()

    def wait(self, command: str, seconds: float, tell: Tell = lambda _waited: None) -> Waited:
        """Wait until the command is done in every lane, or until the time is up: then the lanes' owners go on without us.
        `tell` hears how far it is whenever that has changed."""
        released: dict[tuple[str, int], int] = {}
        begun: set[int] = set()
        done: set[int] = set()
        begun_seconds = 0.0
        told = waited = Waited(0, self.lanes, 0, 0.0, 0.0)
        try:
            while waited.done < self.lanes and time.monotonic() - self._started < seconds:
                for message in self._consumer.consume(500, 0.05):
                    said = _progress(message) if message.error() is None else None
                    if said is None or said["command"] not in (command, f"{command}/held"):
                        continue
                    released[said["command"], said["lane"]] = said["released"]
                    if said["command"] == command:
                        begun.add(said["lane"])
                        done.update([said["lane"]] if said["state"] == DONE else [])
                now = round(time.monotonic() - self._started, 3)
                begun_seconds = begun_seconds or (now if len(begun) == self.lanes else 0.0)
                waited = Waited(len(done), self.lanes, sum(released.values()), begun_seconds, now)
                if waited[:3] != told[:3]:
                    told = waited
                    tell(waited)
        finally:
            self._consumer.close()
        return waited


def _progress(message: Message) -> Record | None:
    key, value = message.key(), message.value()
    if not isinstance(key, bytes) or not key.startswith(_KEY) or not isinstance(value, bytes):
        return None
    return decode(COMMAND_PROGRESS, unframe(value)[1])
