"""The tallies of a simulated nation: its rows through the real door and standardise, minute by minute of its own day."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson
from nation_hub import DIALECTS, IDS, NAMES, by_outbox, value_of
from prometheus_client import CollectorRegistry

from deploy.nation.episodes import Episode
from deploy.nation.messages import read_messages
from deploy.nation.simulated import TRUTH
from deploy.nation_publish import OUTBOX_FOLDER, STOCK_FOLDER
from producers.row import Refusal
from schemas.records import decode
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.messages import Batch, Input
from stream_processors.metrics import StandardiseMetrics
from stream_processors.national import load_national
from stream_processors.stage_standardise import DEAD_LETTER, TALLY, StandardiseSetup, StandardiseStage
from stream_processors.watch_counts import Tally, tally_of

MINUTE_MS = 60_000


def read_episodes(folder: Path) -> dict[str, Episode]:
    """What befell the nation, by kind."""
    with (folder / TRUTH).open("rb") as file:
        told = orjson.loads(file.readline())["episodes"]
    made = [Episode(each["kind"], each["force"], _ms(each["from"]), _ms(each["until"])) for each in told]
    return {episode.kind: episode for episode in made}


def make_tallies(folder: Path) -> Iterator[Tally]:
    """Every tally, in order: batches of a minute, decided at that minute's end."""
    clock = [0]
    names = [*IDS, DEAD_LETTER, TALLY]
    setup = StandardiseSetup(
        Topics(), NAMES.get, {name: number for number, name in enumerate(names, 1)}, DIALECTS, load_national(), lambda: clock[0]
    )
    stage = StandardiseStage(setup, StandardiseMetrics(CollectorRegistry()))
    sent = sorted(_sent(folder), key=lambda message: message.timestamp_ms)
    first = 0
    while first < len(sent):
        clock[0] = (sent[first].timestamp_ms // MINUTE_MS + 1) * MINUTE_MS
        behind = first
        while behind < len(sent) and sent[behind].timestamp_ms < clock[0]:
            behind += 1
        [step] = stage.process(Batch(sent[first:behind], {}, {}))
        yield from (tally_of(decode(TALLY, unframe(out.value)[1])) for out in step.outputs if out.topic == "quality")
        first = behind


def _sent(folder: Path) -> Iterator[Input]:
    """What comes through the doors, with the time at which the truth says that it was sent."""
    times: dict[str, list[int]] = {}
    with (folder / TRUTH).open("rb") as file:
        for row in map(orjson.loads, file):
            if row["row"] == "version":
                times.setdefault(row["force"], []).append(_ms(row["at"]))
    for force, moments in times.items():
        outbox, stock = (folder / kind / f"{force}.jsonl" for kind in (OUTBOX_FOLDER, STOCK_FOLDER))
        values = by_outbox(outbox) if outbox.exists() else map(value_of, read_messages(stock, force))
        for offset, (value, at_ms) in enumerate(zip(values, moments, strict=True)):
            if not isinstance(value, Refusal):
                yield Input(f"submission.{force}", 0, offset, b"k", value, (), at_ms)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
