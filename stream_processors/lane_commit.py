"""Put what a released batch has changed into the local stores of its lanes."""

from collections.abc import Collection, Mapping

from schemas.records import Record
from stream_processors.lane_store import LaneStore
from stream_processors.overlay import Overlay


def commit_lanes(store: LaneStore, overlay: Overlay, behind: Mapping[int, int], now: float) -> Collection[int]:
    """Write each lane that has changed; gives the lanes. `behind` is the holders offset behind the changes, `now` the time in
    seconds. A crash before this leaves the stores behind, and they say so."""
    records: dict[int, list[Record]] = {}
    sequences: dict[int, dict[str, int]] = {}
    progress: dict[int, list[Record]] = {}
    erased: dict[int, dict[str, Record]] = {}
    over: dict[int, list[str]] = {}
    for (lane, _), holders in overlay.changed_holders.items():
        records.setdefault(lane, []).append(holders)
    for (lane, record_id), marker in overlay.changed_erased.items():
        erased.setdefault(lane, {})[record_id] = marker
    for (lane, feed), sequence in overlay.changed_sequences.items():
        sequences.setdefault(lane, {})[feed] = sequence
    for (lane, _), step in overlay.changed_progress.items():
        progress.setdefault(lane, []).append(step)
    for lane, command in overlay.dropped_progress:
        over.setdefault(lane, []).append(command)
    lanes = records.keys() | sequences.keys() | progress.keys() | erased.keys() | over.keys()
    for lane in sorted(lanes):
        changed = (records.get(lane, ()), sequences.get(lane, {}), behind.get(lane), now, progress.get(lane, ()))
        store.write(lane, *changed, erased.get(lane), over.get(lane, ()))
    return lanes
