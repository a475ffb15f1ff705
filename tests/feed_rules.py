"""What a feed may not tell, line by line: each check reads messages of feeds, and answers what is wrong with them.

Together they show that a delivery's envelope tells nothing beside the fields of the record: its keys and ids are made anew
here from the hub's master key, by code of this module's own, under a key for each feed; everything else in it follows from the
feed's own earlier messages, the agreement, the lane and the coarse time.
"""

import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas.records import Record
from stream_processors.agreements import Agreement
from stream_processors.rule_set import RuleSet

MASTER_KEY = b"the master key of the leak check"
CONSTANT_HEADERS = {
    "ce_specversion": b"1.0",
    "ce_source": b"urn:pointduty:hub",
    "ce_type": b"uk.pointduty.delivery",
    "content-type": b"application/avro",
}
_GRAIN_MS = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_LISTS = ("persons", "objects", "locations")


class Seen(NamedTuple):
    """One message as an agency reads it, and of which event it came: that no agency knows."""

    feed: str
    key: str
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp_ms: int
    delivery: Record
    event_id: str
    record_id: str
    batch: int
    """When it was decided, in milliseconds: what no agency knows either."""


Wrong = Iterator[str]
Check = Callable[[Sequence[Seen], RuleSet], Wrong]


def made_mac(label: str, text: str) -> str:
    """A token under the hub's master key: HMAC with SHA-256 under a key for the label, 128 bits of it in hex."""
    key = hmac.digest(MASTER_KEY, label.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()[:32]


def made_id(bound: str, event_id: str) -> str:
    """The delivery id of an event in the feed of a bound agreement."""
    return made_mac(f"delivery/{bound}", f"live\0{event_id}")


def made_keys(bound: str, record_id: str, generations: int = 4) -> frozenset[str]:
    """The keys that a record can have in that feed: another after each withdrawal."""
    return frozenset(made_mac(f"record/{bound}", f"{generation}\0{record_id}") for generation in range(generations))


def _bound(seen: Seen, rules: RuleSet) -> str:
    return rules.by_feed[seen.feed].id


def _agreement(seen: Seen, rules: RuleSet) -> Agreement:
    return rules.by_feed[seen.feed].agreement


def ids_are_keyed(seen: Sequence[Seen], rules: RuleSet) -> Wrong:
    """`ce_id` is a keyed delivery id: of this event in this feed, and nothing without the key gives it."""
    for one in seen:
        wanted = made_id(_bound(one, rules), one.event_id)
        if not (dict(one.headers).get("ce_id") == wanted.encode() and one.delivery["delivery_id"] == wanted):
            yield f"{one.feed}: delivery id"


def headers_are_constant(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """No header comes from the submission: the same five, and all but `ce_id` constant."""
    for one in seen:
        others = [(name, value) for name, value in one.headers if name != "ce_id"]
        if dict(others) != CONSTANT_HEADERS or len(one.headers) != len(CONSTANT_HEADERS) + 1:
            yield f"{one.feed}: headers"


def nothing_is_shared(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """No trace or key is shared by two feeds: a key, an id, a header or a pseudonym in one is in no other."""
    where: dict[str | bytes, set[str]] = defaultdict(set)
    for one in seen:
        for name, value in one.headers:
            if CONSTANT_HEADERS.get(name) != value and value is not None:
                where[value.decode(errors="replace")].add(one.feed)
        for opaque in (one.key, one.delivery["delivery_id"], *_pseudonyms(one.delivery["record"])):
            where[opaque].add(one.feed)
    yield from (f"{' and '.join(sorted(feeds)[:2])}: one opaque value" for feeds in where.values() if len(feeds) > 1)


def keys_are_of_the_feed(seen: Sequence[Seen], rules: RuleSet) -> Wrong:
    """The key is a token for the agreement and the record, under a new one only after a withdrawal."""
    generation: Counter[tuple[str, str]] = Counter()
    for one in seen:
        wanted = made_mac(f"record/{_bound(one, rules)}", f"{generation[one.feed, one.record_id]}\0{one.record_id}")
        if one.key != wanted:
            yield f"{one.feed}: key"
        generation[one.feed, one.record_id] += one.delivery["action"] == "WITHDRAW"


def times_are_coarse(seen: Sequence[Seen], rules: RuleSet) -> Wrong:
    """Every time, Kafka's own too, is no finer than the agreement allows."""
    for one in seen:
        agreement = _agreement(one, rules)
        grain = _GRAIN_MS[agreement.time_grain]
        deadline = one.delivery["conditions"]["deadline"]
        if one.timestamp_ms % grain:
            yield f"{one.feed}: Kafka's time"
        if deadline is not None and datetime.fromisoformat(deadline).timestamp() * 1000 % grain:
            yield f"{one.feed}: deadline"
        for path, obligation in agreement.fields.items():
            if obligation.generalise == "hour" and not path.startswith(_LISTS):
                at = _leaf(one.delivery["record"], f"{path}_hour")
                if at is not None and (at.minute, at.second, at.microsecond) != (0, 0, 0):
                    yield f"{one.feed}: {path}"


def sequences_count_the_lane(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """`sequence` is the place in this feed's lane, 1, 2, 3: it follows from the order of arrival."""
    last: Counter[tuple[str, int]] = Counter()
    for one in seen:
        last[one.feed, one.delivery["lane"]] += 1
        if one.delivery["sequence"] != last[one.feed, one.delivery["lane"]]:
            yield f"{one.feed}: sequence"


def revisions_count_what_was_sent(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """`revision` counts the messages under this key, and `action` follows from it: not the record's versions."""
    sent: Counter[tuple[str, str]] = Counter()
    for one in seen:
        sent[one.feed, one.key] += 1
        revision, action = one.delivery["revision"], one.delivery["action"]
        if revision != sent[one.feed, one.key]:
            yield f"{one.feed}: revision"
        if action not in ("WITHDRAW", "SHARE" if revision == 1 else "UPDATE"):
            yield f"{one.feed}: action"


def what_is_unchanged_is_not_sent(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """Two messages under one key, one after the other, differ in what they say of the record."""
    said: dict[tuple[str, str], Any] = {}
    for one in seen:
        now = [one.delivery[name] for name in ("record", "marking", "conditions", "quality")]
        if said.get((one.feed, one.key)) == now:
            yield f"{one.feed}: the same again"
        said[one.feed, one.key] = now


def flags_are_of_kept_fields(seen: Sequence[Seen], rules: RuleSet) -> Wrong:
    """A quality flag names a field that this agreement keeps whole, without a position; the score follows from the flags."""
    for one in seen:
        quality = one.delivery["quality"]
        if quality is None:
            continue
        kept = {_bare(path) for path, obligation in _agreement(one, rules).fields.items() if obligation.keep}
        for flag in quality["flags"]:
            path = flag.partition(" ")[2]
            if path not in kept:
                yield f"{one.feed}: flag of {path}"
        if quality["score"] != max(0, 100 - 5 * len(quality["flags"])):
            yield f"{one.feed}: score"


def nothing_holds_a_place(seen: Sequence[Seen], _rules: RuleSet) -> Wrong:
    """A person, object or place of which nothing leaves is not there at all."""
    for one in seen:
        for name in _LISTS:
            for item in (one.delivery["record"] or {}).get(name) or ():
                if all(value in (None, [], "") for value in item.values()):
                    yield f"{one.feed}: an empty item of {name}"


def withdrawals_are_neutral(seen: Sequence[Seen], rules: RuleSet) -> Wrong:
    """A WITHDRAW says what to do until when, and nothing of the record or of why; all of one agreement say the same."""
    for one in seen:
        if one.delivery["action"] == "WITHDRAW":
            terms = _agreement(one, rules)
            wanted = {
                "handling": terms.handling,
                "onward_sharing": terms.onward_sharing,
                "retention_days": terms.retention_days,
                "deadline": one.delivery["conditions"]["deadline"],
            }
            silent = all(one.delivery[name] is None for name in ("record", "marking", "quality"))
            if not silent or one.delivery["conditions"] != wanted:
                yield f"{one.feed}: a telling withdrawal"


CHECKS: tuple[Check, ...] = (
    ids_are_keyed, headers_are_constant, nothing_is_shared, keys_are_of_the_feed, times_are_coarse, sequences_count_the_lane,
    revisions_count_what_was_sent, what_is_unchanged_is_not_sent, flags_are_of_kept_fields, nothing_holds_a_place,
    withdrawals_are_neutral,
)  # fmt: skip
"""Each line of what a feed may not tell that can be read off its messages."""


def _pseudonyms(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _pseudonyms(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _pseudonyms(part, name)
    elif isinstance(value, str) and name.endswith("_pseudonym"):
        yield value


def _leaf(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, Mapping) else None
    return record


def _bare(text: str) -> str:
    head, bracket, rest = text.partition("[")
    return head + rest.partition("]")[2] if bracket else text
