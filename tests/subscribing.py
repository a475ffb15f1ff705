"""`pointduty subscribe` as an agency runs it: in a process of its own, or in the test's; and what it leaves behind."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from typer.testing import CliRunner

from consumers.journal_tables import handled
from consumers.record_table import record
from deploy.cli import app
from deploy.clients import client_config
from deploy.topic_reader import read_topics
from schemas.records import Record, decode
from schemas.topics import Topics
from schemas.wire import unframe

ROOT = Path(__file__).parents[1]
RECEIPT = "uk.pointduty.feed.Receipt"


def settings_of(home: Path, topics: Topics) -> dict[str, str]:
    """The environment of an agency's commands."""
    return {"POINTDUTY_HOME": str(home), "POINTDUTY_TOPIC_PREFIX": topics.prefix, "POINTDUTY_LANES": "2"}


def start_command(home: Path, topics: Topics, *words: str) -> "subprocess.Popen[str]":
    """A command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": ".", **settings_of(home, topics)}
    command = [sys.executable, "-c", "from deploy.cli import main; main()", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=pipe, stderr=pipe)


def run_command(home: Path, topics: Topics, *words: str) -> tuple[int, str, str]:
    """A command in a process of its own: exit status, output, what it said beside."""
    with start_command(home, topics, *words) as process:
        output, said = process.communicate(timeout=120)
    return process.returncode, output, said


def run_json(home: Path, topics: Topics, *words: str) -> tuple[int, Any]:
    """A command with --json in this process: exit status, and what it printed."""
    done = CliRunner().invoke(app, [*words, "--json"], env=settings_of(home, topics))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout else None


def rows(engine: sa.Engine) -> dict[str, tuple[int, int]]:
    """By token, revision and sequence of what is held."""
    with engine.connect() as connection:
        return {row.token: (row.revision, row.sequence) for row in connection.execute(sa.select(record))}


def count_handled(engine: sa.Engine) -> int:
    """Deliveries that have a mark; 0 where there is no table yet."""
    try:
        with engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(handled)).scalar_one()
    except sa.exc.SQLAlchemyError:
        return 0


def receipts(home: Path, topics: Topics, agency: str) -> list[Record]:
    """Each receipt that an agency has sent, once."""
    found = read_topics(client_config(home, "admin"), [topics.receipt(agency)])
    return list({r["receipt_id"]: r for r in (decode(RECEIPT, unframe(m.value())[1]) for m in found)}.values())


def said_of(sent: Iterable[Record], *states: str) -> Counter[tuple[str, int, int]]:
    """How often receipts say one of these states of each feed, lane and number."""
    return Counter(
        (receipt["feed"], each["lane"], number)
        for receipt in sent
        for each in receipt["ranges"]
        if each["state"] in states
        for number in range(each["first"], each["last"] + 1)
    )
