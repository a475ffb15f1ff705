"""What a subscriber works with beside its feeds, put together. Shell."""

from collections.abc import Callable
from dataclasses import dataclass

from consumers.callbacks import Callbacks
from consumers.chores import Chores
from consumers.deliveries import Taken
from consumers.giving import Giving
from consumers.journal import Journal
from consumers.parking import Parking
from consumers.saying import Saying
from consumers.sinks import Sink
from consumers.storing import Storing
from consumers.taking import Taking
from consumers.tally import Tally


@dataclass(frozen=True)
class Means:
    """What takes the deliveries over, what is done beside, and what is counted."""

    taking: Taking
    chores: Chores
    tally: Tally
    forget: Callable[[str], None]
    """Called with a feed that is read as for the first time."""


def make_means(
    journal: Journal,
    saying: Saying | None,
    callbacks: Callbacks | None,
    sink: Sink | None,
    recalled: set[str],
    withdrew: Callable[[Taken], None],
    *,
    clock: Callable[[], float],
    clock_ms: Callable[[], int],
    wait: Callable[[float], None],
) -> Means:
    """For `callbacks`, or for a sink. What is parked is tried again: program or database may have been mended."""
    tally = Tally()
    Parking(journal).call_due()
    if sink is not None:
        export = sink.make_export(journal.engine, clock) if sink.make_export else None
        storing = Storing(journal, tally, clock_ms, export.changed if export else _nothing, withdrew)
        return Means(storing, Chores(journal, storing, tally, saying, export, clock), tally, journal.forget)
    if callbacks is None:
        raise ValueError("neither callbacks nor a sink")
    giving = Giving(journal, callbacks, tally, recalled=recalled, clock_ms=clock_ms, wait=wait)
    return Means(giving, Chores(journal, giving, tally, saying, None, clock), tally, journal.forget)


def _nothing() -> None:
    """There is no file to be written."""
