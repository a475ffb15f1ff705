"""Reads what came of a hub: its standard events, and what each agency's sink holds."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from lives_model import as_row

from consumers.database import open_file
from consumers.record_table import record as record_table
from deploy.clients import client_config
from deploy.demo_hub import RunningHub
from deploy.nation.truth import VersionRow
from deploy.nation.truth_reader import read_truth
from deploy.registry import Registry, record_name
from deploy.topic_reader import read_topics
from schemas.records import Record, decode
from schemas.wire import unframe
from stream_processors.rule_set import RuleSet


def read_events(hub: RunningHub) -> Iterator[Record]:
    """Every standard event, each lane's in its order."""
    config = client_config(hub.settings.home, hub.cluster.admin_username)
    names: dict[int, str] = {}
    with closing(Registry(hub.cluster.registry_url)) as registry:
        for message in read_topics(config, [hub.settings.topics.standard]):
            schema_id, body = unframe(message.value())
            if schema_id not in names:
                text = registry.read_schema(schema_id)
                assert text is not None
                names[schema_id] = record_name(text)
            yield decode(names[schema_id], body)


def read_sinks(folder: Path, prefix: str) -> dict[str, dict[str, str]]:
    """By feed (`agency.feed`): token to row, as the agencies' databases have it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(folder.glob("*.sqlite")):
        engine = open_file(file)
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table(record_table.name):
                continue
            for row in connection.execute(sa.select(record_table)).mappings():
                found[row["feed"].removeprefix(f"{prefix}feed.")][row["token"]] = as_row(row)
        engine.dispose()
    return found


def find_strings(folder: Path, words: Sequence[str]) -> list[str]:
    """Files of the agencies in which one of these strings stands, as bytes: deleted rows too."""
    found = []
    for file in sorted(folder.glob("*.sqlite*")):
        content = file.read_bytes()
        found += [file.name for word in words if word.encode() in content]
    return found


def checks_of(folder: Path) -> list[str]:
    """Databases that SQLite itself finds broken."""
    broken = []
    for file in sorted(folder.glob("*.sqlite")):
        with closing(sqlite3.connect(file)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                broken.append(file.name)
    return broken


def truth_of(file: Path) -> dict[str, VersionRow]:
    """The last accepted version of each record, as the nation's truth has it."""
    last: dict[str, VersionRow] = {}
    for row in read_truth(file).versions():
        if row.outcome == "NEW" and (row.record not in last or last[row.record].version < row.version):
            last[row.record] = row
    return last


def compare_truth(
    last: Mapping[str, VersionRow],
    held: Mapping[str, Mapping[str, str]],
    rules: RuleSet,
    apart: frozenset[str],
    ended: Sequence[str],
    readers: frozenset[str] = frozenset(),
) -> tuple[int, list[str]]:
    """Records as the truth says who may hold them, and who holds them: how many pairs of record and agency agree, and those
    that do not. `apart`: records of which the truth does not know what came of them; `ended`: agreements; `readers`: whom
    we look at, all where there are none."""
    holders: dict[str, set[str]] = defaultdict(set)
    for feed, records in held.items():
        for name in records:
            holders[name].add(rules.by_feed[feed].agency.id)
    standing = {agreement.id for agreement in rules.agreements} - set(ended)
    kinds = {bound.agency.id for bound in rules.by_feed.values() if bound.agreement.id in standing}
    kinds = kinds & readers if readers else kinds
    agreed, different = 0, []
    for name, row in sorted(last.items()):
        if name in apart:
            continue
        may = {agency for agency in row.receive if agency in kinds}
        agreed += len(may & holders[name])
        different += [f"{name} v{row.version}: {agency} holds it not" for agency in sorted(may - holders[name])]
        different += [f"{name} v{row.version}: {agency} holds it" for agency in sorted(holders[name] - may)]
    return agreed, different
