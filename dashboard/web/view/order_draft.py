"""What an order opened by hand is about: a site or its cells, as the snapshot knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.dispatch.model import Draft
from dashboard.errors import DashboardError
from dashboard.snapshot import Snapshot

UNKNOWN = "unknown"
_AT_RISK = ("red", "yellow")
_EVIDENCE = ("cell_id", "rank")
Row = dict[str, Any]


class NothingThereError(DashboardError):
    """There is no such site or cell, or the cells belong to several sites.

    Attributes:
        code: a word for programs.
        hint: what would be right.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


def causes(snapshot: Snapshot) -> tuple[str, ...]:
    """Causes that an order can have: those of the playbook, and ``unknown``."""
    known = [str(row["cause"]) for row in snapshot.rows("causes_known")]
    return tuple(dict.fromkeys([*known, UNKNOWN]))


def draft_by_hand(
    snapshot: Snapshot,
    *,
    site_id: str | None,
    cell_ids: Sequence[str],
    cause: str,
    note: str = "",
    due_at: datetime | None = None,
) -> Draft:
    """A draft with what the snapshot says of these cells.

    Args:
        snapshot: the present one.
        site_id: of the cells; of a site without ``cell_ids`` the cells at risk, else all, are
            meant. Left out: the site of the cells named.
        cell_ids: cells of one site; empty: see above.
        cause: one of :func:`causes`.
        note: of whoever opens it.
        due_at: by when somebody should be there (aware).

    Raises:
        NothingThereError: see there.
    """
    rows = _named(snapshot, cell_ids) if cell_ids else _of_site(snapshot, site_id or "")
    sites = {_site(row) for row in rows}
    if len(sites) > 1 or (site_id is not None and sites != {site_id}):
        raise NothingThereError(
            "several_sites",
            f"these cells belong to {', '.join(sorted(sites))}",
            "open an order for each site",
        )
    worst = max(rows, key=lambda row: (row["probability"] or 0.0, row["cell_id"]))
    play = next(iter(snapshot.rows("play", {"cause": cause})), {})
    evidence = snapshot.rows("cell_evidence", {"cell_id": worst["cell_id"]})
    return Draft(
        site_id=sites.pop(),
        cause=cause,
        cell_ids=tuple(sorted(row["cell_id"] for row in rows)),
        title=worst["name"] or worst["cell_id"],
        region_id=worst["region_id"],
        longitude=worst["longitude"],
        latitude=worst["latitude"],
        as_of=snapshot.manifest.as_of,
        snapshot_id=snapshot.id,
        probability=worst["probability"],
        expected=_sum(rows, "expected_low_complaints"),
        users=_sum(rows, "subscribers"),
        skill=play.get("skill") or "",
        hours=play.get("hours") or Draft.hours,
        on_site=Draft.on_site if play.get("on_site") is None else bool(play["on_site"]),
        due_at=due_at,
        evidence=tuple(_piece(row) for row in evidence) if worst["cause"] == cause else (),
        note=note,
    )


def _named(snapshot: Snapshot, cell_ids: Sequence[str]) -> list[Row]:
    rows = snapshot.rows("compared_cells", {"cell_ids": sorted(set(cell_ids))})
    missing = sorted(set(cell_ids) - {row["cell_id"] for row in rows})
    if missing:
        hint = "list them with /api/v1/cells"
        raise NothingThereError("no_such_cell", f"no cell {missing[0][:60]!r}", hint)
    return rows


def _of_site(snapshot: Snapshot, site_id: str) -> list[Row]:
    rows = snapshot.rows("site_cells", {"site_id": site_id})
    if not rows:
        message, hint = f"no site {site_id[:60]!r}", "/api/v1/cells/<cell_id> names a cell's site"
        raise NothingThereError("no_such_site", message, hint)
    return [row for row in rows if row["status"] in _AT_RISK] or rows


def _site(row: Row) -> str:
    return str(row["site_id"] or row["cell_id"])


def _sum(rows: Sequence[Row], name: str) -> float | None:
    known = [row[name] for row in rows if row[name] is not None]
    return float(sum(known)) if known else None


def _piece(row: Row) -> Row:
    """A piece of evidence without what is empty, times as ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in _EVIDENCE and value is not None
    }
