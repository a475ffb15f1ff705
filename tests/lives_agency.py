"""Some agencies of a hub, each a subscriber that stores into a SQLite file of its own, in one process.

    python lives_agency.py FOLDER IDLE AGENCY=FEED,FEED...

Home and topics come from the environment, as for the command line. IDLE: end when all is read and so many seconds have passed;
0: never. A feed that is refused (its agency is suspended) or a broker that is away is tried again: an agency would do so too.
"""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson

from consumers.connect import connect
from consumers.sinks import sqlite_sink
from deploy.access_rules import agency_user
from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.settings import Settings, load_settings
from deploy.stop_signals import stop_requested
from schemas.errors import Misconfigured, NotReady

AGAIN_SECONDS = 1.0
"""Pause before a refused subscriber tries again."""


def read(settings: Settings, folder: Path, agency: str, feeds: list[str], idle: float, stop: Callable[[], bool]) -> None:
    """Store what the agency is sent, until it is to stop, or all is read."""
    cluster = load_cluster(settings.home)
    assert cluster is not None
    topics = settings.topics
    while not stop():
        with (
            suppress(Misconfigured, NotReady),
            connect(
                client_config(settings.home, agency_user(agency)),
                cluster.registry_url,
                group=topics.group(f"{agency_user(agency)}.lives"),
                feeds=[topics.feed(agency, feed) for feed in feeds],
                state_folder=folder / "state",
                sink=sqlite_sink(folder / f"{agency}.sqlite"),
                recall=topics.recall(agency),
                receipt=topics.receipt(agency),
            ) as subscriber,
        ):
            tally = subscriber.run(stop, idle or None)
            if idle and not stop():
                sys.stdout.write(orjson.dumps({"agency": agency, **tally.as_dict()}).decode() + "\n")
                return
        time.sleep(AGAIN_SECONDS)


def main() -> None:
    """A thread for each agency."""
    folder, idle, *listed = sys.argv[1:]
    settings = load_settings()
    with stop_requested() as stop:
        threads = []
        for item in listed:
            agency, _, feeds = item.partition("=")
            arguments = (settings, Path(folder), agency, feeds.split(","), float(idle), stop)
            threads.append(threading.Thread(target=read, args=arguments, name=agency))
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # a join without a time would not let the signal be heard
                thread.join(0.2)


if __name__ == "__main__":
    main()
