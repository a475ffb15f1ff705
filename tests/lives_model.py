"""Who holds what once a hub is quiet: a plain model, from the standard events alone and the rules in force at the end.

It knows nothing of batches, ledgers, sequences, holders, sweeps or deliveries: a record is the last version that came of it,
with whether its originator has closed it and the prohibitions that latched on the way. What the rules make of one version is
asked of the engine (`decide`), which its own oracles hold (`make oracles`: a naive evaluator is too slow for whole months), and
how it looks of the pure projection, by the reader and the columns of the subscriber. Who holds which version of what, and who
does not any more, comes from the history alone.

Of a row it does not say where it came from (lane, sequence, delivery id), which revision it is, and until when an update that
narrows must be carried out: these are how the hub got there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import fastavro
import orjson

from consumers.delivery_reader import Message, read_delivery
from consumers.record_table import row_of
from schemas.records import Record
from stream_processors.attributes import derive_attributes
from stream_processors.bindings import Bound
from stream_processors.decide import Decider, Decision
from stream_processors.feed_writer import FeedWriter
from stream_processors.rule_set import RuleSet
from stream_processors.tokens import Tokens

GENERATIONS = 8
"""How often a record may have been withdrawn from somebody and shared again in a history."""

_CLOSES = {"RECALL": True, "RESTRICTION": True, "ERASURE": True, "REINSTATEMENT": False}
"""What an action makes of a record; any other leaves it as it is."""


@dataclass
class Life:
    """One record so far."""

    event: Record
    closed: bool
    latches: frozenset[str]


def live(events: Iterable[Record], rules: RuleSet, now_ms: int) -> dict[str, Life]:
    """The records of these standard events (each lane's in its order), by id. Tests, resends and versions that came too late
    change nothing."""
    decider, lives = Decider(rules), dict[str, Life]()
    for event in events:
        envelope = event["envelope"]
        before = lives.get(envelope["record_id"])
        if envelope["action"] == "TEST" or (before and before.event["envelope"]["version"] >= envelope["version"]):
            continue
        latched = before.latches if before else frozenset()
        closed = _CLOSES.get(envelope["action"], before.closed if before else False)
        decision = decider.decide(derive_attributes(event), latched, closed, now_ms)
        lives[envelope["record_id"]] = Life(event, closed, latched | decision.latches)
    return lives


def held(lives: Mapping[str, Life], rules: RuleSet, tokens: Tokens, now_ms: int, today: date) -> dict[str, dict[str, str]]:
    """By feed: record id to the row of its agency, as JSON."""
    decider = Decider(rules)
    readers = {a.id: _Reader(rules, a.id) for a in rules.with_feeds}
    found: dict[str, dict[str, str]] = {bound.feed: {} for bound in rules.by_feed.values()}
    for record_id, life in lives.items():
        retention = life.event["retention"]
        review = retention["review_date"] if retention else None
        if life.closed or (review is not None and review < today.isoformat()):
            continue
        attributes = derive_attributes(life.event)
        decision = decider.decide(attributes, life.latches, False, now_ms)
        members = decider.members(attributes) if decision.shares else {}
        for bound in decision.shares:
            content = readers[bound.agreement.id].content(life.event, decision, members, partial(tokens.pseudonym, bound.id))
            found[bound.feed][record_id] = content
    return found


class _Reader:
    """What an agency reads of what is sent under one agreement."""

    def __init__(self, rules: RuleSet, agreement: str) -> None:
        self._agreement, self._rules = agreement, rules
        named = next(each for each in rules.with_feeds if each.id == agreement)
        self._writer = FeedWriter(named, rules.projections[agreement], rules.schemas[agreement], 1)
        self._schema = fastavro.parse_schema(rules.schemas[agreement])

    def content(self, event: Record, decision: Decision, members: Any, pseudonym: Any) -> str:
        sanitising = decision.sanitising[self._agreement]
        dropped = [path for rule in sorted(sanitising.drops) for path in self._rules.drops[rule]]
        tail = self._writer.tail(event, dropped, sanitising.held, members, pseudonym)
        head = {"delivery_id": "", "lane": 0, "sequence": 0, "revision": 0, "action": "SHARE"}
        message = Message("", 0, 0, b"", self._writer.delivery(head, tail))
        return as_row(row_of(read_delivery(message, lambda _: self._schema)))


WHERE_FROM = frozenset(("token", "feed", "lane", "sequence", "delivery_id", "revision"))
"""Columns of a sink that say how a row came, and not what is held."""


def as_row(row: Mapping[str, Any]) -> str:
    """One spelling of a sink's row."""
    return as_json({str(name): value for name, value in row.items() if name not in WHERE_FROM})


def as_json(record: Any) -> str:
    """One spelling of a record."""
    return orjson.dumps(record, default=str, option=orjson.OPT_SORT_KEYS).decode()


def differences(
    expected: Mapping[str, Mapping[str, str]], sinks: Mapping[str, Mapping[str, str]], rules: RuleSet, tokens: Tokens
) -> list[str]:
    """What a feed's sink (token to row as JSON) holds otherwise: feed, what is wrong, record id or token; no content."""
    found = []
    for feed in sorted({*expected, *sinks}):
        wanted, there = expected.get(feed, {}), dict(sinks.get(feed, {}))
        bound = rules.by_feed.get(feed)
        for record_id, content in sorted(wanted.items()):
            under = [token for token in _tokens(bound, record_id, tokens) if token in there]
            if len(under) != 1:
                found.append(f"{feed}: {'missing' if not under else 'twice'} {record_id}")
            elif there[under[0]] != content:
                found.append(f"{feed}: other content {record_id}")
            for token in under:
                del there[token]
        found += [f"{feed}: too many {token}" for token in sorted(there)]
    return found


def _tokens(bound: Bound | None, record_id: str, tokens: Tokens) -> list[str]:
    if bound is None:
        return []
    return [tokens.record_at(bound.id, record_id, generation) for generation in range(GENERATIONS)]
