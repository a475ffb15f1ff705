"""How far commands are in each lane, read from the holders topic; and commands given by tests."""

import time
from collections import defaultdict
from typing import Any
from uuid import uuid4

from stage_hub import StageHub

from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.control_commands import LANE_COMMAND, LaneCommand, publish_command
from stream_processors.lane_store import COMMAND_PROGRESS


def give(hub: StageHub, verb: str, subject: str, **more: Any) -> str:
    """Give a command; gives its id."""
    command = LaneCommand(uuid4().hex, verb, subject, "a person", "for this test", int(time.time() * 1000), **more)
    ids = {LANE_COMMAND: hub.schema_id(hub.topics.control, LANE_COMMAND)}
    publish_command(hub.producer(), hub.topics.control, ids, command)
    return command.id


def progress_of(hub: StageHub, command: str) -> dict[int, Record]:
    """Lane to the last progress that stands there."""
    key = f"command/{command}".encode()
    found = [message for message in hub.read(hub.topics.holders) if message.key() == key]
    return {message.partition() or 0: decode(COMMAND_PROGRESS, unframe(message.value())[1]) for message in found}


def is_done(hub: StageHub, command: str, lanes: int = 2) -> bool:
    """Whether the command is done in every lane."""
    found = progress_of(hub, command)
    return len(found) == lanes and all(progress["state"] == "DONE" for progress in found.values())


def lanes_of(heads: list[Record]) -> dict[int, list[int]]:
    """Sequence numbers by lane, in the order of the feed."""
    lanes: dict[int, list[int]] = defaultdict(list)
    for head in heads:
        lanes[head["lane"]].append(head["sequence"])
    return dict(lanes)
