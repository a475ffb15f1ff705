"""What an agency has, held against the manifests that the hub has signed. Core: values in, values out.

The hub sends a number once more where it is asked to, under another delivery id, and its manifest names the last one that there
was when it was made. So what is held is compared as it first came, and then with each later copy put in place, in their order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemas.errors import Refused
from schemas.manifests import RECALL_FEED, Delivered, check_manifest, digest_of
from schemas.records import Record

MOST_COPIES = 1000
"""Copies of one day that are looked at: each costs a digest."""

LaneRange = tuple[int, int, int]
"""Lane, first and last number, included."""


class Kept(NamedTuple):
    """What an agency remembers of one feed."""

    first: list[Delivered]
    """Each number as it was handled. Of recalls the numbers say nothing, the delivery ids do."""
    again: list[Delivered]
    """Copies under other delivery ids, in the order in which they came."""


class Verdict(StrEnum):
    """What came of one manifest."""

    RIGHT = "RIGHT"
    """The agency has just what was signed."""
    MISSING = "MISSING"
    """Something was signed that the agency never had."""
    DIFFERENT = "DIFFERENT"
    """It has every number, and not every delivery is the one that was signed."""
    NOT_SIGNED = "NOT_SIGNED"
    """The manifest is not what the pinned key has signed."""


@dataclass(frozen=True)
class DayCheck:
    """One manifest against what is kept."""

    feed: str
    day: str
    verdict: Verdict
    sent: int
    """Deliveries in the manifest."""
    kept: int
    """Those of them whose number, or id by recall, the agency has."""
    missing: tuple[LaneRange, ...] = ()
    missing_recalls: tuple[str, ...] = ()
    """Delivery ids."""


def verify_day(manifest: Record, kept: Kept, pinned: str) -> DayCheck:
    """Hold one manifest against what is kept of its feed. `pinned`: the hub's public key, 32 bytes in base64."""
    feed, day, sent = manifest["feed"], manifest["day"], sum(manifest["counts"].values())
    try:
        check_manifest(manifest, pinned)
    except Refused:
        return DayCheck(feed, day, Verdict.NOT_SIGNED, sent, 0)
    if feed.endswith(f".{RECALL_FEED}"):
        return _verify_recalls(manifest, kept, sent)
    have = {(each.lane, each.sequence): each for each in kept.first if _is_in(manifest, each)}
    if len(have) < sent:
        return DayCheck(feed, day, Verdict.MISSING, sent, len(have), tuple(_missing(manifest, have)))
    again = [each for each in kept.again if _is_in(manifest, each)]
    right = manifest["digest"] in _digests(have, again)
    return DayCheck(feed, day, Verdict.RIGHT if right else Verdict.DIFFERENT, sent, len(have))


def unlisted(manifests: Iterable[Record], kept: Kept) -> tuple[LaneRange, ...]:
    """Numbers that the agency has and no manifest names, though they lie between two that are named. `manifests`: all of one
    feed. What lies outside may be of a day that is not over, or not kept any more."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for manifest in manifests:
        for each in manifest["lanes"]:
            spans[each["lane"]].append((each["first"], each["last"]))
    found = []
    for each in sorted(kept.first):
        of_lane = spans.get(each.lane, [])
        between = any(last < each.sequence for _, last in of_lane) and any(first > each.sequence for first, _ in of_lane)
        if between and not any(first <= each.sequence <= last for first, last in of_lane):
            found.append((each.lane, each.sequence))
    return tuple(_ranges(found))


def newest(manifests: Iterable[Record]) -> list[Record]:
    """Of two manifests of one feed and day the later one counts. By feed and day."""
    last: dict[tuple[str, str], Record] = {}
    for manifest in manifests:  # in the order of their topic
        last[manifest["feed"], manifest["day"]] = manifest
    return [last[name] for name in sorted(last)]


def _verify_recalls(manifest: Record, kept: Kept, sent: int) -> DayCheck:
    wanted = set(manifest["recalls"])
    have = {each.delivery_id: Delivered(0, 0, each.delivery_id, each.action) for each in kept.first}
    lost = tuple(sorted(wanted - have.keys()))
    verdict = Verdict.MISSING
    if not lost:
        same = digest_of(have[name] for name in wanted) == manifest["digest"]
        verdict = Verdict.RIGHT if same else Verdict.DIFFERENT
    return DayCheck(manifest["feed"], manifest["day"], verdict, sent, len(wanted) - len(lost), missing_recalls=lost)


def _is_in(manifest: Record, each: Delivered) -> bool:
    return any(lane["lane"] == each.lane and lane["first"] <= each.sequence <= lane["last"] for lane in manifest["lanes"])


def _digests(have: Mapping[tuple[int, int], Delivered], again: Sequence[Delivered]) -> Iterator[str]:
    now = dict(have)
    yield digest_of(now.values())
    for each in again[:MOST_COPIES]:
        now[each.lane, each.sequence] = each
        yield digest_of(now.values())


def _missing(manifest: Record, have: Mapping[tuple[int, int], Delivered]) -> Iterator[LaneRange]:
    numbers = (
        (lane["lane"], sequence)
        for lane in manifest["lanes"]
        for sequence in range(lane["first"], lane["last"] + 1)
        if (lane["lane"], sequence) not in have
    )
    return _ranges(numbers)


def _ranges(numbers: Iterable[tuple[int, int]]) -> Iterator[LaneRange]:
    """Runs of rising numbers."""
    run: LaneRange | None = None
    for lane, sequence in numbers:
        if run is not None and run[0] == lane and run[2] + 1 == sequence:
            run = (lane, run[1], sequence)
            continue
        if run is not None:
            yield run
        run = (lane, sequence, sequence)
    if run is not None:
        yield run
