"""One delivery or recall, and its disclosure in the ledger entry: never one without the other. Pure, but for the overlay."""

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import POSSIBLE, WITHDRAWN, Case, bound_name, token_of
from stream_processors.feed_writer import coarse_by, deadline_after
from stream_processors.ledger_entry import POSSIBLY_SEEN, disclosure, past_disclosure
from stream_processors.releases import Recall, Release
from stream_processors.rulebook import Desk
from stream_processors.unreleased import shown_to


def release(action: str, bound: Bound, tail: bytes, case: Case, desk: Desk, deadline: str | None) -> None:
    """One delivery into the feed of a bound agreement, under the feed's next number."""
    release_under(desk.overlay.next_sequence(case.at.lane, bound.feed), action, bound, tail, case, desk, deadline)


def release_under(sequence: int, action: str, bound: Bound, tail: bytes, case: Case, desk: Desk, deadline: str | None) -> None:
    """As `release`, under a number that is the caller's: one of this feed and lane."""
    writer, holding = desk.book.writers[bound.agreement.id], case.holdings[bound.feed]
    case.holdings[bound.feed] = holding | {"sequence": sequence}
    token = desk.tokens.record_at(bound.id, case.event["envelope"]["record_id"], holding["generation"])
    head = _head(action, bound.id, sequence, holding["revision"], case, desk, case.cause)
    said = disclosure(bound, action, holding["field_list_id"], token)
    _say(head | said, "FEED", deadline, case.grant, case)
    released = (token, head["delivery_id"], writer.delivery(head, tail), writer.coarse(desk.now_ms))
    case.outcome.releases.append(Release(bound.agency.id, bound.agreement.feed, action, *released))


def recall(holding: Record, bound: Bound | None, case: Case, desk: Desk) -> Record:
    """A WITHDRAW by recall: into a feed that nobody may read it would be no withdrawal, and an agreement that has ended has no
    feed. `bound` None: it has ended. Gives the holding as it is then. The feed's sequence does not move."""
    name, token = bound_name(holding), token_of(holding, case.event["envelope"]["record_id"], desk.tokens)
    hours, grain = holding["withdraw_hours"], holding["grain_seconds"]
    if bound is not None:
        hours, grain = bound.agreement.withdraw_within_hours, desk.book.writers[bound.agreement.id].grain_seconds
    deadline, at_ms = deadline_after(hours, grain, desk.now_ms), coarse_by(grain, desk.now_ms)
    after = withdrawn(holding, case) | {"sequence": 0}
    # The same event may be shared anew under the same agreement, in a feed by another name.
    cause = case.cause if bound is not None else f"{case.cause}/past/{holding['feed']}"
    head = _head("WITHDRAW", name, 0, after["revision"], case, desk, cause)
    said = past_disclosure(holding, token) if bound is None else disclosure(bound, "WITHDRAW", after["field_list_id"], token)
    if holding["state"] == POSSIBLE:
        said |= {"reason_code": POSSIBLY_SEEN}
    _say(head | said, "RECALL", deadline, holding["grant"], case)
    case.outcome.recalls.append(Recall(holding["agency"], token, head["delivery_id"], deadline, at_ms))
    return after


def withdrawn(holding: Record, case: Case) -> Record:
    """The holding once its agency was told. Its revision is above that of a copy that was never released, too."""
    shown = shown_to(case.seen, holding["feed"], holding["agreement"], holding["grant"])
    revision = max(each["revision"] for each in (holding, *shown)) + 1
    return holding | {"state": WITHDRAWN, "revision": revision, "projection": "", "lost": None}


def _head(action: str, name: str, sequence: int, revision: int, case: Case, desk: Desk, cause: str) -> Record:
    return {
        "delivery_id": desk.tokens.delivery(name, case.event["envelope"]["event_id"], cause),
        "lane": case.at.lane,
        "sequence": sequence,
        "revision": revision,
        "action": action,
    }


def _say(said: Record, channel: str, deadline: str | None, grant: str, case: Case) -> None:
    case.outcome.entry["disclosures"].append(said | {"channel": channel, "grant": grant, "deadline": deadline})
