"""WITHDRAW to exactly those who hold a record and no longer may: by the feed, or by recall. Pure, but for the overlay."""

from collections.abc import Collection

from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.cases import HELD, POSSIBLE, Case, is_out, last_generation, token_of
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
    of_case = ((feed, shown) for (feed, _), shown in case.seen.items() if shown["grant"] == case.grant)
    for feed, shown in sorted(of_case, key=lambda each: (each[0], _generation(each[1], case, desk))):
        if shown["token"] in told:
            continue
        told.add(shown["token"])  # in two feeds, one after the other, an agreement has one token
        if _is_settled(shown, case, desk):
            continue
        bound = desk.book.rules.by_feed.get(feed)
        if bound is None or bound.agreement.id != shown["agreement"]:
            _recall_seen(shown, feed, case, desk)
        elif _holds_other(case.holdings.get(feed), shown, case, desk):
            _recall_beside(shown, feed, case, desk)
        else:
            case.told += [case.holdings[feed]] if feed in case.holdings else []
            case.holdings[feed] = _possible(shown, feed, case, desk)
            if feed not in held_back:
                withdraw(bound, case, desk)


def _is_settled(shown: Record, case: Case, desk: Desk) -> bool:
    """Whether its agency holds a copy under this very token, or was told to delete it since: then nothing has been shown under
    it later. An update of what is held may have been seen: what is held is not known then."""
    for feed, holding in case.holdings.items():
        if _token(holding, case, desk) == shown["token"]:
            if holding["state"] == HELD:
                case.holdings[feed] = holding | {"projection": "", "lost": None}
            return bool(holding["state"] != POSSIBLE)
    known = [each for each in (*case.past, *case.before["holdings"]) if _token(each, case, desk) == shown["token"]]
    if known:
        return bool(known[0]["state"] != POSSIBLE)
    return any(each["token"] == shown["token"] for each in case.before["withdrawals"])


def _holds_other(holding: Record | None, shown: Record, case: Case, desk: Desk) -> bool:
    return holding is not None and is_out(holding) and _token(holding, case, desk) != shown["token"]


def _recall_seen(shown: Record, feed: str, case: Case, desk: Desk) -> None:
    """Withdraw what may have been seen where its agreement has ended between the two tries."""
    own = (each for each in case.past if (each["agency"], each["agreement"]) == (shown["agency"], shown["agreement"]))
    before = next((each for each in own if each["feed"] == feed), None)
    if _holds_other(before, shown, case, desk):
        _recall_beside(shown, feed, case, desk)
        return
    after = recall(_possible(shown, feed, case, desk), None, case, desk)
    case.told += [before] if before is not None else []
    case.past = [each for each in case.past if each is not before] + [after]


def _recall_beside(shown: Record, feed: str, case: Case, desk: Desk) -> None:
    """Withdraw what may have been seen, where the record is held under another token: that stays."""
    case.told.append(recall(_possible(shown, feed, case, desk), None, case, desk))


def _possible(shown: Record, feed: str, case: Case, desk: Desk) -> Record:
    """The holding of who may have read what was never delivered, under the token that it has."""
    return {
        "feed": feed,
        "agency": shown["agency"],
        "agreement": shown["agreement"],
        "grant": shown["grant"],
        "state": POSSIBLE,
        "generation": _generation(shown, case, desk),
        "revision": shown["revision"],
        "projection": "",
        "field_list_id": shown["field_list_id"],
        "sequence": 0,
        "lost": None,
    } | WITHDRAW_AT_ONCE


def _generation(shown: Record, case: Case, desk: Desk) -> int:
    """The generation of its token: one that was used, or one of the next."""
    last = last_generation(case, shown["agreement"], shown["agency"])
    may_be = range(last + 1 + len(case.seen))  # each try has shown one new token at most
    used = (each for each in may_be if _token(shown | {"generation": each}, case, desk) == shown["token"])
    return next(used, last + 1)


def _token(holding: Record, case: Case, desk: Desk) -> str:
    return token_of(holding, case.event["envelope"]["record_id"], desk.tokens)
