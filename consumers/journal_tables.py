"""The tables of an agency's journal: what was handled, parked and said. The same in SQLite and PostgreSQL. Shell."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _place(*, is_key: bool = False) -> tuple[sa.Column[Any], ...]:
    """The columns that say which delivery a row is about."""
    columns = ("feed", sa.Text), ("lane", sa.Integer), ("sequence", _NUMBER)
    return tuple(sa.Column(name, kind, primary_key=is_key, nullable=False) for name, kind in columns)


handled = sa.Table(
    "handled",
    metadata,
    *_place(is_key=True),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("at", _NUMBER, nullable=False),
)
"""Each delivery that came: what became of it, when (ms). No content and no token."""

token = sa.Table(
    "token",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
)
"""The last revision under each token; a withdrawn one stays, so that nothing late brings it back."""

parked = sa.Table(
    "parked",
    metadata,
    *_place(is_key=True),
    sa.Column("token", sa.Text, nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("at", _NUMBER, nullable=False),
    sa.Column("due", sa.Boolean, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", _NUMBER, nullable=False),
    sa.Column("message_key", sa.LargeBinary),
    sa.Column("message_value", sa.LargeBinary),
    sa.Column("ce_id", sa.Text, nullable=False),
)
"""What could not be handled, whole, so that it can be tried again after the feed has let it go."""

came_again = sa.Table(
    "came_again",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    *_place(),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("at", _NUMBER, nullable=False),
    sa.UniqueConstraint("feed", "lane", "sequence", "delivery_id"),
)
"""Numbers that the hub sent once more, under another delivery id: they have no effect, and the manifests name them."""

unsaid = sa.Table(
    "unsaid",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("lane", sa.Integer, nullable=False),
    sa.Column("first", _NUMBER, nullable=False),
    sa.Column("last", _NUMBER, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("delivery_id", sa.Text),
)
"""What no receipt says yet."""

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("receipt_id", sa.Text, unique=True, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Receipts that the broker has not confirmed: sent again, they have the same id and bytes."""


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; one whose key is there already replaces it wholly."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    keys = list(table.primary_key)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows))
