from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from agency_model import RECALLS, delivered, message_of, recalled

from consumers.callbacks import Callbacks
from consumers.database import open_file
from consumers.deliveries import Action, Delivery, Taken
from consumers.delivery_reader import Message
from consumers.giving import Giving
from consumers.journal import Journal
from consumers.journal_tables import unsaid
from consumers.marks import State, key_of
from consumers.parking import Parking
from consumers.tally import Tally
from schemas.codes import Code
from schemas.errors import NotReady, Refused


class Agency:
    """An agency's program: what it was given, and what it raises."""

    def __init__(self, file: Path) -> None:
        self.journal, self.got, self.waited = Journal(open_file(file), lambda: 5), list[Taken](), list[float]()
        self.fails: Callable[[Taken], Exception | None] = lambda _: None
        self.tally = Tally()
        self.giving = self.start()

    def start(self) -> Giving:
        callbacks = Callbacks(on_delivery=self.handle, on_recall=self.handle, ends=(BrokenPipeError,))
        recalled_tokens = self.journal.withdrawn_in(RECALLS)
        return Giving(
            self.journal, callbacks, self.tally, recalled=recalled_tokens, clock_ms=lambda: 5, wait=self.waited.append
        )

    def handle(self, item: Taken) -> None:
        failure = self.fails(item)
        if failure is not None:
            raise failure
        self.got.append(item)

    def take(self, *items: Taken) -> None:
        for item in items:
            self.giving.take(item, message_of(item))

    def states(self, *items: Taken) -> list[State | None]:
        self.giving.save()
        with self.journal.begin() as connection:
            found = self.journal.known(connection, [key_of(item) for item in items])
        return [found.get(key_of(item)) for item in items]

    def parked(self) -> list[tuple[int, str, int]]:
        return [(one.sequence, one.reason, one.tries) for one in Parking(self.journal).list()]


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    made = Agency(tmp_path / "journal.sqlite")
    yield made
    made.journal.engine.dispose()


SHARE, OTHER = delivered(1, Action.SHARE, "a"), delivered(2, Action.SHARE, "b")


def test_a_callback_that_fails_for_a_while_is_tried_again(agency: Agency) -> None:
    """It is called again after rising pauses, and once it returns nothing is parked."""
    failures = iter([RuntimeError("secret"), KeyError("secret")])
    agency.fails = lambda _: next(failures, None)
    agency.take(SHARE)
    assert agency.got == [SHARE]
    assert agency.waited == [0.1, 0.5]
    assert agency.parked() == []
    assert agency.states(SHARE) == [State.HANDLED]


def test_one_that_fails_for_good_is_parked_and_the_feed_goes_on(agency: Agency, capsys: pytest.CaptureFixture[str]) -> None:
    """After the last pause it is parked at once, under the name of what was raised and nothing of its text; what is behind it
    is given; the receipt says REJECTED."""
    agency.fails = lambda item: ValueError("secret") if item.token == "a" else None
    agency.take(SHARE, OTHER)
    assert agency.got == [OTHER]
    assert agency.parked() == [(1, "ValueError", 1)]
    assert agency.states(SHARE, OTHER) == [State.REJECTED, State.HANDLED]
    with agency.journal.begin() as connection:
        said = {(row.first, row.state, row.reason) for row in connection.execute(sa.select(unsaid))}
    assert said == {(1, "REJECTED", "ValueError"), (2, "HANDLED", None)}
    output = capsys.readouterr()
    assert "PD-510" in output.out + output.err
    assert "secret" not in output.out + output.err


def test_what_is_away_is_not_parked(agency: Agency) -> None:
    """A callback that raises NotReady has the delivery come again, without a pause of its own, and it is not parked; what
    `ends` names goes through."""
    agency.fails = lambda _: NotReady(Code.DATABASE_AWAY)
    with pytest.raises(NotReady):
        agency.take(SHARE)
    agency.fails = lambda _: BrokenPipeError()
    with pytest.raises(BrokenPipeError):
        agency.take(SHARE)
    assert (agency.parked(), agency.waited, agency.states(SHARE)) == ([], [], [None])


@pytest.mark.parametrize("action", [Action.UPDATE, Action.WITHDRAW])
def test_a_later_delivery_of_the_token_makes_a_parked_one_void(agency: Agency, action: Action) -> None:
    """A parked share waits no more once an update or a withdrawal of its token was handled, and is said to be done with."""
    agency.fails = lambda item: OSError() if item.action is Action.SHARE else None
    later = delivered(3, action, "a", 2)
    agency.take(SHARE, later)
    agency.giving.save()
    assert agency.got == [later]
    assert agency.parked() == []
    assert agency.states(SHARE) == [State.HANDLED]


def test_an_update_makes_no_parked_withdrawal_void(agency: Agency) -> None:
    """A withdrawal that failed waits until it is done, whatever else comes under its token."""
    agency.fails = lambda item: OSError() if item.action is Action.WITHDRAW else None
    agency.take(delivered(1, Action.WITHDRAW, "a", 1), delivered(2, Action.UPDATE, "a", 5))
    agency.giving.save()
    assert agency.parked() == [(1, "OSError", 1)]


def _read(message: Message) -> Taken:
    return delivered(message.offset, Action.SHARE, (message.key or b"").decode())


def test_what_is_parked_is_given_again_on_demand(agency: Agency) -> None:
    """A retry gives it again, marked `repeat`; one that fails again stays with one try more; one whose token was updated
    meanwhile is not given."""
    agency.fails = lambda _: OSError()
    agency.take(SHARE, OTHER)
    agency.fails = lambda item: OSError() if item.token == "b" else None
    agency.giving.retry(_read)
    assert agency.got == []
    assert Parking(agency.journal).call_due() == 2
    agency.giving.retry(_read)
    assert agency.got == [replace(SHARE, repeat=True)]
    assert agency.parked() == [(2, "OSError", 2)]
    assert agency.states(SHARE, OTHER) == [State.HANDLED, State.REJECTED]


def test_what_can_not_be_read_again_stays_parked(agency: Agency) -> None:
    """Where a parked message can't be read any more its reason is the code, nothing ends, and it is tried again on demand;
    where something is away, it stays due."""
    agency.fails = lambda _: OSError()
    agency.take(SHARE)

    def unreadable(_: Message) -> Taken:
        raise Refused(Code.DELIVERY_UNREADABLE)

    def away(_: Message) -> Taken:
        raise NotReady(Code.REGISTRY_AWAY)

    assert Parking(agency.journal).call_due() == 1
    with pytest.raises(NotReady):
        agency.giving.retry(away)
    agency.giving.retry(unreadable)
    assert agency.parked() == [(1, "PD-501", 2)]
    agency.fails = lambda _: None
    assert Parking(agency.journal).call_due() == 1
    agency.giving.retry(_read)
    assert agency.parked() == []


def test_what_is_only_shown_is_only_received(agency: Agency) -> None:
    """Callbacks that take nothing over leave RECEIVED, of a withdrawal too; what comes again is not shown again."""
    shown = Callbacks(on_delivery=agency.handle, takes_over=False)
    giving = Giving(agency.journal, shown, agency.tally, recalled=set(), clock_ms=lambda: 5, wait=agency.waited.append)
    agency.giving = giving
    withdrawal = delivered(2, Action.WITHDRAW, "a", 2)
    agency.take(SHARE, withdrawal)
    giving.save()
    giving.again(SHARE, message_of(SHARE))
    assert agency.got == [SHARE, withdrawal]
    assert agency.states(SHARE, withdrawal) == [State.RECEIVED, State.RECEIVED]


def test_what_comes_again_is_not_given_again(agency: Agency) -> None:
    """A repeat has no second effect; where the crash took its mark it is marked now, and a parked one stays parked."""
    agency.giving.again(SHARE, message_of(SHARE))
    assert agency.got == []
    assert agency.states(SHARE) == [State.HANDLED]
    agency.fails = lambda _: OSError()
    agency.take(OTHER)
    agency.giving.again(OTHER, message_of(OTHER))
    assert agency.states(OTHER) == [State.REJECTED]
    assert agency.tally.repeats == 2


def test_a_late_one_never_brings_back_what_a_later_one_replaced(agency: Agency) -> None:
    """A number that fills a gap is not given where a higher revision of its token, or its withdrawal, was; it is said to be
    done with. Where nothing later was, it is given."""
    agency.take(delivered(3, Action.UPDATE, "a", 2), delivered(4, Action.WITHDRAW, "b", 2))
    given = list(agency.got)
    late: list[Delivery] = [replace(one, late=True) for one in (SHARE, OTHER, delivered(5, Action.SHARE, "c"))]
    agency.take(*late)
    assert agency.got == [*given, late[2]]
    assert agency.states(*late) == [State.HANDLED] * 3


def test_what_was_recalled_comes_too_late_in_a_feed(agency: Agency) -> None:
    """A recall is given to its own callback; a share under its token is not given any more, after a restart neither."""
    recall = recalled(0, "a")
    agency.take(recall, SHARE)
    agency.giving.save()
    agency.giving = agency.start()
    agency.take(replace(SHARE, sequence=9))
    assert agency.got == [recall]
    assert agency.states(recall, SHARE) == [State.WITHDRAWN, State.HANDLED]


def test_a_heartbeat_is_no_delivery(agency: Agency) -> None:
    """It is given to whom it concerns, and neither marked nor said; a test is given and said, and holds nothing."""
    agency.take(replace(SHARE, action=Action.HEARTBEAT, record=None))
    assert agency.states(SHARE) == [None]
    test = replace(OTHER, action=Action.TEST, record=None)
    agency.take(test)
    assert agency.states(test) == [State.HANDLED]
    with agency.journal.begin() as connection:
        assert agency.journal.held(connection, ["a", "b"]) == {}
