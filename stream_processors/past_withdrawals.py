"""Withdrawals that can be said again: each WITHDRAW that stands in a feed, also of a record that has come back since under
another token, or that was erased. Pure.

The last WITHDRAW of a holding stands in the holding. What takes its place there (a SHARE under a new token) moves it to the
holders' list, and an erasure moves it to the marker: an agency that has missed it would else keep the old copy for good.
"""

from collections.abc import Iterable, Iterator

from schemas.records import Record
from stream_processors.cases import WITHDRAWN, Case, joined_holdings
from stream_processors.tokens import Tokens

MOST = 32
"""So many are kept of a record behind one another, in each feed: a record that comes and goes for years must not outgrow a
message. An agency has missed the one before by more than thirty others that it did read."""

_KEPT = ("feed", "agency", "agreement", "grant", "sequence", "revision", "field_list_id", "withdraw_hours", "grain_seconds")


def withdrawal_of(holding: Record, record_id: str, tokens: Tokens) -> Record:
    """What is kept of the last WITHDRAW of this holding."""
    token = tokens.record_at(f"{holding['agreement']}@{holding['agency']}", record_id, holding["generation"])
    return {name: holding[name] for name in _KEPT} | {"token": token}


def standing(holdings: Iterable[Record], record_id: str, tokens: Tokens) -> Iterator[Record]:
    """The withdrawals that are the last word of these holdings in their feeds."""
    for holding in holdings:
        if holding["state"] == WITHDRAWN and holding["sequence"] > 0:
            yield withdrawal_of(holding, record_id, tokens)


def held_now(case: Case, tokens: Tokens) -> Record:
    """What holders say of who holds the record once the case is decided: `holdings`, and the past `withdrawals`."""
    after, before, record_id = joined_holdings(case), case.before, case.event["envelope"]["record_id"]
    now = {each["token"] for each in standing(after, record_id, tokens)}
    replaced = [each for each in standing(before["holdings"], record_id, tokens) if each["token"] not in now]
    return {"holdings": after, "withdrawals": last_ones([*before["withdrawals"], *replaced])}


def last_ones(withdrawals: list[Record]) -> list[Record]:
    """The last MOST of each feed, in their order."""
    seen: dict[str, int] = {}
    kept = []
    for each in reversed(withdrawals):
        seen[each["feed"]] = seen.get(each["feed"], 0) + 1
        if seen[each["feed"]] <= MOST:
            kept.append(each)
    return kept[::-1]
