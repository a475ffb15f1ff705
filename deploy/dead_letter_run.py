"""One run of `dead-letters`: files and clients are opened here and handed in."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.dead_letter_desk import Desk, Means, Mending, Wanted
from deploy.dialects import known_dialects
from deploy.force_clients import connect_force, default_outbox, mended_file
from deploy.force_view import ForceView
from deploy.settings import Settings
from producers.dead_letters import Letter
from producers.door import Door
from producers.mended_file import MendedFile
from producers.outbox import Outbox, Receipt
from producers.publisher import Publisher
from producers.resubmission import Mended
from producers.row import Refusal
from producers.sending import Sender
from schemas.codes import Code
from schemas.dialect import systems_with_default
from schemas.errors import Refused
from stream_processors.national import load_national

_T = TypeVar("_T")


@dataclass
class Resubmitted:
    """What became of letters: `sent` by id, with version and whether it was a resend; `refused` by id, with the reason."""

    sent: dict[str, tuple[int, bool]] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    waiting: int = 0
    trouble: Code | None = None


@contextmanager
def open_desk(settings: Settings, force: str, *dialect_files: Path) -> Iterator[Desk]:
    """The force's desk with all its letters. Its dialects are those that the hub has, and these files.

    Raises NotReady, Misconfigured.
    """
    dialects, view = known_dialects(settings.dialects, *dialect_files), ForceView(settings, force)
    with MendedFile(mended_file(settings, force), force) as mended:
        yield Desk(view.read_letters(), mended, Door(force, systems_with_default(dialects)), dialects)


def mend(desk: Desk, wanted: Wanted, means: Means, *, keep: bool) -> list[Mending]:
    """Mend the letters that are meant, and keep what nothing is wrong with any more, unless `keep` is False.

    All of it is kept in one transaction, or after a crash nothing. Raises Refused (NO_SUCH_LETTER), ValueError (a setting).
    """
    now, letters = _now(), desk.find(wanted)
    found = list(watched(desk.mend(letters, means, load_national(), now), "mended", len(letters)))
    if keep:
        desk.keep(found, now)
    return found


def resubmit(
    settings: Settings, force: str, desk: Desk, letters: Iterable[Letter], outbox: Path | None, wait_seconds: float
) -> Resubmitted:
    """Through the outbox to the hub, oldest first. Raises NotReady (OUTBOX_IN_USE), Misconfigured.

    A crash here leaves each letter in the outbox or not; doing it again sends the same bytes, or finds it superseded.
    """
    result = Resubmitted()
    ready: list[tuple[Letter, Mended]] = []
    for letter in letters:
        try:
            ready.append((letter, desk.resubmittable(letter, _now())))
        except Refused as refused:
            result.refused[letter.id] = Refusal.of(refused)
    with ExitStack() as stack:
        opened = stack.enter_context(Outbox(outbox or default_outbox(settings, force), Door(force), _now))
        make_producer, schema_id = connect_force(settings, force, stack, {})
        sender = Sender(opened, make_producer, settings.topics, schema_id)
        stack.callback(sender.close)
        publisher = Publisher(opened, sender, _now)
        answers = list(watched(publisher.resubmit([mended for _, mended in ready]), "resubmitted", len(ready)))
        _keep(desk, [letter for letter, _ in ready], answers, result)
        result.waiting = publisher.drain(wait_seconds)
        result.trouble = sender.trouble
    return result


def _keep(desk: Desk, letters: Sequence[Letter], answers: Sequence[Receipt | Refusal], result: Resubmitted) -> None:
    sent, superseded = {}, []
    for letter, answer in zip(letters, answers, strict=True):
        if isinstance(answer, Refusal):
            result.refused[letter.id] = answer
            superseded += [letter.key] if answer.code == Code.SUPERSEDED else []
        else:
            result.sent[letter.id] = (answer.version, answer.resend)
            sent[letter.key] = (answer.version, answer.event_id)
    desk.keep_resubmitted(sent, superseded)


def watched(items: Iterable[_T], what: str, total: int | None = None) -> Iterator[_T]:
    """The same items, with a progress bar on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            yield item
            progress.advance(task)


def _now() -> datetime:
    return datetime.now(UTC)
