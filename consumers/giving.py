"""Gives deliveries to an agency's callbacks: retried with pauses, then parked; nothing that was done is given again. Shell.

The one delivery that a crash catches inside its callback is given again, marked `repeat`: whether the callback had finished,
only the agency can know. What came before it is known from the sequence store, though the journal had not been written yet.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog

from consumers.callbacks import Callbacks
from consumers.deliveries import Action, Delivery, Taken
from consumers.delivery_reader import Message
from consumers.journal import Journal
from consumers.marks import Effect, Held, Mark, State, effect_of, held_after, key_of, mark
from consumers.parking import Parked, Parking
from consumers.taking import Read
from consumers.tally import Tally
from schemas.codes import Code
from schemas.errors import NotReady, Refused

log = structlog.get_logger()

PAUSES_SECONDS = (0.1, 0.5, 2.0)
"""Between the tries of a callback that raises: 2.6 s in all, then the delivery is parked and the feed goes on."""

BATCH = 500
"""Most marks that wait for their transaction."""

_REASON_CHARACTERS = 64


class Giving:
    """Takes deliveries over by calling `callbacks`. `wait` sleeps; `clock_ms` is UTC."""

    def __init__(
        self,
        journal: Journal,
        callbacks: Callbacks,
        tally: Tally,
        *,
        recalled: set[str],
        clock_ms: Callable[[], int],
        wait: Callable[[float], None],
        pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    ) -> None:
        """`recalled`: tokens that were withdrawn by recall. What stands in a feed of them comes too late."""
        self._journal, self._parking, self._callbacks, self._tally = journal, Parking(journal), callbacks, tally
        self._recalled, self._clock_ms, self._wait, self._pauses = recalled, clock_ms, wait, pauses_seconds
        self._marks: list[Mark] = []
        self._held: dict[str, Held] = {}

    def take(self, item: Taken, message: Message) -> None:
        """As `Taking` says."""
        if self._is_stale(item):
            self._done(item, None)
            return
        reason = self._try(item)
        if reason is None:
            self._tally.handled[item.action] += 1
            if item.action is not Action.HEARTBEAT:
                self._done(item, held_after(item, self._held.get(item.token)))
            return
        self._park(item, message, reason, 1)

    def again(self, item: Taken, message: Message) -> None:  # noqa: ARG002  # the interface: a database needs it
        """As `Taking` says. It was done, or is parked: a crash may only have taken the mark of what was done."""
        self._tally.repeats += 1
        if item.action is Action.HEARTBEAT:
            return
        with self._journal.begin() as connection:
            known = self._journal.known(connection, [key_of(item)])
            if known:
                self._journal.note_again(connection, [item])
        if not known:
            self._done(item, held_after(item, self._held_of(item)))

    def rest(self) -> None:
        """As `Taking` says. Marks wait for the commit of the offsets: what they say is known without them."""

    def retry(self, read: Read) -> None:
        """As `Taking` says."""
        while (waiting := self._parking.claim()) is not None:
            try:
                self._retry(replace(read(waiting.message), repeat=True), waiting)
            except Refused as unreadable:
                self._parking.put_back(waiting, str(unreadable.code), self._clock_ms())
            except NotReady:
                self._parking.call_due([(waiting.feed, waiting.lane, waiting.sequence)])
                raise

    def save(self) -> None:
        """As `Taking` says."""
        if not self._marks and not self._held:
            return
        with self._journal.begin() as connection:
            self._journal.mark(connection, self._marks, self._held)
            self._parking.settle(connection, self._held, [one.key for one in self._marks])
        self._marks, self._held = [], {}

    def drop(self, partitions: Iterable[tuple[str, int]]) -> None:
        """As `Taking` says. What was given cannot be taken back: its marks are kept, for whoever shares the journal."""

    def parked_count(self) -> int:
        """As `Taking` says."""
        return self._parking.count()

    def _retry(self, item: Taken, waiting: Parked) -> None:
        self.save()
        stale = effect_of(item, self._held_of(item)) is Effect.NOTHING and item.action in (Action.SHARE, Action.UPDATE)
        reason = None if stale else self._try(item)
        if reason is None:
            self._done(item, None if stale else held_after(item, self._held_of(item)))
            self.save()
        else:
            self._park(item, waiting.message, reason, waiting.tries + 1)

    def _done(self, item: Taken, held: Held | None) -> None:
        self._marks.append(mark(item, None if self._callbacks.takes_over else State.RECEIVED))
        if held is not None:
            self._held[item.token] = held
            if not isinstance(item, Delivery):
                self._recalled.add(item.token)
        if len(self._marks) >= BATCH:
            self.save()

    def _is_stale(self, item: Taken) -> bool:
        """Whether a later one was handled. In order nothing is: only what fills a gap, or a recalled token, is looked up."""
        if item.action not in (Action.SHARE, Action.UPDATE):
            return False
        if item.token in self._recalled:
            return True
        return isinstance(item, Delivery) and item.late and effect_of(item, self._held_of(item)) is Effect.NOTHING

    def _held_of(self, item: Taken) -> Held | None:
        if item.token in self._held:
            return self._held[item.token]
        with self._journal.begin() as connection:
            return self._journal.held(connection, [item.token]).get(item.token)

    def _try(self, item: Taken) -> str | None:
        """None where the callback returned, else the name of what it raised last. NotReady goes through: it is given again."""
        give = self._callbacks.giver(item)
        if give is None:
            if item.action is Action.UNMAPPED and isinstance(item, Delivery):
                log.warning("no callback for this action", action=item.source_action, feed=item.feed)
            return None
        for pause in (*self._pauses, None):
            try:
                give()
            except NotReady:
                raise
            except self._callbacks.ends:
                raise
            except Exception as failure:  # whatever an agency's program raises; its text may hold what was disclosed
                reason = type(failure).__name__.encode("ascii", "replace").decode()[:_REASON_CHARACTERS]
                if pause is None:
                    return reason
                self._wait(pause)
            else:
                return None
        return None

    def _park(self, item: Taken, message: Message, reason: str, tries: int) -> None:
        """Before anything else is begun: from then on the sequence store would call it done."""
        log.error("delivery parked", code=str(Code.DELIVERY_PARKED), feed=item.feed, lane=item.lane, kind=reason)
        self.save()
        self._parking.park(item, message, reason, self._clock_ms(), tries)
        self._tally.parked += 1
