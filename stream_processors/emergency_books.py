"""An emergency grant made ready: its own small rule set, its own decider, and what it is about. Pure.

The same engine decides under it as under every agreement: one agreement for one agency, all national prohibitions but those
that the closed list lets it override.
"""

from collections.abc import Mapping
from dataclasses import replace

from schemas import reference
from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.control_emergency import EmergenciesRead, milliseconds
from stream_processors.decide import Decider
from stream_processors.emergency_rules import FEED, Emergency
from stream_processors.feed_writer import FeedWriter
from stream_processors.field_lines import field_list_id
from stream_processors.projection import compile_projection
from stream_processors.rule_set import RuleSet
from stream_processors.rulebook import GrantBook, Rulebook


def make_grant_books(read: EmergenciesRead, book: Rulebook) -> tuple[tuple[GrantBook, ...], tuple[tuple[str, Refused], ...]]:
    """Every grant, the ended ones too: who holds under them must be told. And those that the rules in force do not allow,
    with the reason: they are over as well. A grant whose agency has no emergency feed has no book."""
    books, refused = [], []
    for name, record in sorted(read.grants.items()):
        hours = book.rules.emergency.review_within_hours if book.rules.emergency else 0
        until_ms, allowed = read.ends_at(name, hours), record
        try:
            check_permitted(record, book.rules)
        except Refused as refusal:
            refused.append((name, refusal))
            until_ms, allowed = (
                0,
                record | {"fields": book.rules.emergency.fields[:1] if book.rules.emergency else (), "overrides": []},
            )
        bound = book.rules.by_feed.get(f"{record['agency']}.{FEED}")
        if bound is not None:
            books.append(_make(allowed, until_ms, bound, book))
    return tuple(books), tuple(refused)


def check_permitted(record: Mapping[str, object], rules: RuleSet) -> Emergency:
    """Raises Refused (GRANT_NOT_PERMITTED) with the field at fault: at the door, and by each disseminator by itself."""
    emergency = rules.emergency
    if emergency is None:
        raise Refused(Code.GRANT_NOT_PERMITTED, "emergency.yaml")
    agency = rules.by_feed.get(f"{record['agency']}.{FEED}")
    if agency is None:
        raise Refused(Code.GRANT_NOT_PERMITTED, "agency")
    gateway = reference.gateways().get(str(record["gateway"]))
    if gateway is None or gateway.id not in emergency.gateways or not _reaches(gateway.extent, agency.agency.nation):
        raise Refused(Code.GRANT_NOT_PERMITTED, "gateway")
    for name, allowed in (("fields", emergency.fields), ("overrides", emergency.overridable)):
        asked = record[name]
        if not isinstance(asked, list | tuple) or not set(asked) <= set(allowed):
            raise Refused(Code.GRANT_NOT_PERMITTED, name)
    hours = (_ms(record["until"]) - _ms(record["at"])) / 3_600_000
    if hours > emergency.hours_at_most:
        raise Refused(Code.GRANT_NOT_PERMITTED, "until")
    return emergency


def _ms(value: object) -> int:
    return value if isinstance(value, int) else milliseconds(value)  # type: ignore[arg-type]  # a time, as decoded


def _reaches(extent: str, nation: str) -> bool:
    return extent == "United Kingdom" or bool(nation and nation in extent)


def _make(record: Record, until_ms: int, feed: Bound, book: Rulebook) -> GrantBook:
    rules = book.rules
    general = feed.agreement
    agreement = general.model_copy(
        update={
            "id": f"emergency-{record['id'][:16]}",
            "fields": {path: general.fields[path] for path in record["fields"]},
            "gateways": (record["gateway"],),
        }
    )
    bound, overridden = Bound(agreement, feed.agency), frozenset(record["overrides"])
    projection = compile_projection(agreement)
    own = replace(
        rules,
        agreements=(agreement,),
        prohibitions=tuple(each for each in rules.prohibitions if each.id not in overridden),
        bound={agreement.id: (bound,)},
        by_feed={bound.feed: bound},
        # No force has to accept it: that is what tells it from an agreement. A force's own stop holds all the same.
        accepted={agreement.id: frozenset(reference.forces()).union(*rules.accepted.values())},
        projections={agreement.id: projection},
        schemas={agreement.id: rules.schemas[general.id]},
        field_lists={agreement.id: field_list_id(agreement)},
        emergency=None,
    )
    writer = FeedWriter(agreement, projection, rules.schemas[general.id], book.emergency_schema_id)
    ready = Rulebook(book.number, own, Decider(own), {agreement.id: writer})
    return GrantBook(record["id"], record["target"], record["token"], bound, ready, milliseconds(record["at"]), until_ms)
