"""VOID: the answer to a sequence number whose delivery is gone. It carries nothing; a subscriber's count has no gap. Pure."""

from collections.abc import Iterable

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import Position, disclosure, entry_id, make_void_entry
from stream_processors.releases import Release
from stream_processors.rulebook import Desk, Outcome

CUT, GONE = "CUT_WHILE_SUSPENDED", "NOT_SENT_AGAIN"
"""Why a number is void: what it carried was cut, or may not or cannot be sent again."""


def answer_with_void(sequences: Iterable[tuple[str, int]], at: Position, desk: Desk, task: Task) -> Outcome:
    """One ledger entry and a VOID for each feed and number, under the number that was cut.

    A feed that no agreement of the rules in force speaks of any more gets none: nothing will be sent there to be counted.
    """
    rules = (desk.book.number, desk.book.rules.sha256)
    outcome = Outcome(make_void_entry(at, rules, desk.tokens, desk.now_ms, task.id))
    for feed, sequence in sequences:
        bound = desk.book.rules.by_feed.get(feed)
        if bound is not None:
            add_void(outcome, bound, (at.lane, sequence), desk, task.id, CUT)
    outcome.entry["entry_id"] = entry_id(outcome.entry)
    return outcome


def add_void(outcome: Outcome, bound: Bound, number: tuple[int, int], desk: Desk, cause: str, reason: str) -> None:
    """A VOID under this number (lane and sequence), and its disclosure. The entry's id is the caller's to make."""
    lane, sequence = number
    writer = desk.book.writers[bound.agreement.id]
    name = desk.tokens.delivery(bound.id, f"{lane}/{sequence}", cause)
    head: Record = {"delivery_id": name, "lane": lane, "sequence": sequence, "revision": 0, "action": "VOID"}
    made = (name, name, writer.delivery(head, writer.void()), writer.coarse(desk.now_ms))
    outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, "VOID", *made))
    outcome.entry["disclosures"].append(head | disclosure(bound, "VOID", "", "") | {"reason_code": reason})
