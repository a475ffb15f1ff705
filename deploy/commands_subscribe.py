"""`pointduty subscribe`: read an agency's feeds on the command line, or hold what was read against the hub's manifests."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from consumers.tally import Tally
    from deploy.settings import Settings
    from deploy.sink_choice import SinkChoice

_IDLE_SECONDS = 2.0
"""What `--until-idle` means without a number: the hub's transactions take tens of milliseconds."""

_HELP = """Read an agency's feeds and recalls.

Without a sink each delivery is printed once it has come. With one of --jsonl, --csv, --parquet, --sqlite and --database it is
kept there, updates and withdrawals are applied to what is kept, and each withdrawal is printed. The next run goes on behind.

The hub is sent receipts: HANDLED and WITHDRAWN for what a sink has taken, RECEIVED for what was only printed. A number that
is missing is asked for again. Ctrl-C ends cleanly.

--verify reads nothing, and holds what was read by the same options against the manifests that the hub has signed.

Exit status: 0 everything sent was read; 1 a gap, an unreadable or a parked delivery, receipts that can't be sent, a manifest
that is not met; 2 wrong options; 3 not authorised or not set up; 4 no broker."""

Jsonl = Annotated[Path | None, typer.Option("--jsonl", metavar="FILE", help="Keep what is held in FILE: a JSON object a line.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Keep what is held in FILE, as CSV.")]
Parquet = Annotated[
    Path | None, typer.Option("--parquet", metavar="FILE", help="Keep what is held in FILE, as Parquet: needs pyarrow.")
]
Sqlite = Annotated[
    Path | None, typer.Option("--sqlite", metavar="FILE", help="Keep what is held in FILE, a SQLite database: table `record`.")
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The same in a database: postgresql://user@host/name. Leave the password to ~/.pgpass or PGPASSWORD.",
    ),
]
Home = Annotated[Path | None, typer.Option(help="Home folder. Default: POINTDUTY_HOME or .pointduty.")]
Group = Annotated[str | None, typer.Option(help="Readers of one group and sink share the feeds and their position.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(name="subscribe", help=_HELP)(subscribe)


def subscribe(
    *,
    agency: Annotated[str, typer.Option(help="The agency's id.")],
    feed: Annotated[list[str] | None, typer.Option(help="A feed of it, or a whole topic name. Default: all.")] = None,
    jsonl: Jsonl = None,
    csv: Csv = None,
    parquet: Parquet = None,
    sqlite: Sqlite = None,
    database: Database = None,
    as_json: Annotated[bool, typer.Option("--json", help="One delivery a line; the summary goes to stderr.")] = False,
    printed_is_handled: Annotated[
        bool, typer.Option("--printed-is-handled", help="Without a sink: receipts say HANDLED. For a program behind a pipe.")
    ] = False,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when all is read, SECONDS after the last.")] = False,
    idle_seconds: Annotated[float | None, typer.Argument(metavar="SECONDS", min=0, help="For --until-idle; 2.")] = None,
    group: Group = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Read again all that is kept.")] = False,
    metrics_port: Annotated[int, typer.Option(help="Port of /metrics and /health on loopback; 0: a free one.")] = 0,
    show_config: Annotated[bool, typer.Option("--show-config", help="Print what a stock client needs, and end.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check what was read against the hub's signed manifests.")] = False,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --verify: only this UTC day. Default: all there are.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="With --verify: what `pointduty signing-key` prints at the hub, or a file that holds it.")
    ] = None,
    home: Home = None,
) -> None:
    """Run the command."""
    from deploy.settings import load_settings

    _check(idle_seconds, until_idle, verify, day, key)
    settings = load_settings()
    settings = settings.model_copy(update={"home": home or settings.home})
    choice = sink_of(jsonl, csv, parquet, sqlite, database)
    if choice is not None and printed_is_handled:
        raise typer.BadParameter("--printed-is-handled is for a run without a sink")
    group_id, feeds = _names(settings, agency, group, choice, feed)
    if show_config:
        _show_config(settings.home, agency, group_id)
        return
    if verify:
        _verify(settings, agency, group_id, choice, feeds, day, key or "", as_json)
        return
    idle = (_IDLE_SECONDS if idle_seconds is None else idle_seconds) if until_idle else None
    shown = (as_json, printed_is_handled)
    _read(settings, agency, group_id, choice, feeds, shown, from_start, idle, metrics_port)


def sink_of(
    jsonl: Path | None, csv: Path | None, parquet: Path | None, sqlite: Path | None, database: str | None
) -> "SinkChoice | None":
    """The sink of the options; several are wrong usage."""
    from deploy.sink_choice import choose_sink

    try:
        return choose_sink(jsonl=jsonl, csv=csv, parquet=parquet, sqlite=sqlite, database=database)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _names(
    settings: "Settings", agency: str, group: str | None, choice: "SinkChoice | None", feeds: list[str] | None
) -> tuple[str, tuple[str, ...]]:
    """The group and the topics that options mean."""
    from deploy.sink_choice import PRINTING

    topics = settings.topics
    chosen_group = group or PRINTING
    if choice is not None:
        chosen_group = choice.group(chosen_group)
    try:
        topics.feed(agency, chosen_group)  # ids and names have one form
        chosen = tuple(name if "." in name else topics.feed(agency, name) for name in feeds or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return topics.group(f"agency.{agency}.{chosen_group}"), chosen


def _check(idle_seconds: float | None, until_idle: bool, verify: bool, day: datetime | None, key: str | None) -> None:
    if idle_seconds is not None and not until_idle:
        raise typer.BadParameter("SECONDS goes with --until-idle")
    if not verify and (day is not None or key is not None):
        raise typer.BadParameter("--day and --key go with --verify")
    if verify and not key:
        raise typer.BadParameter("--verify needs --key: the hub's key, which you were given on another way than by the hub")


def _read(
    settings: "Settings",
    agency: str,
    group: str,
    choice: "SinkChoice | None",
    feeds: tuple[str, ...],
    shown: tuple[bool, bool],
    from_start: bool,
    idle: float | None,
    metrics_port: int,
) -> None:
    from deploy.sink_choice import make_sink
    from deploy.subscribe_run import Wanted, run_subscriber

    sink = make_sink(choice) if choice is not None else None
    try:
        tally = run_subscriber(
            Wanted(settings.home, settings.topics, agency, group, feeds, sink, *shown, from_start, idle, metrics_port)
        )
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: no fault. What it did not take is not committed. Nothing
        # more may be written, at the end of the process either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    _summarise(tally, shown[0])
    _end(tally)


def _end(tally: "Tally") -> None:
    from deploy.output import ExitCode, note, print_error
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    for feed in sorted(tally.refused):
        print_error(Misconfigured(Code.NOT_AUTHORISED, feed, "this user may not read the feed, or it is suspended"))
    if tally.refused:
        raise typer.Exit(ExitCode.MISCONFIGURED)
    if tally.receipts_wait:
        note(f"receipts wait for the next start: {tally.receipts_wait}")
    if tally.receipts_wait or not tally.whole:
        raise typer.Exit(ExitCode.FAILED)


def _summarise(tally: "Tally", as_json: bool) -> None:
    import orjson

    from deploy.output import note, print_table

    if as_json:
        note(orjson.dumps(tally.as_dict()).decode())
        return
    rows = [(str(action), count) for action, count in sorted(tally.handled.items())]
    faults = [("repeats", tally.repeats), ("gaps", tally.gaps), ("missing", tally.missing)]
    late = [("came late", tally.filled), ("unreadable", tally.unreadable), ("parked", tally.waiting)]
    print_table("Deliveries", ["", "count"], [*rows, *faults, *late])


def _verify(
    settings: "Settings",
    agency: str,
    group: str,
    choice: "SinkChoice | None",
    feeds: tuple[str, ...],
    day: datetime | None,
    key: str,
    as_json: bool,
) -> None:
    from deploy.output import ExitCode
    from deploy.verify_report import show_verified
    from deploy.verify_run import Reader, pinned_key, verify_read

    reader = Reader(settings.home, settings.topics, agency, group, choice, feeds)
    found = verify_read(reader, day.date() if day is not None else None, pinned_key(key))
    show_verified(found, agency, as_json)
    if not found.is_right:
        raise typer.Exit(ExitCode.FAILED)


def _show_config(home: Path, agency: str, group: str) -> None:
    from consumers.connect import make_consumer_config
    from deploy.credentials import credential_file, read_credential

    username = f"agency.{agency}"
    config = make_consumer_config(read_credential(home, username), group)
    config.pop("sasl.password", None)
    print(f"# librdkafka properties; sasl.password is in {credential_file(home, username)}")
    for key, value in config.items():
        print(f"{key}={value}")
