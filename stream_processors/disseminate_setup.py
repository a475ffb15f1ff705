"""What the stage `disseminate` is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.topics import Topics
from stream_processors.control import ControlReader
from stream_processors.lane_restore import LaneRestore
from stream_processors.lane_store import LaneStore
from stream_processors.ledger_tail import LedgerTail
from stream_processors.request_reader import RequestReader
from stream_processors.standard_reader import StandardReader
from stream_processors.tokens import Tokens


@dataclass(frozen=True)
class DisseminateSetup:
    """Topics, readers, the lanes' store, the time."""

    topics: Topics
    schema_name: Callable[[int], str | None]
    schema_ids: Mapping[str, int]
    """Full record name to registry id."""
    control: Callable[[], ControlReader]
    restore: Callable[[], LaneRestore]
    tail: Callable[[], LedgerTail]
    again: Callable[[], StandardReader]
    """How to build the readers, anew with the pump's clients: after a broker's crash an old one was refused for ever
    (FENCED_LEADER_EPOCH)."""
    store: LaneStore
    tokens: Tokens
    clock_ms: Callable[[], int]
    """UTC milliseconds."""
    requests: Callable[[], RequestReader] | None = None
    """How to build the reader of what agencies ask for again; None: nobody may ask."""
    heartbeat_ms: int = 0
    """A feed that was sent nothing for so long gets a heartbeat; 0: never."""
