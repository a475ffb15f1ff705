"""How a long start shows that it goes on: a bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

PLAIN_STEP_PERCENT = 10
"""A plain log gets one line for each tenth of a download."""


class Watcher(Protocol):
    """What a start tells of itself. `fetched` may be called from several threads, one at a time."""

    def step(self, text: str) -> None:
        """Something begins or is done."""

    def fetched(self, done_bytes: int, total_bytes: int) -> None:
        """So much of the download is here."""


class Silent:
    """Tells nobody."""

    def step(self, text: str) -> None:
        """Ignore it."""

    def fetched(self, done_bytes: int, total_bytes: int) -> None:
        """Ignore it."""


class Lines:
    """One line for each step, and for each tenth of a download."""

    def __init__(self) -> None:
        self._next_percent = 0

    def step(self, text: str) -> None:
        """Print a line."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def fetched(self, done_bytes: int, total_bytes: int) -> None:
        """Print a line when another tenth has come."""
        percent = done_bytes * 100 // max(1, total_bytes)
        if percent >= self._next_percent:
            self._next_percent = percent - percent % PLAIN_STEP_PERCENT + PLAIN_STEP_PERCENT
            self.step(f"fetching Kafka and registry: {done_bytes / 1e6:.0f} of {total_bytes / 1e6:.0f} MB")


class Bar:
    """Steps as lines, a download as a bar. A context manager, because a bar must leave the terminal in order."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def step(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, highlight=False)

    def fetched(self, done_bytes: int, total_bytes: int) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._progress.add_task("fetching Kafka and registry", total=total_bytes)
        self._progress.update(self._task, completed=done_bytes, total=total_bytes)
