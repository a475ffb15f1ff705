"""One run of `pointduty subscribe`: an agency's feeds and recalls, printed or put into a sink, and receipts for them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from consumers.callbacks import Callbacks
from consumers.connect import connect, list_feeds
from consumers.deliveries import Taken
from consumers.display import item_json, item_line
from consumers.sinks import Sink
from consumers.tally import Tally, TallyCollector
from deploy.cluster import Cluster, load_cluster
from deploy.credentials import read_credential
from deploy.metrics_server import serve
from deploy.output import note
from deploy.stop_signals import stop_requested
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.topics import Topics

STATE_FOLDER = "subscriptions"
"""Where, in the home folder, what must survive a restart is kept."""


@dataclass(frozen=True)
class Wanted:
    """What a run is to do."""

    home: Path
    topics: Topics
    agency: str
    group: str
    feeds: tuple[str, ...]
    """Topics; empty: all of the agency's."""
    sink: Sink | None
    """Where deliveries go; without one they are printed."""
    as_json: bool
    printed_is_handled: bool
    """Whether receipts of a run that prints say HANDLED, and not RECEIVED."""
    from_start: bool
    idle_seconds: float | None
    """End so long after the last delivery; None: never."""
    metrics_port: int


def find_cluster(home: Path) -> Cluster:
    """The cluster of a home folder. Raises Misconfigured (PD-404)."""
    cluster = load_cluster(home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER, "cluster.json", "`pointduty up` has not been run for this home")
    return cluster


def run_subscriber(wanted: Wanted) -> Tally:
    """Read until a signal or until all is read. The tally has the last receipts too. Raises what `connect` and `run` raise."""
    cluster, topics = find_cluster(wanted.home), wanted.topics
    credential = read_credential(wanted.home, f"agency.{wanted.agency}")
    feeds = list(wanted.feeds) or list_feeds(credential, topics.feeds_of(wanted.agency))
    if not feeds:
        raise Misconfigured(Code.NOT_AUTHORISED, topics.feeds_of(wanted.agency) + "*", "the broker shows no such feed")
    show = _printer(wanted.as_json)
    printing = Callbacks(on_delivery=show, on_recall=show, takes_over=wanted.printed_is_handled, ends=(BrokenPipeError,))
    registry = CollectorRegistry()
    with (
        stop_requested() as stop,
        connect(
            credential,
            cluster.registry_url,
            group=wanted.group,
            feeds=feeds,
            state_folder=wanted.home / STATE_FOLDER,
            callbacks=printing if wanted.sink is None else None,
            sink=wanted.sink,
            recall=topics.recall(wanted.agency),
            receipt=topics.receipt(wanted.agency),
            from_start=wanted.from_start,
            withdrew=show,
        ) as subscriber,
        serve(registry, subscriber.health, wanted.metrics_port) as server,
    ):
        registry.register(TallyCollector(subscriber.tally))
        note(f"reading {', '.join(feeds)} and recalls; metrics at 127.0.0.1:{server.port}/metrics")
        return subscriber.run(stop, wanted.idle_seconds)


def _printer(as_json: bool) -> Callable[[Taken], None]:
    form = item_json if as_json else item_line

    def show(item: Taken) -> None:
        sys.stdout.write(form(item) + "\n")
        sys.stdout.flush()  # what is committed must have left this process

    return show
