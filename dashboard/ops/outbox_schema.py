"""The tables of what others are told of work orders, beside those of ``dashboard.ops.schema``."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from dashboard.ops.schema import Id, Moment, Name, Path, metadata

outbox_messages = Table(
    "outbox_messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("endpoint", Name, nullable=False),
    Column("recipient", Name, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("event_kind", Name, nullable=False),
    Column("message_key", Name, nullable=False),
    Column("body", Text, nullable=False),
    Column("method", Name),
    Column("target", Path),
    Column("state", Name, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("made_at", Moment(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("next_at", Moment()),
    Column("status", BigInteger),
    Column("message", Text, nullable=False),
    Column("resent_by", Name),
    Column("resent_at", Moment()),
    CheckConstraint(
        "state IN ('waiting', 'sending', 'sent', 'dead', 'unsure')",
        name="ck_outbox_messages_state",
    ),
    Index("ux_outbox_messages_once", "endpoint", "recipient", "event_id", unique=True),
    Index("ux_outbox_messages_key", "message_key", unique=True),
    Index("ix_outbox_messages_state", "state", "endpoint", "event_id"),
    Index("ix_outbox_messages_changed_at", "changed_at"),
)

outbox_cursors = Table(
    "outbox_cursors",
    metadata,
    Column("endpoint", Name, primary_key=True),
    Column("event_id", BigInteger, nullable=False),
)

work_order_links = Table(
    "work_order_links",
    metadata,
    Column("system", Name, primary_key=True),
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("external_id", Path, nullable=False),
    Index("ux_work_order_links_external", "system", "external_id", unique=True),
)
