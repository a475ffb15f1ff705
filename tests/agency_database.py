"""Databases for tests of an agency's sink: SQLite in a file, and a real PostgreSQL where there is one."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from consumers.database import open_file, open_url

KINDS = ("sqlite", "postgresql")
_PROGRAMS = "/usr/lib/postgresql"


@contextmanager
def postgres_url(folder: Path) -> Iterator[str]:
    """The URL of a database server: POINTDUTY_TEST_DATABASE, or one started here from the programs on this machine."""
    if given := os.environ.get("POINTDUTY_TEST_DATABASE"):
        yield given
        return
    programs = sorted(Path(_PROGRAMS).glob("*/bin/pg_ctl"))
    if not programs:
        pytest.skip("*** NOT RUN: the tests on PostgreSQL. apt-get install postgresql, or set POINTDUTY_TEST_DATABASE ***")
    with _server(programs[-1].parent, folder) as url:
        yield url


@contextmanager
def _server(programs: Path, folder: Path) -> Iterator[str]:
    """A server of its own that listens on a socket in its folder alone. It refuses to run as root."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        folder = Path(tempfile.mkdtemp())  # the other user can't enter pytest's folders
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run([*as_user, *command], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    run(str(programs / "initdb"), "-D", str(data), "-U", "pd", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://pd@/postgres?host={folder}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(kind: str, folder: Path, server: str | None) -> Iterator[sa.Engine]:
    """An empty database of a kind."""
    if kind == "sqlite":
        engine = open_file(folder / f"{secrets.token_hex(4)}.sqlite")
    else:
        assert server is not None
        engine = open_url(new_postgres_database(server))
    try:
        yield engine
    finally:
        engine.dispose()


def new_postgres_database(server: str) -> str:
    """The URL of a new database on a server."""
    name = f"pd_{secrets.token_hex(6)}"
    with open_url(server).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
