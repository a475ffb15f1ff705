"""`pointduty subscriptions`: what an agency's subscribers have put aside, shown, and given to them again. Needs no broker."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from consumers.database import open_file
from consumers.journal import Journal
from consumers.parking import Parked, Parking
from consumers.sinks import JOURNAL_END, RECORDS_END
from deploy.sink_choice import SinkChoice, make_sink
from deploy.subscribe_run import STATE_FOLDER
from schemas.codes import Code
from schemas.errors import Misconfigured

_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Place:
    """Where one subscriber keeps what it has put aside."""

    name: str
    """The group, or the kind of a sink of the user's own: never its URL."""
    parking: Parking


@dataclass(frozen=True)
class Outcome:
    """What came of a retry."""

    asked: int
    handled: int
    again: int
    """Tried, and put aside once more."""
    waiting: int
    """Not tried yet: their subscriber does not run, and tries them when it starts."""


@contextmanager
def open_places(home: Path, agency: str, choice: SinkChoice | None, clock_ms: Callable[[], int]) -> Iterator[list[Place]]:
    """The places of all of an agency's groups in this home folder; of a sink that is a database of the user's own, that one
    alone. Raises Misconfigured (PD-512; PD-519: nothing is there)."""
    with ExitStack() as opened:

        def place(name: str, engine: sa.Engine) -> Place:
            opened.callback(engine.dispose)
            return Place(name, Parking(Journal(engine, clock_ms)))

        if choice is not None and choice.has_database:
            if choice.kind == "sqlite" and not Path(choice.place).exists():
                raise Misconfigured(Code.NOTHING_KEPT)
            yield [place(choice.kind, make_sink(choice).open_database(Path()))]
            return
        files = _files(home, agency, choice)
        if not files:
            raise Misconfigured(Code.NOTHING_KEPT)
        yield [place(name, open_file(file)) for name, file in files]


def item_id(one: Parked) -> str:
    """How a person names a parked delivery."""
    return f"{one.feed}/{one.lane}/{one.sequence}"


def choose(place: Place, feed: str | None, ids: Sequence[str]) -> list[Parked]:
    """What waits in a place, of a feed (its topic, or the last part of it), of these ids; all where neither is given."""
    found = [one for one in place.parking.list() if feed is None or one.feed == feed or one.feed.endswith(f".{feed}")]
    return [one for one in found if not ids or item_id(one) in ids]


def retry(
    places: Sequence[Place],
    feed: str | None,
    ids: Sequence[str],
    wait_seconds: float,
    clock: Callable[[], float],
    wait: Callable[[float], None],
) -> Outcome:
    """Have them tried again by whoever reads the feeds, and wait so long for what comes of it."""
    asked = {id(place): {_key(one): one.tries for one in choose(place, feed, ids)} for place in places}
    for place in places:
        place.parking.call_due(list(asked[id(place)]))
    until = clock() + wait_seconds
    while True:
        outcome = _outcome(places, asked)
        if not outcome.waiting or clock() >= until:
            return outcome
        wait(_PAUSE_SECONDS)


def _outcome(places: Sequence[Place], asked: dict[int, dict[tuple[str, int, int], int]]) -> Outcome:
    total = again = waiting = 0
    for place in places:
        tries = asked[id(place)]
        total += len(tries)
        still = [one for one in place.parking.list() if _key(one) in tries]
        tried = sum(one.tries > tries[_key(one)] for one in still)
        again, waiting = again + tried, waiting + len(still) - tried
    return Outcome(total, total - again - waiting, again, waiting)


def _files(home: Path, agency: str, choice: SinkChoice | None) -> list[tuple[str, Path]]:
    found = []
    for end in (JOURNAL_END, RECORDS_END):
        for file in sorted((home / STATE_FOLDER).glob(f"*/*agency.{agency}.*{end}")):
            group = file.name.removesuffix(end).partition(f"agency.{agency}.")[2]
            if choice is None or group.endswith(choice.group("")):
                found.append((group, file))
    return found


def _key(one: Parked) -> tuple[str, int, int]:
    return one.feed, one.lane, one.sequence
