"""What leaves the hub of one event: plain values, ready to produce. Pure."""

from typing import NamedTuple


class Release(NamedTuple):
    """One delivery into a feed."""

    agency: str
    feed: str
    action: str
    token: str
    delivery_id: str
    value: bytes
    timestamp_ms: int


class Recall(NamedTuple):
    """One withdrawal for an agency whose feed is suspended or has ended: token and deadline, nothing else."""

    agency: str
    token: str
    delivery_id: str
    deadline: str
    timestamp_ms: int
