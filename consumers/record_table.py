"""The table of the records that an agency holds, as users ask for them. Shell (SQL)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from consumers.deliveries import Conditions, Delivery, Marking, Quality
from consumers.journal_tables import metadata, upsert
from consumers.marks import Plan

record = sa.Table(
    "record",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text),
    sa.Column("force", sa.Text),
    sa.Column("occurred", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("lane", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("agreement", sa.Text, nullable=False),
    sa.Column("agreement_version", sa.Integer, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("tier", sa.Text),
    sa.Column("sensitive", sa.Boolean),
    sa.Column("handling_instructions", sa.Text),
    sa.Column("descriptors", sa.Text),
    sa.Column("handling", sa.Text),
    sa.Column("onward_sharing", sa.Text),
    sa.Column("retention_days", sa.Integer),
    sa.Column("quality_score", sa.Integer),
    sa.Column("quality_flags", sa.Text),
    sa.Column("reliability", sa.Text),
    sa.Column("record", sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
)
"""What is held now, one row a record: its last revision, under which agreement and conditions, and the record as JSON."""

COLUMNS = tuple(str(column.name) for column in record.columns)  # exactly `str`: orjson takes no other keys


def keep_records(connection: sa.Connection, plan: Plan) -> None:
    """Bring the table to what `plan` says: a kept record replaces wholly what was there, a withdrawn one is gone."""
    upsert(connection, record, [row_of(one) for one in plan.keep.values()])
    if plan.delete:
        connection.execute(record.delete().where(record.c.token.in_(sorted(plan.delete))))


def row_of(delivery: Delivery) -> dict[str, Any]:
    """The row of a delivery."""
    content = delivery.record or {}
    return {
        **{"token": delivery.token, "feed": delivery.feed, "revision": delivery.revision, "record": delivery.record},
        **{"lane": delivery.lane, "sequence": delivery.sequence, "delivery_id": delivery.delivery_id},
        **{name: _text(content.get(name)) for name in ("kind", "force")},
        "occurred": _start(content.get("occurred")),
        "agreement": delivery.agreement.id,
        "agreement_version": delivery.agreement.version,
        "purpose": delivery.agreement.purpose,
        **_marking(delivery.marking),
        **_conditions(delivery.conditions),
        **_quality(delivery.quality),
    }


def _marking(part: Marking | None) -> dict[str, Any]:
    if part is None:
        return dict.fromkeys(("tier", "sensitive", "handling_instructions", "descriptors"))
    lists = {"handling_instructions": " ".join(part.handling), "descriptors": " ".join(part.descriptors)}
    return {"tier": part.tier, "sensitive": part.sensitive, **lists}


def _conditions(part: Conditions | None) -> dict[str, Any]:
    names = ("handling", "onward_sharing", "retention_days")
    return {name: getattr(part, name, None) for name in names}


def _quality(part: Quality | None) -> dict[str, Any]:
    if part is None:
        return dict.fromkeys(("quality_score", "quality_flags", "reliability"))
    return {"quality_score": part.score, "quality_flags": " ".join(part.flags), "reliability": part.reliability}


def _start(occurred: Any) -> str | None:
    return _text(occurred.get("start") if isinstance(occurred, Mapping) else occurred)


def _text(value: Any) -> str | None:
    return None if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
