"""The tables of work orders, beside those of ``dashboard.ops.schema``."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, Index, Table, Text, text

from dashboard.dispatch.states import ACTORS, OPEN, STATES
from dashboard.ops.schema import Id, Moment, Name, Path, metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


work_orders = Table(
    "work_orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", Path, nullable=False),
    Column("cause", Name, nullable=False),
    Column("region_id", Path),
    Column("team_id", Path),
    Column("state", Name, nullable=False),
    Column("is_open", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("opened_at", Moment(), nullable=False),
    Column("since", Moment(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("words", Text, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="ck_work_orders_state"),
    CheckConstraint(
        "(is_open = 1) = (state NOT IN "
        f"({_quoted(tuple(state for state in STATES if state not in OPEN))}))",
        name="ck_work_orders_open",
    ),
    Index(
        "ux_work_orders_open",
        "site_id",
        "cause",
        unique=True,
        sqlite_where=text("is_open = 1"),
        postgresql_where=text("is_open = 1"),
    ),
    Index("ix_work_orders_state", "state", "changed_at"),
    Index("ix_work_orders_changed_at", "changed_at"),
    Index("ix_work_orders_newest", "is_open", "id"),
    Index("ix_work_orders_site", "site_id", "id"),
    Index("ix_work_orders_team", "team_id", "id"),
)

work_order_cells = Table(
    "work_order_cells",
    metadata,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("cell_id", Path, primary_key=True),
    Index("ix_work_order_cells_cell", "cell_id"),
)

work_order_events = Table(
    "work_order_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_id", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Name, nullable=False),
    Column("state_before", Name),
    Column("state_after", Name, nullable=False),
    Column("at", Moment(), nullable=False),
    Column("who", Name, nullable=False),
    Column("actor", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("request_key", Path),
    CheckConstraint(f"actor IN ({_quoted(ACTORS)})", name="ck_work_order_events_actor"),
    Index("ux_work_order_events_seq", "order_id", "seq", unique=True),
    Index(
        "ux_work_order_events_key",
        "request_key",
        unique=True,
        sqlite_where=text("request_key IS NOT NULL"),
        postgresql_where=text("request_key IS NOT NULL"),
    ),
    Index("ix_work_order_events_at", "at"),
)

work_order_plans = Table(
    "work_order_plans",
    metadata,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("team_id", Path, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("starts_at", Moment(), nullable=False),
    Column("arrives_at", Moment(), nullable=False),
    Column("ends_at", Moment(), nullable=False),
    Column("travel_min", Float, nullable=False),
    Column("work_min", Float, nullable=False),
    Column("per_hour", Float, nullable=False),
    Column("made_at", Moment(), nullable=False),
)

work_order_proofs = Table(
    "work_order_proofs",
    metadata,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("repaired_at", Moment(), nullable=False),
    Column("decision", Name, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("more", BigInteger, nullable=False),
    Column("kpis", BigInteger, nullable=False),
    Column("kpis_back", BigInteger, nullable=False),
    Column("known_h", Float, nullable=False),
    Column("of_h", Float, nullable=False),
    Column("complaints", BigInteger, nullable=False),
    Column("band_until", Moment(), nullable=False),
    Column("quiet_since", Moment(), nullable=False),
    Column("quiet_until", Moment(), nullable=False),
    Column("give_up_at", Moment(), nullable=False),
    Column("as_of", Moment(), nullable=False),
    Column("looked_at", Moment(), nullable=False),
    CheckConstraint(
        "decision IN ('verify', 'reopen', 'close', 'wait')", name="ck_work_order_proofs_decision"
    ),
)
