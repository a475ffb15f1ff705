"""What an agency was sent, against what it has acknowledged: by feed and, for manifests, by day. Pure.

The ledger is read from some moment on to its end. An entry supersedes an earlier one of the same event, cause and position;
under a number that was sent again, the last word stands.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.manifests import Delivered
from schemas.records import Record
from stream_processors.acknowledgements import Acknowledgements
from stream_processors.receipt_spans import DONE, RECEIVED, REJECTED, state_at
from stream_processors.receipts import RECALL_FEED

MISSING = "MISSING"
"""State of what no receipt speaks of."""

VOID = "VOID"


class Told(NamedTuple):
    """One disclosure to an agency: on which UTC day the ledger took it, in which feed, and what it was."""

    day: str
    feed: str
    delivered: Delivered


@dataclass
class SentBook:
    """Reads the ledger's entries about some agencies, in order."""

    agencies: frozenset[str]
    _entries: dict[tuple[object, ...], list[Told]] = field(default_factory=dict)

    def take(self, entry: Record, day: str) -> None:
        """One entry and the UTC day (ISO 8601) on which the ledger took it."""
        place: tuple[object, ...] = tuple(
            entry[name] for name in ("cause", "source_partition", "source_offset", "record_token")
        )
        if entry["outcome"] == VOID:  # of no event: several answer numbers of one lane at one position
            place = (*place, entry["entry_id"])
        told = [self._told(each, day) for each in entry["disclosures"] if each["agency"] in self.agencies]
        self._entries.pop(place, None)
        if told:
            self._entries[place] = told  # at the end: the order is the ledger's

    def sent(self) -> dict[str, dict[tuple[int, int, str], Told]]:
        """By feed, what stands under each number. By recall there are no numbers, so the delivery's id tells them apart."""
        feeds: dict[str, dict[tuple[int, int, str], Told]] = {}
        for told in (each for entry in self._entries.values() for each in entry):
            lane, sequence, delivery_id, _ = told.delivered
            name = (lane, sequence, "" if sequence else delivery_id)
            first = feeds.setdefault(told.feed, {}).get(name)
            feeds[told.feed][name] = told if first is None else told._replace(day=first.day)
        return feeds

    @staticmethod
    def _told(said: Record, day: str) -> Told:
        if said["channel"] == "RECALL":
            delivered = Delivered(0, 0, said["delivery_id"], said["action"])
            return Told(day, f"{said['agency']}.{RECALL_FEED}", delivered)
        delivered = Delivered(said["lane"], said["sequence"], said["delivery_id"], said["action"])
        return Told(day, f"{said['agency']}.{said['feed']}", delivered)


def sent_on(sent: Mapping[tuple[int, int, str], Told], day: str) -> list[Delivered]:
    """What was sent in one feed on a day. Numbers of a lane are without a gap, so what lies apart below the day's last run was
    sent before, and on that day once more."""
    lanes: dict[int, list[Delivered]] = {}
    for told in sent.values():
        if told.day == day:
            lanes.setdefault(told.delivered.lane, []).append(told.delivered)
    found: list[Delivered] = []
    for of_lane in lanes.values():
        run: list[Delivered] = []
        for each in sorted(of_lane):
            if run and each.sequence > run[-1].sequence + 1:
                run = []
            run.append(each)
        found += run
    return found


@dataclass(frozen=True)
class FeedAccount:
    """One feed: so much was sent, and what its agency says of it."""

    feed: str
    sent: int
    """Deliveries that carry something: a VOID answers for one that is gone, and needs no receipt."""
    handled: int
    rejected: int
    received: int
    missing: int
    gaps: tuple[tuple[int, int, int], ...]
    """Lane, first and last number of what is missing, runs joined over numbers that need no receipt."""


def account(feed: str, sent: Iterable[Delivered], known: Acknowledgements) -> FeedAccount:
    """What is acknowledged of these deliveries."""
    states: Counter[str] = Counter()
    gaps: list[tuple[int, int, int]] = []
    open_lane: int | None = None
    count = 0
    for each in sorted(sent):
        if each.action == VOID:
            continue
        count += 1
        state = _state(feed, each, known)
        states[state] += 1
        if state != MISSING:
            open_lane = None
        elif open_lane == each.lane:
            gaps[-1] = (each.lane, gaps[-1][1], each.sequence)
        else:
            gaps.append((each.lane, each.sequence, each.sequence))
            open_lane = each.lane
    by_state = (states[DONE], states[REJECTED], states[RECEIVED], states[MISSING])
    return FeedAccount(feed, count, *by_state, tuple(gaps) if not feed.endswith(f".{RECALL_FEED}") else ())


def _state(feed: str, each: Delivered, known: Acknowledgements) -> str:
    if each.sequence:
        return state_at(known.spans(feed, each.lane), each.sequence) or MISSING
    awaited = [found for found in known.awaited_by("id", each.delivery_id) if found["channel"] == "RECALL"]
    states = [found["state"] for found in awaited]
    return DONE if not states else (MISSING if states == ["SENT"] else states[0])
