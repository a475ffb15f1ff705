"""The synthetic hour, judged by the real door, standardise and disseminate, in this process."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from deploy.synthetic import Hour, make_hour, share_events
from deploy.synthetic_stock import StockMessage
from producers.adapters.lines import Line
from producers.adapters.native_jsonl import read_native
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import Event, Last, next_event
from schemas import reference
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import record_id
from schemas.kinds import KINDS
from schemas.records import decode, encode
from schemas.wire import frame
from stream_processors.decide import Decider
from stream_processors.dialect import shipped_dialects
from stream_processors.disseminate import Desk, Outcome, Position, Rulebook, disseminate
from stream_processors.feed_writer import FeedWriter
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.overlay import Overlay
from stream_processors.rule_set import load_rule_set, shipped_parts
from stream_processors.standardise import Standard, standardise
from stream_processors.tokens import Tokens

START = datetime(2026, 3, 2, 20, tzinfo=UTC)
NOW = START + timedelta(hours=1)
NOW_MS = int(NOW.timestamp() * 1000)
RECORDS = [kind.submission for kind in KINDS.values()] + [kind.standard for kind in KINDS.values()]
IDS = {name: number for number, name in enumerate(RECORDS, 1)}
NAMES = {number: name for name, number in IDS.items()}
DIALECTS = shipped_dialects()


@pytest.fixture(scope="module")
def hour() -> Hour:
    return make_hour(random.Random(7), START)


class _Outbox:
    """The versions that an outbox gives, without its file."""

    def __init__(self, force: str) -> None:
        self.door, self.last = Door(force), dict[str, Last]()

    def take(self, rows: list[bytes]) -> Iterator[Event | Refusal]:
        # `read_lines` is what turns a long line into None; here the line is known to be long by its length.
        lines = (Line(number, row[:-1] if len(row) <= 1 << 20 else None) for number, row in enumerate(rows, 1))
        for row in read_native(lines, ()):
            checked = check_row(row, self.door, NOW)
            if isinstance(checked, Refusal):
                yield checked
                continue
            event = next_event(checked, self.last.get(checked.record_id), self.door, NOW)
            self.last[event.record_id] = Last(event.version, event.kind, event.content_sha256, event.body)
            yield event


@pytest.fixture(scope="module")
def taken(hour: Hour) -> dict[str, list[Event | Refusal]]:
    return {force: list(_Outbox(force).take(list(rows))) for force, rows in hour.lines.items()}


def _standardise(force: str, value: bytes | None) -> Standard | Refused:
    message = Input(f"submission.{force}", 0, 0, b"k", value, (), NOW_MS)
    return standardise(message, force, NAMES.get, DIALECTS, load_national(), NOW_MS)


def _value(message: StockMessage) -> bytes | None:
    return message.body if message.schema is None else frame(IDS[message.schema], message.body or b"")


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Seed and start decide every byte; another seed gives others."""
    first, again, other = (make_hour(random.Random(seed), START, 2_000) for seed in (1, 1, 2))
    assert first == again
    assert first.lines != other.lines


def test_the_forces_are_skewed_a_hundred_to_one() -> None:
    """All 43 forces take part, the largest with about a hundred times the events of the smallest, and none is lost."""
    shares = share_events(21_000)
    assert len(shares) == 43
    assert sum(shares.values()) == 21_000
    assert 90 < max(shares.values()) / min(shares.values()) < 120
    assert sum(share_events(43).values()) == 43
    with pytest.raises(ValueError, match="43"):
        share_events(42)


def test_the_hour_has_its_kinds_updates_and_resends(hour: Hour, taken: dict[str, list[Event | Refusal]]) -> None:
    """At least 20,000 events of four kinds; a tenth are later versions, one in twenty is sent again."""
    events = [event for answers in taken.values() for event in answers if isinstance(event, Event)]
    kinds = Counter(event.kind for event in events)
    assert len(events) == 21_000
    assert hour.rows == 21_000 + sum(hour.refused.values())
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) > 500
    assert 0.08 < sum(event.version > 1 and not event.resend for event in events) / len(events) < 0.12
    assert 0.03 < sum(event.resend for event in events) / len(events) < 0.07


def test_the_door_refuses_what_the_hour_says(hour: Hour, taken: dict[str, list[Event | Refusal]]) -> None:
    """Each labelled row is refused with its code, and no other row is."""
    found = Counter(answer.code for answers in taken.values() for answer in answers if isinstance(answer, Refusal))
    assert found == hour.refused
    assert len(found) >= 8


def test_each_broken_message_gets_its_code(hour: Hour) -> None:
    """Every message of a stock client standardises, or is refused with the code it is labelled with."""
    whole = [message for message in hour.stock if message.code is not Code.TOO_LARGE]  # its size is judged before
    for message in whole:
        found = _standardise(message.force, _value(message))
        assert (found.code if isinstance(found, Refused) else None) == message.code
    assert Counter(message.code for message in hour.stock if message.code) == hour.dead
    assert len(hour.dead) >= 12


class _Nobody:
    """Lanes that hold nothing yet."""

    def holders(self, _lane: int, _record_id: str) -> None:
        return None

    def sequence(self, _lane: int, _feed: str) -> int:
        return 0


@pytest.fixture(scope="module")
def outcomes(hour: Hour, taken: dict[str, list[Event | Refusal]]) -> list[Outcome]:
    """What disseminate makes of the events of two forces and of all stock clients."""
    rules = load_rule_set(shipped_parts())
    writers = {a.id: FeedWriter(a, rules.projections[a.id], rules.schemas[a.id], 5) for a in rules.agreements}
    desk = Desk(Overlay(_Nobody()), Rulebook(1, rules, Decider(rules), writers), Tokens(b"x" * 32), NOW_MS)
    values = [
        (force, frame(IDS[KINDS[event.kind].submission], event.body))
        for force in ("northumbria", "south-wales", "durham", "cleveland")
        for event in taken[force]
        if isinstance(event, Event)
    ]
    values += [(message.force, _value(message) or b"") for message in hour.stock]
    accepted = [found for force, value in values if isinstance(found := _standardise(force, value), Standard)]
    events = [decode(one.kind.standard, encode(one.kind.standard, one.record)) for one in accepted]
    return [disseminate(event, Position("standard", 0, offset), desk) for offset, event in enumerate(events)]


def test_every_agreement_shares_something(outcomes: list[Outcome]) -> None:
    """Each of the six agreements has deliveries, and what is no longer permitted is withdrawn."""
    shared = Counter(release.feed for outcome in outcomes for release in outcome.releases)
    assert set(shared) == {bound.agreement.feed for bound in load_rule_set(shipped_parts()).by_feed.values()}
    actions = Counter(release.action for outcome in outcomes for release in outcome.releases)
    assert min(actions["SHARE"], actions["UPDATE"], actions["WITHDRAW"]) > 0
    assert not [fault for outcome in outcomes for fault in outcome.entry["faults"]]


def test_every_neighbour_receives_something(outcomes: list[Outcome]) -> None:
    """Of each area-bound agreement every one of its three neighbours has deliveries: none of them is tried on nothing."""
    received = {release.agency for outcome in outcomes for release in outcome.releases}
    assert received >= {bound.agency.id for bound in load_rule_set(shipped_parts()).by_feed.values()}


def test_stock_clients_send_resends_stale_versions_and_conflicts(outcomes: list[Outcome]) -> None:
    """All four outcomes of a standard event occur."""
    assert {outcome.entry["outcome"] for outcome in outcomes} == {"DECIDED", "RESEND", "STALE", "CONFLICT"}


def test_sexual_offences_have_victims(hour: Hour) -> None:
    """The anonymity rule has work: some crimes are sexual offences with a victim, some become one by a later version."""
    rows = [orjson.loads(row) for row in hour.lines["west-midlands"] if row.startswith(b'{"kind":')]
    crimes = [row["submission"] for row in rows if row["kind"] == "crime" and "offence" in row["submission"]["crime"]]
    alleged = [crime for crime in crimes if crime["crime"].get("sexual_offence_alleged")]
    assert len(alleged) > 10
    assert all("VICTIM" in crime["persons"][0]["roles"] for crime in alleged)
    by_ref: dict[str, set[bool]] = {}
    for crime in crimes:
        by_ref.setdefault(crime["envelope"]["source_ref"], set()).add(crime["crime"]["sexual_offence_alleged"])
    assert {True, False} in by_ref.values()


def test_nobody_in_the_hour_can_exist(hour: Hour) -> None:
    """Telephone numbers are those kept for drama, postcodes those of no place, NHS numbers those kept for tests."""
    text = b"".join(row for rows in hour.lines.values() for row in rows if len(row) < 1 << 20).decode(errors="replace")
    numbers = set(re.findall(r'"telephone":"([^"]*)"', text))
    assert numbers
    assert all(re.fullmatch(r"\+44(1632960|7700900)\d{3}", number) for number in numbers)
    assert all(found.startswith("ZZ99 ") for found in re.findall(r'"postcode":"([^"]*)"', text))
    assert all(found.startswith("999") for found in re.findall(r'"nhs_number":"([^"]*)"', text))


def test_stock_keys_are_record_ids(hour: Hour) -> None:
    """The versions of a stock client's record share its record id as key: they meet in one lane, in order."""
    good = [message for message in hour.stock if message.code is None]
    assert {message.key for message in good} == {record_id(m.force, "synthetic", "S-000001") for m in good}
    assert all(message.force in reference.forces() for message in hour.stock)
