"""`pointduty subscribe` into a sink, on the real broker: killed, refused, parked; what it holds, says and leaves in files."""

import json
import random
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from agency_database import KINDS, new_postgres_database, postgres_url
from feed_hub import Hub, make_hub, wait_for
from feed_maker import delivery
from pyarrow import parquet
from subscribing import count_handled, receipts, rows, run_command, run_json, said_of, start_command

from consumers.database import open_file, open_url
from consumers.journal_tables import handled

KILLS, COUNT = 5, 12_000
IDLE = ("--until-idle", "0.3")


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 8) as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL."""
    with postgres_url(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[str], sa.Engine]]:
    """The options of a sink of each kind, and its database. The URL has a password, which no one may print."""
    if request.param == "sqlite":
        file = tmp_path / "agency.sqlite"
        options, engine = ["--sqlite", str(file)], open_file(file)
    else:
        url = new_postgres_database(request.getfixturevalue("server"))
        options, engine = ["--database", url.replace("pd@", "pd:a-password@")], open_url(url)
    yield options, engine
    engine.dispose()


def history(count: int, seed: int) -> tuple[list[dict[str, Any]], dict[str, tuple[int, int]]]:
    """Deliveries of three lanes as a hub sends them, and what is held after them: by token, revision and sequence."""
    chance, last, revisions = random.Random(seed), [0, 0, 0], dict[str, int]()
    sent: list[dict[str, Any]] = []
    held: dict[str, tuple[int, int]] = {}
    for number in range(count):
        lane, name = chance.randrange(3), chance.choice(sorted(held)) if held and chance.random() < 0.3 else f"t{number}"
        action = "SHARE" if name not in held else chance.choice(["UPDATE", "UPDATE", "WITHDRAW"])
        lane = lane if name not in held else int(name.rpartition("-")[2] or 0)
        name = name if name in held else f"{name}-{lane}"
        last[lane] += 1
        revisions[name] = revisions.get(name, 0) + 1
        sent.append(delivery(lane, last[lane], action, revision=revisions[name], token=name))
        held[name] = (revisions[name], last[lane])
        if action == "WITHDRAW":
            del held[name]
    return sent, held


def test_killed_again_and_again_it_holds_what_the_model_holds(hub: Hub, place: tuple[list[str], sa.Engine]) -> None:
    """A subscriber killed with SIGKILL five times while it fills a database: the table is the model's, row by row; each
    delivery has one mark; receipts say of each, once, that it is done; no output has the password."""
    options, engine = place
    sent, held = history(COUNT, seed=len(options[1]))
    feed = hub.new_feed()
    hub.send(feed, sent)
    words = ["subscribe", "--agency", hub.agency, "--feed", feed, *options]
    chance, output = random.Random(7), ""
    for kill in range(KILLS):
        before = count_handled(engine)
        wanted = before + chance.randrange(1, (COUNT - before) // (KILLS + 1 - kill))
        with start_command(hub.home, hub.topics, *words) as process:
            wait_for(lambda: count_handled(engine) >= wanted)  # noqa: B023  # asked at once
            process.send_signal(signal.SIGKILL)
            output += "".join(process.communicate(timeout=60))
        assert process.returncode == -signal.SIGKILL
        assert count_handled(engine) < COUNT, "the kill came too late to say anything"
    code, printed, said = run_command(hub.home, hub.topics, *words, *IDLE)
    assert code == 0, said
    assert rows(engine) == held
    with engine.connect() as connection:
        marks = connection.execute(sa.select(handled.c.lane, handled.c.sequence, handled.c.action)).all()
    assert sorted(marks) == sorted((one["lane"], one["sequence"], one["action"]) for one in sent)
    name = f"{hub.agency}.{feed.rpartition('.')[2]}"
    of_feed = [one for one in receipts(hub.home, hub.topics, hub.agency) if one["feed"] == name]
    assert said_of(of_feed, "HANDLED", "WITHDRAWN") == {(name, one["lane"], one["sequence"]): 1 for one in sent}
    assert "a-password" not in output + printed + said
    state = [str(path) for path in (hub.home / "subscriptions").rglob("*")]
    assert not any("a-password" in path for path in state)
    assert run_json(hub.home, hub.topics, *words, *IDLE)[0] == 0
    assert rows(engine) == held


def test_a_new_database_is_filled_though_the_first_run_was_killed(hub: Hub, tmp_path: Path) -> None:
    """The database is gone, and the group has read everything: the next run fills a new one from the start, and is killed as
    soon as it holds something; the one behind it goes on from there, and nothing is missing."""
    sent, held = history(4000, seed=5)
    feed, file = hub.new_feed(), tmp_path / "a.sqlite"
    hub.send(feed, sent)
    words = ["subscribe", "--agency", hub.agency, "--feed", feed, "--sqlite", str(file)]
    assert run_command(hub.home, hub.topics, *words, *IDLE)[0] == 0
    for part in tmp_path.iterdir():
        part.unlink()
    engine = open_file(file)
    with start_command(hub.home, hub.topics, *words) as process:
        wait_for(lambda: count_handled(engine) > 0)
        process.kill()
        process.communicate(timeout=60)
    assert run_command(hub.home, hub.topics, *words, *IDLE)[0] == 0
    assert rows(engine) == held
    engine.dispose()


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "sqlite"])
def test_each_sink_has_an_option(hub: Hub, kind: str, tmp_path: Path) -> None:
    """Each option keeps what is held in its file, applies what comes later to it, and prints each withdrawal in a line; what
    was withdrawn is in no byte of the file any more."""
    feed, file = hub.new_feed(), tmp_path / "out" / f"held.{kind}"
    tokens = {number: secrets.token_hex(16) for number in (1, 2, 3)}
    hub.send(feed, [delivery(0, number, token=token) for number, token in tokens.items()])
    words = ["subscribe", "--agency", hub.agency, "--feed", feed, f"--{kind}", str(file), *IDLE]

    def found() -> set[int]:
        held = file.read_bytes()
        if kind == "parquet":  # its compression may break any four bytes out of a token: what it unpacks to is searched as well
            held += repr(parquet.read_table(file).to_pylist()).encode()
        return {number for number, token in tokens.items() if token.encode() in held}

    code, _, said = run_command(hub.home, hub.topics, *words)
    assert code == 0, said
    assert found() == {1, 2, 3}
    hub.send(feed, [delivery(0, 4, "WITHDRAW", revision=2, token=tokens[2])])
    code, printed, said = run_command(hub.home, hub.topics, *words)
    assert code == 0, said
    [line] = [line for line in printed.splitlines() if feed in line]
    assert "WITHDRAW" in line
    assert found() == ({1, 2, 3} if kind == "sqlite" else {1, 3}), "a database remembers the token: nothing late brings it back"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_only_printed_is_only_received(hub: Hub) -> None:
    """Without a sink receipts say RECEIVED, of a withdrawal too; with --printed-is-handled they say that it is done. One's
    group is not the other's, so a look at a feed takes nothing from a sink."""
    feed = hub.new_feed()
    hub.send(feed, [delivery(0, 1), delivery(0, 2, "WITHDRAW", revision=2)])
    words = ["subscribe", "--agency", hub.agency, "--feed", feed, *IDLE]
    assert run_command(hub.home, hub.topics, *words)[0] == 0
    name = f"{hub.agency}.{feed.rpartition('.')[2]}"

    def said(*states: str) -> set[int]:
        of_feed = [one for one in receipts(hub.home, hub.topics, hub.agency) if one["feed"] == name]
        return {number for _, _, number in said_of(of_feed, *states)}

    assert (said("RECEIVED"), said("HANDLED", "WITHDRAWN")) == ({1, 2}, set())
    code, printed, _ = run_command(hub.home, hub.topics, *words, "--group", "pipe", "--printed-is-handled", "--json")
    assert code == 0
    assert [json.loads(line)["action"] for line in printed.splitlines()] == ["SHARE", "WITHDRAW"]
    assert (said("HANDLED"), said("WITHDRAWN")) == ({1}, {2})
