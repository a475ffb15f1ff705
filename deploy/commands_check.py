"""`pointduty check`. Exit codes: 0 it conforms, 1 it does not, 2 wrong usage."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from deploy.check import Progress
    from deploy.check_plan import CheckPlan
    from producers.adapters.catalogue import Adapter
    from schemas.dialect import Dialect

_Paths = Annotated[list[Path], typer.Argument(metavar="FILE", exists=True, help="Files or folders, plain or gzip.")]
_AdapterName = Annotated[str | None, typer.Option("--adapter", help="How the files are read. Default: by their names.")]
_DialectFile = Annotated[
    Path | None, typer.Option("--dialect", exists=True, dir_okay=False, help="A dialect file of your own system.")
]
_Force = Annotated[str | None, typer.Option("--force", help="Force id. Default: by the files' names.")]
_LeastScore = Annotated[
    float, typer.Option("--min-score", "--fail-under", min=0, max=100, help="Least average score that conforms.")
]
_Page = Annotated[Path | None, typer.Option("--html", dir_okay=False, help="Write the report as one page with charts.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check_command)


def check_command(
    paths: _Paths,
    adapter: _AdapterName = None,
    dialect: _DialectFile = None,
    force: _Force = None,
    min_score: _LeastScore = 0.0,
    html: _Page = None,
    as_json: _AsJson = False,
) -> None:
    """Say what the hub would make of files, before a force goes live: needs no hub, sends nothing, shows no value of a row.

    Exit code 0: every row is standard and the score is at least --min-score; 1: not so; 2: wrong usage.
    """
    from datetime import UTC, datetime
    from time import perf_counter

    from deploy.check import check_files
    from deploy.check_page import write_page
    from deploy.check_report import make_report, print_report
    from deploy.output import ExitCode, note, print_json

    dialects, adapters = _languages(dialect)
    plan = _plan(paths, adapters, adapter, force)
    now, began = datetime.now(UTC), perf_counter()
    with _progress(plan) as progress:
        findings = check_files(plan.work, dialects, now, progress)
    seconds = perf_counter() - began
    report = make_report(findings, plan, min_score, now)
    if html is not None:
        try:
            write_page(report, html)
        except OSError:
            _stop_usage("--html: a file that can be written")
    if as_json:
        print_json(report)
    else:
        print_report(report)
    note(f"{findings.rows:,} rows in {seconds:.1f} s, {findings.rows / max(seconds, 1e-9):,.0f} rows/s")
    if not report["conforms"]:
        raise typer.Exit(ExitCode.FAILED)


def _languages(file: Path | None) -> "tuple[dict[str, Dialect], dict[str, Adapter]]":
    """The dialects and adapters that the project ships, and those of `file`."""
    from deploy.dialects import known_dialects
    from deploy.settings import load_settings
    from producers.adapters.catalogue import adapters_of

    dialects = known_dialects(load_settings().dialects, *([file] if file else []))
    return dialects, adapters_of(dialects)


def _plan(paths: list[Path], adapters: "dict[str, Adapter]", name: str | None, force: str | None) -> "CheckPlan":
    from deploy.check_plan import plan_check
    from deploy.output import note
    from schemas.reference import forces

    if name is not None and name not in adapters:
        _stop_usage(f"--adapter: one of {', '.join(adapters)}")
    if force is not None and force not in forces():
        _stop_usage("--force: a force id, such as northumbria")
    plan = plan_check(paths, adapters, adapters[name] if name else None, force, forces())
    for problem in plan.problems[1:]:
        note(problem)
    if plan.problems:
        _stop_usage(plan.problems[0])
    return plan


@contextmanager
def _progress(plan: "CheckPlan") -> "Iterator[Progress]":
    """A bar on a terminal; quiet elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.fields[rows]:,} rows"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("check", total=sum(one.path.stat().st_size for one in plan.work), rows=0)

        def show(done_bytes: int, rows: int) -> None:
            bar.update(task, completed=done_bytes, rows=rows)

        yield show


def _stop_usage(message: str) -> NoReturn:
    from deploy.output import ExitCode, note

    note(message)
    raise typer.Exit(ExitCode.USAGE)
