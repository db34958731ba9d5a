"""`foresite retention`: remove what is older than the settings keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

if TYPE_CHECKING:
    from ingest.retention import Retained
    from ingest.settings import RetentionSettings


def retention(
    context: typer.Context,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Roll up KPIs, then remove facts that are older than the settings keep.

    The worker does it once a day; whole local days go, raw KPIs only after they were rolled up.
    """
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.runtime.locks import write_lock
    from dashboard.runtime.opened import opened_warehouse
    from ingest.retention import apply_retention

    with (
        write_lock(session.data, "foresite retention"),
        opened_warehouse(session.data, settings) as connection,
    ):
        done = apply_retention(
            connection,
            session.clock.now(),
            settings.ingest.retention,
            settings.ingest.load_catalogue(),
            dry_run=dry_run,
        )
    payload = done.to_json() | {"dry_run": dry_run}
    session.out.result(payload, _lines(done, settings.ingest.retention, dry_run=dry_run))


def _lines(done: Retained, keep: RetentionSettings, *, dry_run: bool) -> list[str]:
    kept = (
        f"kept: {keep.keep_raw_days} days of raw KPIs, {keep.keep_hourly_days} of hourly, "
        f"{keep.keep_daily_days} of daily ones, {keep.keep_counters_days} of counters, "
        f"{keep.keep_rejected_days} of rejected rows"
    )
    if not done.rows:
        return ["nothing is old enough to be removed", kept]
    head = "would remove" if dry_run else "removed"
    days = f"{done.days_deleted} days of raw KPIs" if done.days_deleted else "no raw KPIs"
    rows = ", ".join(f"{rows:,} rows of {table}" for table, rows in done.rows.items())
    return [f"{head} {days}: {rows}", kept]
