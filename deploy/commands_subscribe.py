"""`pointduty subscribe`: read an agency's feeds on the command line."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from consumers.deliveries import Delivery
    from consumers.tally import Tally
    from schemas.topics import Topics

_IDLE_SECONDS = 2.0
"""What `--until-idle` means without a number: the hub's transactions take tens of milliseconds."""

_HELP = """Read an agency's feeds.

Each delivery is printed once it has come; what was printed is committed, so that the next run goes on behind it.
Ctrl-C ends cleanly.

Exit status: 0 everything sent was read; 1 a gap or an unreadable message; 2 wrong options; 3 not authorised or not
set up; 4 no broker."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(name="subscribe", help=_HELP)(subscribe)


def subscribe(
    *,
    agency: Annotated[str, typer.Option(help="The agency's id.")],
    feed: Annotated[list[str] | None, typer.Option(help="A feed of it, or a whole topic name. Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One delivery a line; the summary goes to stderr.")] = False,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when all is read, SECONDS after the last.")] = False,
    idle_seconds: Annotated[float | None, typer.Argument(metavar="SECONDS", min=0, help="For --until-idle; 2.")] = None,
    group: Annotated[str, typer.Option(help="Readers of one group share the feeds and their position.")] = "subscribe",
    from_start: Annotated[bool, typer.Option("--from-start", help="Read again all that is kept.")] = False,
    metrics_port: Annotated[int, typer.Option(help="Port of /metrics and /health on loopback; 0: a free one.")] = 0,
    show_config: Annotated[bool, typer.Option("--show-config", help="Print what a stock client needs, and end.")] = False,
    home: Annotated[Path | None, typer.Option(help="Home folder. Default: POINTDUTY_HOME or .pointduty.")] = None,
) -> None:
    """Run the command."""
    from deploy.settings import load_settings

    if idle_seconds is not None and not until_idle:
        raise typer.BadParameter("SECONDS goes with --until-idle")
    settings = load_settings()
    topics, folder = settings.topics, home or settings.home
    try:
        topics.feed(agency, group)  # ids and names have one form
        chosen = [name if "." in name else topics.feed(agency, name) for name in feed or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    group_id = topics.group(f"agency.{agency}.{group}")
    if show_config:
        _show_config(folder, agency, group_id)
        return
    idle = (_IDLE_SECONDS if idle_seconds is None else idle_seconds) if until_idle else None
    try:
        tally = _run(
            folder,
            topics,
            agency=agency,
            group=group_id,
            chosen=chosen,
            show=_printer(as_json),
            idle=idle,
            from_start=from_start,
            metrics_port=metrics_port,
        )
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: no fault. What it did not take is not committed. Nothing
        # more may be written, at the end of the process either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    _summarise(tally, as_json)
    if not tally.whole:
        raise typer.Exit(1)


def _run(
    home: Path,
    topics: "Topics",
    *,
    agency: str,
    group: str,
    chosen: list[str],
    show: "Callable[[Delivery], None]",
    idle: float | None,
    from_start: bool,
    metrics_port: int,
) -> "Tally":
    from prometheus_client import CollectorRegistry

    from consumers.callbacks import Callbacks
    from consumers.connect import connect, list_feeds
    from consumers.tally import TallyCollector
    from deploy.cluster import load_cluster
    from deploy.credentials import read_credential
    from deploy.metrics_server import serve
    from deploy.output import note
    from deploy.stop_signals import stop_requested
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    cluster = load_cluster(home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER, "cluster.json", "`pointduty up` has not been run for this home")
    credential = read_credential(home, f"agency.{agency}")
    feeds = chosen or list_feeds(credential, topics.feeds_of(agency))
    if not feeds:
        raise Misconfigured(Code.NOT_AUTHORISED, topics.feeds_of(agency) + "*", "the broker shows no such feed")
    registry = CollectorRegistry()
    with (
        stop_requested() as stop,
        connect(
            credential,
            cluster.registry_url,
            group=group,
            feeds=feeds,
            state_folder=home / "subscriptions",
            callbacks=Callbacks(on_delivery=show, ends=(BrokenPipeError,)),
            from_start=from_start,
        ) as subscriber,
        serve(registry, subscriber.health, metrics_port) as server,
    ):
        registry.register(TallyCollector(subscriber.tally))
        note(f"reading {', '.join(feeds)}; metrics at 127.0.0.1:{server.port}/metrics")
        return subscriber.run(stop, idle)


def _printer(as_json: bool) -> "Callable[[Delivery], None]":
    from consumers.display import delivery_json, delivery_line

    form = delivery_json if as_json else delivery_line

    def show(delivery: "Delivery") -> None:
        sys.stdout.write(form(delivery) + "\n")
        sys.stdout.flush()  # what is committed must have left this process

    return show


def _summarise(tally: "Tally", as_json: bool) -> None:
    import orjson

    from deploy.output import note, print_table

    if as_json:
        note(orjson.dumps(tally.as_dict()).decode())
        return
    rows = [(str(action), count) for action, count in sorted(tally.handled.items())]
    faults = [("repeats", tally.repeats), ("gaps", tally.gaps), ("missing", tally.missing)]
    late = [("came late", tally.filled), ("unreadable", tally.unreadable)]
    print_table("Deliveries", ["", "count"], [*rows, *faults, *late])


def _show_config(home: Path, agency: str, group: str) -> None:
    from consumers.connect import make_consumer_config
    from deploy.credentials import credential_file, read_credential

    username = f"agency.{agency}"
    config = make_consumer_config(read_credential(home, username), group)
    config.pop("sasl.password", None)
    print(f"# librdkafka properties; sasl.password is in {credential_file(home, username)}")
    for key, value in config.items():
        print(f"{key}={value}")
