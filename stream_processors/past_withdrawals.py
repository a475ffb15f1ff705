"""Withdrawals that can be said again: each WITHDRAW that stands in a feed, also of a record that has come back since under
another token, or that was erased. Pure.

The last WITHDRAW of a holding stands in the holding. What takes its place there (a SHARE under a new token) moves it to the
holders' list, and an erasure moves it to the marker: an agency that has missed it would else keep the old copy for good, and
one that was told would be told again of what a try that was cut off has shown.
"""

from collections.abc import Iterable, Iterator

from schemas.records import Record
from stream_processors.cases import WITHDRAWN, Case, bound_name, joined_holdings, token_of
from stream_processors.tokens import Tokens

MOST = 32
"""So many are kept of a record behind one another, in each feed: a record that comes and goes for years must not outgrow a
message. Who has missed an earlier one has read more than thirty later ones of the same record."""

_KEPT = (
    *("feed", "agency", "agreement", "grant", "generation", "sequence", "revision"),
    *("field_list_id", "withdraw_hours", "grain_seconds"),
)


def standing(holdings: Iterable[Record], record_id: str, tokens: Tokens) -> Iterator[Record]:
    """The withdrawals that are the last word of these holdings, by recall too: those have no number, and can't be missed."""
    for holding in holdings:
        if holding["state"] == WITHDRAWN:
            yield {name: holding[name] for name in _KEPT} | {"token": token_of(holding, record_id, tokens)}


def held_now(case: Case, tokens: Tokens) -> Record:
    """What holders say of who holds the record once the case is decided: `holdings`, and the past `withdrawals`."""
    after, before, record_id = joined_holdings(case), case.before, case.event["envelope"]["record_id"]
    now = {_about(each) for each in after if each["state"] == WITHDRAWN}
    replaced = (each for each in (*before["holdings"], *case.told) if _about(each) not in now)
    kept = (each for each in before["withdrawals"] if _about(each) not in now)
    return {"holdings": after, "withdrawals": last_ones((*kept, *standing(replaced, record_id, tokens)))}


def last_ones(withdrawals: Iterable[Record]) -> list[Record]:
    """The last MOST of each feed, in their order; of one token the last."""
    seen: dict[str, int] = {}
    kept = []
    for each in reversed(list({each["token"]: each for each in withdrawals}.values())):
        seen[each["feed"]] = seen.get(each["feed"], 0) + 1
        if seen[each["feed"]] <= MOST:
            kept.append(each)
    return kept[::-1]


def _about(said: Record) -> tuple[str, int]:
    """What a token is made of, beside the record."""
    return bound_name(said), said["generation"]
