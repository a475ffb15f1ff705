"""WITHDRAW to exactly those who hold a record and no longer may: by the feed, or by recall. Pure, but for the overlay."""

from collections.abc import Collection

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import HELD, POSSIBLE, WITHDRAWN, Case, is_out, last_generation
from stream_processors.disclosing import recall, release, withdrawn
from stream_processors.feed_writer import WITHDRAW_AT_ONCE
from stream_processors.ledger_entry import POSSIBLY_SEEN
from stream_processors.rulebook import Desk
from stream_processors.suspended import is_suspended


def take_back(permitted: Collection[str], case: Case, desk: Desk) -> None:
    """Tell those who hold it and are not permitted, in the case's scope; those whose agreement is past, always."""
    for feed in sorted(feed for feed, holding in case.holdings.items() if is_out(holding) and feed not in permitted):
        if case.scope.covers(feed):
            withdraw(desk.book.rules.by_feed[feed], case, desk)
    case.past = [
        recall(holding, None, case, desk) if is_out(holding) and case.scope.covers(holding["feed"]) else holding
        for holding in case.past
    ]


def withdraw(bound: Bound, case: Case, desk: Desk) -> None:
    """Tell who holds the record to delete it: by its feed, or by recall where that is suspended."""
    holding = case.holdings[bound.feed]
    if is_suspended(bound, desk.book.suspensions):
        case.holdings[bound.feed] = recall(holding, bound, case, desk)
        return
    case.holdings[bound.feed] = withdrawn(holding, case)
    writer = desk.book.writers[bound.agreement.id]
    release("WITHDRAW", bound, writer.withdrawal(desk.now_ms), case, desk, writer.deadline(desk.now_ms))
    if holding["state"] == POSSIBLE:
        case.outcome.entry["disclosures"][-1]["reason_code"] = POSSIBLY_SEEN


def settle_seen(case: Case, held_back: Collection[str], desk: Desk) -> None:
    """What an earlier try of this decision would have shared, and this one has not: it may have been read, so it is withdrawn
    as if it had been delivered. A feed that is `held_back` by a suspension is still permitted: it possibly holds it.

    Nothing is added for those who are told of the record by this decision anyway, under the same token.
    """
    told = {said["token"] for said in case.outcome.entry["disclosures"]}
    for (feed, agreement, grant), shown in sorted(case.seen.items()):
        if grant != case.grant or shown["token"] in told:
            continue
        told.add(shown["token"])  # in two feeds, one after the other, an agreement has one token
        bound = desk.book.rules.by_feed.get(feed)
        if bound is None or bound.agreement.id != agreement:
            _settle_past(shown, feed, case, desk)
            continue
        holding = case.holdings.get(feed)
        if holding is not None and _token(holding, case, desk) == shown["token"] and holding["state"] != POSSIBLE:
            if holding["state"] == HELD:  # an update may have been seen: what is held is not known
                case.holdings[feed] = holding | {"projection": "", "lost": None}
            continue
        case.holdings[feed] = _possible(shown, feed, holding, case, desk)
        if feed not in held_back:
            withdraw(bound, case, desk)


def _settle_past(shown: Record, feed: str, case: Case, desk: Desk) -> None:
    """The same where its agreement has ended between the two tries."""
    for name, holding in case.holdings.items():
        if holding["state"] != WITHDRAWN and _token(holding, case, desk) == shown["token"]:
            # In a feed by another name it is held: what of it may have been seen is not known.
            case.holdings[name] = holding | {"projection": "", "lost": None}
            return
    own = [each for each in case.past if (each["agency"], each["agreement"]) == (shown["agency"], shown["agreement"])]
    if any(each["state"] == WITHDRAWN and _token(each, case, desk) == shown["token"] for each in own):
        return  # told, whichever feed the agreement had then
    before = next((each for each in own if each["feed"] == feed), None)
    after = recall(_possible(shown, feed, before, case, desk), None, case, desk)
    case.past = [each for each in case.past if each is not before] + [after]


def _possible(shown: Record, feed: str, before: Record | None, case: Case, desk: Desk) -> Record:
    """The holding of who may have read what was never delivered, under the token that it has."""
    holding = {
        "feed": feed,
        "agency": shown["agency"],
        "agreement": shown["agreement"],
        "grant": shown["grant"],
        "state": POSSIBLE,
        "generation": before["generation"] if before is not None else 0,
        "revision": shown["revision"],
        "projection": "",
        "field_list_id": shown["field_list_id"],
        "sequence": 0,
        "lost": None,
    } | WITHDRAW_AT_ONCE
    for generation in range(last_generation(case, shown["agreement"], shown["agency"]) + 2):
        if _token(holding | {"generation": generation}, case, desk) == shown["token"]:
            return holding | {"generation": generation}
    return holding


def _token(holding: Record, case: Case, desk: Desk) -> str:
    name = f"{holding['agreement']}@{holding['agency']}"
    return desk.tokens.record_at(name, case.event["envelope"]["record_id"], holding["generation"])
