"""What is awaited of agencies: each WITHDRAW and each narrowing UPDATE has a deadline until which it must be carried out. Pure.

The ledger says what was sent and until when, receipts say what was done; either may come first.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from schemas.records import Record
from stream_processors.acknowledgements import Acknowledgements, awaited_key, lane_key, recall_key, said_of_lane, to_ms
from stream_processors.receipt_spans import DONE, RANK, STATE_OF, is_done, raise_spans
from stream_processors.receipts import Receipt

DEADLINE_HOURS = 24
"""For a withdrawal of which the ledger names no deadline."""

ORPHAN_MS = 7 * 86_400_000
"""A receipt for a recall that the ledger has not told of yet is kept for so long; the ledger is behind by seconds."""

SENT = "SENT"
"""State of what no receipt has spoken of."""


def follow_entry(entry: Record, known: Acknowledgements) -> None:
    """One ledger entry: what it sends with a deadline is awaited from now on.

    Another entry for the same event, cause and position supersedes an earlier one, and what is awaited of that.
    """
    place = f"{entry['cause']}/{entry['source_partition']}/{entry['source_offset']}/{entry['record_token']}"
    said = [_awaited(each, entry, place) for each in entry["disclosures"]]
    for old in known.awaited_by("place", place):
        known.put(awaited_key(old), None)
    for record in said:
        _await(record, known)


def _await(record: Record, known: Acknowledgements) -> None:
    """One delivery. Whatever was awaited under its number is not what was sent under it."""
    key, feed, lane, sequence = awaited_key(record), record["feed"], record["lane"], record["sequence"]
    if record["channel"] == "FEED" and record["token"]:
        for older in known.awaited_by("token", feed, record["token"]):
            if older["channel"] == "FEED" and older["sequence"] < sequence:
                known.put(awaited_key(older), older | {"later": max(sequence, older["later"])})
    before = known.records.get(key)
    if record["channel"] == "RECALL":
        is_carried_out = before is not None and before["state"] == DONE
    else:
        is_carried_out = is_done(known.spans(feed, lane), sequence)
    known.put(key, None if is_carried_out or not record["deadline"] else record)


def take_receipt(receipt: Receipt, at_ms: int, known: Acknowledgements) -> None:
    """A receipt that was accepted; `at_ms`: when the broker took it, UTC milliseconds."""
    for lane in sorted({lane for lane, _ in receipt.spans()}):
        before = known.spans(receipt.feed, lane)
        spans = raise_spans(before, (span for of, span in receipt.spans() if of == lane))
        if spans != before:
            known.put(lane_key(receipt.feed, lane), said_of_lane(receipt.feed, lane, spans, at_ms))
        for awaited in known.awaited_by("lane", receipt.feed, lane):
            numbers = filter(None, (awaited["sequence"], awaited["later"]))
            if any(is_done(spans, number) for number in numbers):
                _carried_out(awaited, known)
    for each in receipt.record["recalls"]:
        _take_recall(receipt.agency, each["delivery_id"], STATE_OF[each["state"]], at_ms, known)


def forget_orphans(now_ms: int, known: Acknowledgements) -> None:
    """Let go of receipts for recalls of which the ledger never told."""
    for record in list(known.awaited()):
        if record["channel"] == "RECALL" and record["state"] == DONE and record["decided_at"] < now_ms - ORPHAN_MS:
            known.put(awaited_key(record), None)


def is_overdue(record: Record, now_ms: int) -> bool:
    """Whether the deadline of something awaited has passed. One that can't be read has."""
    try:
        until = datetime.fromisoformat(record["deadline"])
    except ValueError:
        return True
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return until.timestamp() * 1000 < now_ms


def _take_recall(agency: str, delivery_id: str, state: str, at_ms: int, known: Acknowledgements) -> None:
    """By its id: a withdrawal that was cut out of a suspended feed goes by recall under the id that it had there."""
    found = [each for each in known.awaited_by("id", delivery_id) if each["feed"].partition(".")[0] == agency]
    if not found and state == DONE:
        known.put(recall_key(agency, delivery_id), _orphan(agency, delivery_id, at_ms))
    for awaited in found:
        if state == DONE and awaited["token"]:
            _carried_out(awaited, known)
        elif awaited["channel"] == "RECALL" and RANK[state] > RANK.get(awaited["state"], 0):
            known.put(awaited_key(awaited), awaited | {"state": state})


def _carried_out(awaited: Record, known: Acknowledgements) -> None:
    """With it, whatever was to be done before with the same token."""
    for each in known.awaited_by("token", awaited["feed"], awaited["token"]):
        if each["decided_at"] <= awaited["decided_at"]:
            known.put(awaited_key(each), None)


def _awaited(said: Record, entry: Record, place: str) -> Record:
    """What an entry says of one delivery; with an empty deadline where nothing is awaited."""
    names = ("lane", "sequence", "delivery_id", "agreement", "token", "action", "channel")
    head = {name: said[name] for name in names}
    more = {"decided_at": to_ms(entry["decided_at"]), "place": place, "state": SENT, "later": 0}
    return head | more | {"feed": f"{said['agency']}.{said['feed']}", "deadline": _deadline(said, entry)}


def _deadline(said: Record, entry: Record) -> str:
    if said.get("deadline"):
        return str(said["deadline"])
    if said["action"] != "WITHDRAW":
        return ""
    until: datetime = entry["decided_at"] + timedelta(hours=DEADLINE_HOURS)
    return until.isoformat()


def _orphan(agency: str, delivery_id: str, at_ms: int) -> Record:
    empty = dict.fromkeys(("agreement", "token", "deadline", "place"), "")
    what = {"lane": 0, "sequence": 0, "delivery_id": delivery_id, "action": "WITHDRAW", "channel": "RECALL", "later": 0}
    return empty | what | {"feed": f"{agency}.recall", "decided_at": at_ms, "state": DONE}


def count_by_agency(awaited: Iterable[Record], now_ms: int) -> dict[str, tuple[int, int]]:
    """By agency, how many deliveries are awaited, and how many of these are overdue."""
    counts: dict[str, tuple[int, int]] = {}
    for record in awaited:
        if record["state"] != DONE:
            agency = record["feed"].partition(".")[0]
            waiting, overdue = counts.get(agency, (0, 0))
            counts[agency] = (waiting + 1, overdue + is_overdue(record, now_ms))
    return counts
