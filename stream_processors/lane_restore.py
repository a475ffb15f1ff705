"""Restore lanes from the holders topic before their first event is decided.

Order matters. The pump has already fetched the lanes' committed offsets, stable ones: nothing of a predecessor is pending.
Then the end of the holders partition is taken *read uncommitted*, and the topic is read *committed* up to there: whatever the
predecessor released is in. An open transaction of a dead predecessor below that end is waited for; the broker ends it.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from confluent_kafka import Consumer, Message
from confluent_kafka.admin import AdminClient

from schemas.codes import Code
from schemas.errors import LostPosition, NotReady
from schemas.records import decode
from schemas.wire import unframe
from stream_processors.lane_store import COMMAND_PROGRESS, ERASED, HOLDERS, LANE_COUNTER, LaneStore
from stream_processors.partition_reading import Limits, Reading
from stream_processors.topic_end import find_end

RESTORE_LIMITS = Limits(60.0, Code.LANE_NOT_RESTORED, Code.BROKER_AWAY)
"""Behind these the lane is given back."""


class _Found(NamedTuple):
    """One chunk of the topic: bodies by record id (None: they go), sequences by feed, progress by command (likewise),
    markers by token."""

    bodies: dict[str, bytes | None]
    counters: dict[str, int]
    progress: dict[str, bytes | None]
    erased: dict[str, bytes]


class LaneRestore:
    """Reads lanes into the store. `consumer` is its own: read_committed, no group offsets, partition EOF enabled."""

    def __init__(
        self,
        consumer: Consumer,
        admin: AdminClient,
        topic: str,
        schema_name: Callable[[int], str | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._consumer, self._admin, self._topic = consumer, admin, topic
        self._schema_name, self._clock = schema_name, clock

    def close(self) -> None:
        """Give the consumer back."""
        self._consumer.close()

    def restore(self, store: LaneStore, lane: int) -> int:
        """Bring the lane's store up to the topic. Gives the number of records read. Raises NotReady, LostPosition."""
        start = store.open(lane, self._clock())
        end = find_end(self._admin, self._topic, lane)
        if start > end:  # the topic has lost what the store has seen: the store would know of holders that are not there
            store.wipe(lane)
            raise LostPosition(Code.LANE_NOT_RESTORED)
        reading, read = Reading(self._consumer, self._topic, {lane: start}, {lane: end}, RESTORE_LIMITS), 0
        for messages in reading.chunks():
            read += len(messages)
            if messages:
                self._write(store, lane, messages, reading.reached[lane])
        store.write_bodies(lane, [], {}, reading.reached[lane], self._clock())
        return read

    def _write(self, store: LaneStore, lane: int, messages: list[Message], reached: int) -> None:
        """One chunk into the store. A crash behind it leaves a store that says how far it is."""
        found = _Found({}, {}, {}, {})
        for message in messages:
            self._take(message, found)
        bodies = [(record, body) for record, body in found.bodies.items() if body is not None]
        gone = [record for record, body in found.bodies.items() if body is None]
        more = (found.progress.items(), gone, found.erased.items())
        store.write_bodies(lane, bodies, found.counters, reached, self._clock(), *more)

    def _take(self, message: Message, found: _Found) -> None:
        key, value = message.key(), message.value()
        if value is None:
            about = bytes(key or b"").decode()
            if about.startswith("record/"):
                found.bodies[about.removeprefix("record/")] = None
            elif about.startswith("command/"):
                found.progress[about.removeprefix("command/")] = None
            return
        schema_id, body = unframe(value)
        name = self._schema_name(schema_id)
        if name == HOLDERS:
            found.bodies[bytes(key or b"").decode().removeprefix("record/")] = body
        elif name == LANE_COUNTER:
            counter = decode(LANE_COUNTER, body)
            found.counters[counter["feed"]] = counter["sequence"]
        elif name == COMMAND_PROGRESS:
            found.progress[decode(COMMAND_PROGRESS, body)["command"]] = body
        elif name == ERASED:
            found.erased[decode(ERASED, body)["token"]] = body
        else:
            raise NotReady(Code.LANE_NOT_RESTORED)
