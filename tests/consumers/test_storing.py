"""The database sink: the same tests on SQLite and on PostgreSQL."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from agency_model import FEED, RECALLS, delivered, message_of, model, recalled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.database import open_file, open_url
from consumers.deliveries import Action, Taken
from consumers.delivery_reader import Message
from consumers.journal import Journal
from consumers.journal_tables import handled, metadata, token, unsaid
from consumers.parking import Parking
from consumers.record_table import record
from consumers.storing import Storing
from consumers.tally import Tally
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Killed(Exception):
    """The process ended here."""


def _clean(engine: sa.Engine) -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())


def _storing(engine: sa.Engine, tally: Tally | None = None) -> Storing:
    return Storing(Journal(engine, lambda: 1), tally or Tally(), lambda: 1, lambda: None)


def _held(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row.token: row.record["n"] for row in connection.execute(sa.select(record.c.token, record.c.record))}


def _said(engine: sa.Engine) -> dict[str, int]:
    """How often each delivery is to be said."""
    said: dict[str, int] = {}
    with engine.connect() as connection:
        for row in connection.execute(sa.select(unsaid)):
            for sequence in range(row.first, row.last + 1):
                name = f"{row.feed} {row.lane} {sequence} {row.state}"
                said[name] = said.get(name, 0) + 1
    return said


ACTIONS = st.sampled_from([Action.SHARE, Action.UPDATE, Action.UPDATE, Action.WITHDRAW, Action.VOID, Action.TEST])


@st.composite
def histories(draw: st.DrawFn) -> list[Taken]:
    """What a hub sends: revisions of a token rise with the sequence, and nothing follows a withdrawal but other tokens."""
    items: list[Taken] = []
    revisions: dict[str, int] = {}
    gone: set[str] = set()
    for sequence in range(1, draw(st.integers(1, 25)) + 1):
        action, name = draw(ACTIONS), draw(st.sampled_from("abcd"))
        if name in gone:
            continue
        revisions[name] = revisions.get(name, 0) + 1
        items.append(delivered(sequence, action, name, revisions[name]))
        if action is Action.WITHDRAW:
            gone.add(name)
    for offset in range(draw(st.integers(0, 2))):
        items.append(recalled(offset, draw(st.sampled_from("abcd"))))
    return items


@FEW
@given(histories(), st.data())
def test_any_interleaving_of_repeats_and_crashes_has_each_effect_once(
    engine: sa.Engine, history: list[Taken], data: st.DataObject
) -> None:
    """Whatever comes again, in whatever order gaps are filled, and wherever the process is killed before a commit: records are
    those of the model, each delivery has one mark, and is said once."""
    _clean(engine)
    work = list(data.draw(st.permutations(history))) + data.draw(st.lists(st.sampled_from(history), max_size=15))
    storing, at, saved = _storing(engine), 0, 0
    while at < len(work):
        match data.draw(st.sampled_from(["take", "take", "take", "save", "kill"])):
            case "take":
                storing.take(work[at], message_of(work[at]))
                at += 1
            case "save":
                storing.save()
                saved = at
            case "kill":  # what was not saved comes again: its offsets were not committed
                storing, at = _storing(engine), saved
    storing.save()
    assert _held(engine) == model(history)
    assert set(_said(engine).values()) <= {1}
    assert len(_said(engine)) == len({(item.feed, item.lane, item.sequence) for item in history})


@pytest.mark.parametrize("statement", range(1, 8))
def test_a_crash_inside_the_transaction_leaves_nothing(engine: sa.Engine, statement: int) -> None:
    """Failed at any of its statements, a batch leaves no record, no mark, no token and nothing to be said; done again, all."""
    _clean(engine)
    items = [delivered(1, Action.SHARE, "a"), delivered(2, Action.SHARE, "b"), delivered(3, Action.WITHDRAW, "a", 2)]
    storing = _storing(engine)
    for item in items:
        storing.take(item, message_of(item))
    done = 0

    def fail(*_: object) -> None:
        nonlocal done
        done += 1
        if done == statement:
            raise Killed

    sa.event.listen(engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(Killed):
            storing.save()
    finally:
        sa.event.remove(engine, "before_cursor_execute", fail)
    with engine.connect() as connection:
        for table in (record, handled, token, unsaid):
            assert connection.execute(sa.select(table)).all() == []
    storing.save()
    assert _held(engine) == {"b": 2}


def test_another_process_that_does_the_same_has_no_second_effect(engine: sa.Engine) -> None:
    """Two members of a group that store the same deliveries at the same time: one does it, the other finds it done."""
    _clean(engine)
    items = [delivered(number, Action.SHARE, f"t{number}") for number in range(1, 6)]
    tallies = [Tally(), Tally()]
    first, second = (_storing(engine, tally) for tally in tallies)
    for item in items:
        first.take(item, message_of(item))
        second.take(item, message_of(item))
    first.save()
    second.save()
    assert _held(engine) == model(items)
    assert set(_said(engine).values()) == {1}
    assert (tallies[0].deliveries, tallies[1].deliveries, tallies[1].repeats) == (5, 0, 5)


def test_what_the_database_refuses_is_parked_and_the_others_stored(engine: sa.Engine) -> None:
    """A record that the database can't hold is parked with its error's name and said as REJECTED; those around it are stored;
    a later update of it that can be held takes its place, and nothing waits any more."""
    _clean(engine)
    good, bad = delivered(1, Action.SHARE, "a"), delivered(2, Action.SHARE, "b")
    bad = replace(bad, record={"kind": "\ud800", "n": 2})
    tally = Tally()
    storing = _storing(engine, tally)
    for item in (good, bad, delivered(3, Action.SHARE, "c")):
        storing.take(item, message_of(item))
    storing.save()
    assert _held(engine) == {"a": 1, "c": 3}
    [waiting] = Parking(Journal(engine, lambda: 1)).list()
    assert (waiting.sequence, waiting.tries, waiting.message) == (2, 1, message_of(bad))
    assert waiting.reason.isidentifier()
    assert _said(engine) == {f"{FEED} 0 1 HANDLED": 1, f"{FEED} 0 2 REJECTED": 1, f"{FEED} 0 3 HANDLED": 1}
    update = delivered(4, Action.UPDATE, "b", 2)
    storing.take(update, message_of(update))
    storing.save()
    assert _held(engine) == {"a": 1, "b": 4, "c": 3}
    assert storing.parked_count() == 0
    assert _said(engine)[f"{FEED} 0 2 HANDLED"] == 1


def test_what_is_parked_is_tried_again_on_demand(engine: sa.Engine) -> None:
    """A parked record is stored by a retry once it can be, exactly once, and only when somebody has asked for it; one that
    fails again stays, and its tries are counted."""
    _clean(engine)
    bad, still = (
        replace(delivered(number, Action.SHARE, f"t{number}"), record={"kind": "\ud800", "n": number}) for number in (1, 2)
    )
    storing = _storing(engine)
    for item in (bad, still):
        storing.take(item, message_of(item))
    storing.save()
    parking = Parking(Journal(engine, lambda: 1))

    def read(message: Message) -> Taken:
        return delivered(1, Action.SHARE, "t1") if message == message_of(bad) else still

    storing.retry(read)
    assert storing.parked_count() == 2
    assert parking.call_due([(FEED, 0, 1), (FEED, 0, 9)]) == 1
    storing.retry(read)
    assert _held(engine) == {"t1": 1}
    assert parking.call_due() == 1
    storing.retry(read)
    assert [(one.sequence, one.tries, one.due) for one in parking.list()] == [(2, 2, False)]


def test_a_withdrawn_record_is_gone_from_the_files(tmp_path: Path) -> None:
    """Bytes of a record are found in the SQLite file or its log while it is held, and in none of them once it is withdrawn."""
    engine = open_file(tmp_path / "s.sqlite")
    storing = _storing(engine)
    secret = delivered(1, Action.SHARE, "a")
    assert secret.record is not None
    secret.record["text"] = "a-very-secret-word" * 50

    def is_found() -> bool:
        return any(b"a-very-secret-word" in file.read_bytes() for file in tmp_path.iterdir())

    storing.take(secret, message_of(secret))
    storing.save()
    assert is_found()
    withdrawal = delivered(2, Action.WITHDRAW, "a", 2)
    storing.take(withdrawal, message_of(withdrawal))
    storing.save()
    assert not is_found()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    engine.dispose()


def test_a_recall_reaches_every_feed_and_stays(engine: sa.Engine) -> None:
    """A recall deletes what is held under its token, and what stands in a feed of that token comes too late."""
    _clean(engine)
    storing = _storing(engine)
    for item in (delivered(1, Action.SHARE, "a"), recalled(0, "a"), recalled(1, "b"), delivered(2, Action.SHARE, "b")):
        storing.take(item, message_of(item))
    storing.save()
    assert _held(engine) == {}
    assert Journal(engine, lambda: 1).withdrawn_in(RECALLS) == {"a", "b"}
    journal = Journal(engine, lambda: 1)
    journal.forget(FEED)
    storing.take(delivered(1, Action.SHARE, "a"), message_of(delivered(1, Action.SHARE, "a")))
    storing.save()
    assert _held(engine) == {}


def test_a_database_that_is_away_keeps_the_batch(tmp_path: Path) -> None:
    """While the database gives no answer nothing is saved and nothing is lost: it is NotReady, and done when it is back."""
    engine = open_file(tmp_path / "s.sqlite")
    storing = _storing(engine)
    item = delivered(1, Action.SHARE, "a")
    storing.take(item, message_of(item))

    def away(*_: object) -> None:
        raise sa.exc.OperationalError("away", None, Exception())

    sa.event.listen(engine, "before_cursor_execute", away)
    with pytest.raises(NotReady):
        storing.save()
    sa.event.remove(engine, "before_cursor_execute", away)
    assert _held(engine) == {}
    storing.save()
    assert _held(engine) == {"a": 1}
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "nonsense", "", "oracle://secret"])
def test_another_database_is_refused_without_its_url(url: str) -> None:
    """What is neither SQLite nor PostgreSQL is PD-512, and no error has the URL, which may hold a password."""
    with pytest.raises(Misconfigured) as refused:
        open_url(url)
    assert refused.value.code is Code.DATABASE_REFUSED
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert "secret" not in str(refused.value.__context__ or "") or refused.value.__suppress_context__
