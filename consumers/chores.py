"""What a subscriber does every second beside its deliveries: retry what is parked, ask for gaps, write files, send receipts."""

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from consumers.asking import Asking
from consumers.journal import Journal
from consumers.saying import Saying
from consumers.sequences import LaneState
from consumers.taking import Read, Taking
from consumers.tally import Tally
from schemas.errors import NotReady

log = structlog.get_logger()

_SECONDS = 1.0
"""How often."""
_LAST_SECONDS = 5.0
"""How long the last receipts may take at the end."""


class Files(Protocol):
    """Files that show what is held."""

    def write_due(self, now: float) -> None:
        """Write them anew if they are old enough."""

    def write(self) -> None:
        """Write them anew now."""

    def is_current(self) -> bool:
        """Whether they show everything."""


class Chores:
    """One subscriber's. Without `saying` no receipts are sent, and nobody is asked for what is missing."""

    def __init__(
        self,
        journal: Journal,
        taking: Taking,
        tally: Tally,
        saying: Saying | None,
        files: Files | None,
        clock: Callable[[], float],
    ) -> None:
        self._journal, self._taking, self._tally, self._saying = journal, taking, tally, saying
        self._files, self._clock, self._next, self._asking = files, clock, 0.0, Asking()

    def missed(self, feed: str) -> None:
        """A gap was found in `feed`."""
        self._asking.missed(feed, self._clock())

    def do_due(self, lanes: Mapping[str, Mapping[int, LaneState]], read: Read) -> None:
        """Do them if it is time. A database or registry that is away puts them off."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _SECONDS
        try:
            self._taking.retry(read)
            self._tally.waiting = self._taking.parked_count()
            if self._files is not None:
                self._files.write_due(now)
            if self._saying is not None:
                self._say(self._saying, lanes, now)
        except NotReady as away:
            log.warning("put off", code=str(away.code))

    def finish(self) -> None:
        """Write the files and send the last receipts. What is not sent in time is sent at the next start."""
        try:
            self._tally.waiting = self._taking.parked_count()
            if self._files is not None:
                self._files.write()
            if self._saying is not None:
                self._saying.compose()
                self._saying.drain(self._clock, self._clock() + _LAST_SECONDS)
                self._tally.receipts_wait = self._saying.trouble or ""
        except NotReady as away:
            log.warning("put off to the next start", code=str(away.code))

    def _say(self, saying: Saying, lanes: Mapping[str, Mapping[int, LaneState]], now: float) -> None:
        missing = self._asking.due(lanes, now)
        if missing:
            with self._journal.begin() as connection:
                self._journal.tell(connection, missing)
        if self._files is None or self._files.is_current():  # a receipt for what a file still shows would not be true
            saying.compose()
        saying.send()
        self._tally.receipts_wait = saying.trouble or ""
