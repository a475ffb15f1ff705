"""One run of `publish`: files to outboxes to the hub, force by force. Clients are made here and handed in."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from deploy.force_clients import connect_force, default_outbox
from deploy.settings import Settings
from producers.acting import mark_rows
from producers.adapters.catalogue import Adapter
from producers.door import Door
from producers.loading import Counts, load_file, plan_files
from producers.outbox import LIMIT_EVENTS, Outbox
from producers.publisher import Outcome, Publisher, check_row
from producers.row import Refusal, Row
from producers.sending import Sender
from schemas.actions import Action
from schemas.codes import Code, describe
from schemas.dialect import Dialect, systems_with_default
from schemas.reference import forces
from schemas.text import printable

SHOWN_REFUSALS = 20
"""Refusals printed one by one; all of them are in the rejects file."""

PROGRESS_ROWS = 1000
"""Rows between two updates of the progress bar."""


@dataclass(frozen=True)
class Options:
    """What was asked for. `force` None: each file's name tells its force."""

    force: str | None
    adapter: Adapter
    dialects: Mapping[str, Dialect]
    paths: tuple[Path, ...]
    is_strict: bool
    is_dry: bool
    outbox: Path | None
    outbox_limit: int | None
    rejects: Path
    wait_seconds: float
    action: Action | None = None
    """What every row is for; None: what its submission says."""


@dataclass
class _Run:
    settings: Settings
    options: Options
    progress: Progress
    counts: Counts = field(default_factory=Counts)
    waiting: int = 0
    held: int = 0
    trouble: Code | None = None
    shown: list[dict[str, object]] = field(default_factory=list)
    rejects: TextIO | None = None
    schema_ids: dict[str, int] = field(default_factory=dict)
    """By record name: one text has one id under every force's subject, so the registry is asked once for all of them."""

    @property
    def is_stopped(self) -> bool:
        return self.options.is_strict and self.counts.refused > 0

    def report(self, path: Path, line: int, refusal: Refusal) -> None:
        """Keep one refusal: file, line, code, field path; never what the row said."""
        meaning = describe(refusal.code)
        entry: dict[str, object] = {"file": str(path), "line": line, "code": refusal.code, "field": refusal.field}
        if self.rejects is None:
            self.options.rejects.parent.mkdir(parents=True, exist_ok=True)
            self.rejects = self.options.rejects.open("w", encoding="utf-8")
        told = entry | {"title": meaning.title, "expected": meaning.expected, "mend": meaning.mend}
        self.rejects.write(orjson.dumps(told).decode() + "\n")
        if len(self.shown) < SHOWN_REFUSALS:
            self.shown.append(entry)
            where = f" at {refusal.field}" if refusal.field else ""
            text = printable(f"{path}:{line}: {refusal.code}{where}: {meaning.title}")
            self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


def run(settings: Settings, options: Options) -> dict[str, object]:
    """Publish, and answer with the counts. Raises PointDutyError where nothing can be begun."""
    plan = plan_files(options.adapter, options.paths, options.force, forces())
    work = plan.files if options.paths or options.force is None else {options.force: []}
    with _progress() as progress:
        state = _Run(settings, options, progress)
        for path, refusal in plan.refused:
            state.counts.add(Outcome(0, None, refusal))
            state.report(path, 0, refusal)
        total = sum(file.stat().st_size for files in plan.files.values() for file in files)
        task = progress.add_task("publish", total=total, rows=0)
        for force, files in work.items():
            if not state.is_stopped:
                _check(state, force, files, task) if options.is_dry else _publish(state, force, files, task)
        if state.rejects is not None:
            state.rejects.close()
    return _summary(state, plan.left_out)


def _publish(state: _Run, force: str, files: list[Path], task: TaskID) -> None:
    options, now = state.options, lambda: datetime.now(UTC)
    with ExitStack() as stack:
        limit = options.outbox_limit or LIMIT_EVENTS
        outbox = stack.enter_context(Outbox(_outbox_path(state, force), _door(state, force), now, limit_events=limit))
        make_producer, schema_id = connect_force(state.settings, force, stack, state.schema_ids)
        sender = Sender(outbox, make_producer, state.settings.topics, schema_id)
        stack.callback(sender.close)
        publisher = Publisher(outbox, sender, now)
        _load(state, force, files, task, lambda rows: publisher.accept_rows(rows, options.is_strict))
        state.waiting += publisher.drain(options.wait_seconds)
        state.held += outbox.held_events
        state.trouble = sender.trouble or state.trouble


def _door(state: _Run, force: str) -> Door:
    return Door(force, systems_with_default(state.options.dialects))


def _check(state: _Run, force: str, files: list[Path], task: TaskID) -> None:
    door, now = _door(state, force), datetime.now(UTC)

    def take(rows: Iterator[Row]) -> Iterator[Outcome]:
        for row in rows:
            checked = check_row(row, door, now)
            yield Outcome(row.line, None, checked if isinstance(checked, Refusal) else None)
            if state.is_stopped:
                return

    _load(state, force, files, task, take)


def _load(state: _Run, force: str, files: list[Path], task: TaskID, take: Callable[[Iterator[Row]], Iterator[Outcome]]) -> None:
    names, action = (forces()[force].name,), state.options.action
    marked = take if action is None else lambda rows: take(mark_rows(rows, action))
    for path in files:
        before = 0
        positions = load_file(state.options.adapter, path, names, take=marked, counts=state.counts, report=state.report)
        for number, position in enumerate(positions):
            if number % PROGRESS_ROWS == 0:
                state.progress.update(task, advance=position - before, rows=state.counts.rows_read)
                before = position
        state.progress.update(task, advance=path.stat().st_size - before, rows=state.counts.rows_read)
        if state.is_stopped:
            return


def _outbox_path(state: _Run, force: str) -> Path:
    if state.options.outbox is None:
        return default_outbox(state.settings, force)
    return state.options.outbox if state.options.force else state.options.outbox / f"{force}.sqlite"


def _progress() -> Progress:
    columns = (TextColumn("{task.fields[rows]} rows"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


def _summary(state: _Run, left_out: int) -> dict[str, object]:
    counts = asdict(state.counts)
    counts["refused_by_code"] = {str(code): number for code, number in state.counts.refused_by_code.items()}
    return {
        **counts,
        "waiting": state.waiting,
        "held": state.held,
        "files_left_out": left_out,
        "trouble": state.trouble,
        "first_refusals": state.shown,
        "rejects": str(state.options.rejects) if state.rejects is not None else None,
    }
