"""`pointduty subscribe --verify`: the hub's signed manifests, held against what an agency has read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from consumers.connect import group_place, read_cluster_id
from consumers.journal import Journal
from consumers.receipts import receipt_feed
from consumers.schema_cache import SchemaCache
from consumers.sinks import JOURNAL_END, RECORDS_END, open_journal
from consumers.verifying import DayCheck, Kept, LaneRange, Verdict, newest, unlisted, verify_day
from deploy.credentials import read_credential
from deploy.hub_records import now_ms
from deploy.sink_choice import SinkChoice, make_sink
from deploy.subscribe_run import STATE_FOLDER, find_cluster
from deploy.topic_reader import read_topics
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import Record, decode_with
from schemas.topics import Topics
from schemas.wire import unframe


@dataclass(frozen=True)
class Verified:
    """What came of it."""

    days: list[DayCheck]
    unlisted: dict[str, tuple[LaneRange, ...]]
    """By feed, what the agency has and no manifest names. Only where all days were asked for."""

    @property
    def is_right(self) -> bool:
        """Whether something was signed, and the agency has just that."""
        return bool(self.days) and not self.unlisted and all(each.verdict is Verdict.RIGHT for each in self.days)


@dataclass(frozen=True)
class Reader:
    """Who has read what is to be verified."""

    home: Path
    topics: Topics
    agency: str
    group: str
    choice: SinkChoice | None
    feeds: tuple[str, ...]
    """Topics; empty: all, and recalls."""


def verify_read(reader: Reader, day: date | None, pinned: str) -> Verified:
    """Check the manifests of a day, or all. Raises NotReady, Misconfigured (PD-519: nothing was read with these options)."""
    cluster, credential = find_cluster(reader.home), read_credential(reader.home, f"agency.{reader.agency}")
    folder = reader.home / STATE_FOLDER / read_cluster_id(credential)
    with open_existing(folder, reader.group, reader.choice) as engine, requests.Session() as session:
        journal = Journal(engine, now_ms)
        schemas = SchemaCache(cluster.registry_url, folder / "schemas", session)
        manifests = [one for one in newest(_manifests(reader, credential, schemas)) if _is_asked(reader, one["feed"])]
        names = {receipt_feed(topic): topic for topic in journal.feeds()}
        kept = {feed: journal.kept(names[feed]) if feed in names else Kept([], []) for feed in {m["feed"] for m in manifests}}
    asked = [one for one in manifests if day is None or one["day"] == day.isoformat()]
    days = [verify_day(one, kept[one["feed"]], pinned) for one in asked]
    found = {feed: unlisted((one for one in manifests if one["feed"] == feed), kept[feed]) for feed in kept}
    return Verified(days, {feed: ranges for feed, ranges in sorted(found.items()) if ranges and day is None})


def pinned_key(given: str) -> str:
    """The key that was given as text, or in a file."""
    file = Path(given)
    try:
        return file.read_text().strip() if file.is_file() else given
    except (OSError, ValueError):
        raise Misconfigured(Code.BAD_SETTING, "--key", "its file can't be read") from None


@contextmanager
def open_existing(folder: Path, group: str, choice: SinkChoice | None) -> Iterator[sa.Engine]:
    """The database of a group that has read something; none is made. Raises Misconfigured (PD-519)."""
    place = group_place(folder, group)
    file = place.with_name(place.name + (JOURNAL_END if choice is None else RECORDS_END))
    if choice is not None and choice.kind == "sqlite":
        file = Path(choice.place)
    if (choice is None or choice.kind != "database") and not file.exists():
        raise Misconfigured(Code.NOTHING_KEPT)
    engine = open_journal(place, make_sink(choice) if choice is not None else None)
    try:
        yield engine
    finally:
        engine.dispose()


def _manifests(reader: Reader, credential: Mapping[str, str], schema_of: Any) -> Iterator[Record]:
    config = {**credential, "group.id": reader.topics.group(f"agency.{reader.agency}.verify"), "log_level": "2"}
    for message in read_topics(config, [reader.topics.manifest(reader.agency)]):
        schema_id, body = unframe(message.value())
        yield decode_with(schema_of(schema_id), body)


def _is_asked(reader: Reader, feed: str) -> bool:
    return not reader.feeds or feed in {receipt_feed(topic) for topic in reader.feeds}
