"""The watch's Faust: one agent over `quality`, one table in RocksDB, and where to read on after a restart.

**What is trusted.** The changelog and the local store together, each as far as it goes; never the offset that the group has
committed. A value is written to the local store first and then sent, in order, so at any moment the changelog has all that
was sent up to some tally, and the store the same or a little more. After a kill the store is brought up to the changelog's
end (Faust does that), and reading starts at the tally that the changelog's last value was written for. Tallies that come
again change no value that has them, but write it again, so that the changelog gets what was lost on the way to it.
What a loss costs: of the local store, the time to read the changelog; of both, all that the watch knew.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import faust
import structlog
from faust.sensors import Sensor
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP
from yarl import URL

from schemas.codes import Code
from schemas.topics import Topics

log = structlog.get_logger()

Apply = Callable[[faust.Event, Any], None]
"""Changes the table (second argument) by a tally's message."""
FindPosition = Callable[[], int]
"""The offset of `quality` to read on from. May block: it is asked in a thread of its own."""

SESSION_SECONDS = 6.0
"""The broker's least. A watch that was killed and comes back under the same instance id need not wait for it to end."""
SEND_SECONDS = 600.0
"""How long a change may wait for a broker that is away. After that the process ends: see `_Fatal`."""


class _Thread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        """As the parent, reading committed tallies only: standardise writes in transactions, and what it took back never
        happened. Faust reads so only where it writes transactions itself, and there is no setting for it.
        """
        self.consumer.in_transaction = True
        try:
            return super()._create_worker_consumer(transport)
        finally:
            self.consumer.in_transaction = False


class _Consumer(Consumer):
    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """After a recovery: to where the tables say, instead of where the group has committed."""
        await super().perform_seek()
        app = cast("WatchApp", self.app)
        await self.seek_wait({TP(app.source, 0): await asyncio.to_thread(app.find_position)})


class _Transport(Transport):
    Consumer = _Consumer


class _Fatal(Sensor):
    """A change that could not be sent ends the process at once: what was sent behind it would hide that it is missing."""

    def on_send_error(self, producer: Any, exc: BaseException, state: Any) -> None:  # noqa: ARG002  # Faust's signature
        end_process(exc)


class WatchApp(faust.App):
    """One process of the watch. There may be one at a time."""

    source: str
    """The topic of the tallies."""
    find_position: FindPosition

    async def _on_agent_error(self, agent: Any, exc: BaseException) -> None:  # noqa: ARG002  # Faust's signature
        """Faust would acknowledge the message and go on without it."""
        end_process(exc)


def end_process(error: BaseException) -> None:
    """End at once, without a word of the error's text. Nothing is lost: the next start reads on from the changelog."""
    log.error("the watch ends", code=str(Code.UNEXPECTED), error_type=type(error).__name__, alert=True)
    sys.stderr.flush()
    os._exit(1)


def build_app(
    credential: Mapping[str, str], topics: Topics, folder: Path, apply: Apply, find_position: FindPosition
) -> tuple[WatchApp, Any]:
    """The app and its table. `credential` is a librdkafka configuration; `folder` is for the local store."""
    app = WatchApp(
        topics.group("watch"),
        broker=[URL(f"aiokafka://{address}") for address in credential["bootstrap.servers"].split(",")],
        broker_credentials=_credentials(credential),
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=1.0,
        broker_rebalance_timeout=SESSION_SECONDS,
        broker_commit_interval=5.0,
        consumer_group_instance_id="watch",
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger=0.005,
        producer_request_timeout=SEND_SECONDS,
        store="rocksdb://",
        datadir=str(folder),
        topic_allow_declare=False,  # topics are made by `provision`, and the watch may make none
        topic_disable_leader=True,
        web_enabled=False,  # the views stand beside the metrics, on one port
        autodiscover=False,
        stream_wait_empty=False,  # a tally that was not finished is read again
    )
    app.source, app.find_position = topics.quality, find_position
    app.transport = _Transport(app.conf.broker_consumer, app)
    app.sensors.add(_Fatal())
    changelog = raw_topic(app, topics.watch_changelog)
    table = app.Table(
        "tables", partitions=1, changelog_topic=changelog, options=dict(_ROCKSDB), key_type=bytes, value_type=bytes
    )

    async def watch(stream: Any) -> None:
        async for event in stream.events():
            apply(event, table)

    app.agent(raw_topic(app, topics.quality), concurrency=1)(watch)
    return app, table


def raw_topic(app: faust.App, name: str) -> Any:
    """A topic of one partition whose keys and values are bytes."""
    return app.topic(name, partitions=1, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


_ROCKSDB = {
    "write_buffer_size": 16 * 2**20,
    "block_cache_size": 64 * 2**20,
    "max_open_files": 256,
}
"""Some 13,000 small values for a nation: Faust's defaults (2 GiB of cache) are for much larger tables."""


def _credentials(credential: Mapping[str, str]) -> faust.SASLCredentials:
    context = None
    if credential["security.protocol"].endswith("SSL"):
        context = ssl.create_default_context(cafile=credential.get("ssl.ca.location"))
    return faust.SASLCredentials(
        username=credential["sasl.username"],
        password=credential["sasl.password"],
        mechanism=credential["sasl.mechanism"],
        ssl_context=context,
    )
