"""What stands beside a burst: its cells and their site, works, alarms, services, words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pandas as pd

from forecasting.bursts.words import rising

CELLS, PLANS = 20, 10  # listed at most


@dataclass(frozen=True)
class Surroundings:
    """What is known at the moment, for all bursts.

    Attributes:
        as_of: the moment.
        cells: ``cell_id, site_id, region_id``.
        works: ``sql/burst_works.sql``.
        alarms: ``sql/burst_alarms.sql``.
        tickets: ``sql/burst_tickets.sql``.
        shares: ``ticket_id, cell_id, weight`` of these tickets.
    """

    as_of: datetime
    cells: pd.DataFrame
    works: pd.DataFrame
    alarms: pd.DataFrame
    tickets: pd.DataFrame
    shares: pd.DataFrame


def evidence(around: Surroundings, inside: pd.Index, in_disc: pd.Index) -> dict[str, Any]:
    """What can be told of one burst.

    Args:
        around: the surroundings.
        inside: ``ticket_id`` of the burst's tickets.
        in_disc: ``cell_id`` of the cells in its disc.

    Returns:
        ``cell_ids`` (those with tickets first), ``site_id`` with ``site_share`` of the tickets
        (None where cells are not known), ``services``, ``categories`` (name and count), ``words``,
        ``works`` and ``alarms`` (records).
    """
    own = around.shares[around.shares["ticket_id"].isin(inside) & around.shares["cell_id"].notna()]
    of_cell = own[own["cell_id"].isin(in_disc)].groupby("cell_id")["weight"].sum()
    ranked = of_cell.reset_index().sort_values(["weight", "cell_id"], ascending=[False, True])
    site_id, site_share = _site(ranked, around.cells, float(own["weight"].sum()))
    tickets = around.tickets[around.tickets["ticket_id"].isin(inside)]
    others = around.tickets[~around.tickets["ticket_id"].isin(inside)]
    cell_ids = [str(cell) for cell in ranked["cell_id"][:CELLS]]
    near = around.cells[around.cells["cell_id"].isin(in_disc)]
    return {
        "cell_ids": cell_ids,
        "site_id": site_id,
        "site_share": site_share,
        "services": _counts(tickets["service"]),
        "categories": _counts(tickets["category"]),
        "words": rising(
            tickets["description"].dropna().tolist(), others["description"].dropna().tolist()
        ),
        "works": _works(around, near),
        "alarms": _alarms(around, near),
    }


def _site(
    ranked: pd.DataFrame, cells: pd.DataFrame, whole: float
) -> tuple[str | None, float | None]:
    """The site that carries most of the tickets, and its share of them."""
    site = ranked["cell_id"].map(cells.set_index("cell_id")["site_id"])
    by_site = ranked["weight"].groupby(site).sum()
    if by_site.empty or whole <= 0:
        return None, None
    sums = by_site.sort_index()
    best = str(sums.idxmax())  # of equal ones the first
    return best, round(float(sums.max()) / whole, 3)


def _counts(values: pd.Series) -> list[dict[str, Any]]:
    counted = values.dropna().value_counts()
    pairs = sorted(counted.items(), key=lambda pair: (-int(pair[1]), str(pair[0])))
    return [{"name": str(name), "tickets": int(number)} for name, number in pairs[:5]]


def _works(around: Surroundings, near: pd.DataFrame) -> list[dict[str, Any]]:
    """Works at the burst's cells and sites; of its regions only those that name no site."""
    works = around.works
    alone = works["cell_id"].isna() & works["site_id"].isna()
    here = (
        works["cell_id"].isin(near["cell_id"])
        | (works["cell_id"].isna() & works["site_id"].isin(near["site_id"].dropna()))
        | (alone & works["region_id"].isin(near["region_id"].dropna()))
    )
    result = []
    rows = cast("list[dict[str, Any]]", works[here].to_dict("records"))
    for row in rows:
        over = pd.notna(row["ends_at"]) and row["ends_at"] <= around.as_of
        when = "planned" if row["starts_at"] > around.as_of else "done" if over else "under_way"
        result.append(
            {
                "work_id": row["work_id"],
                "site_id": _text(row["site_id"]),
                "kind": _text(row["kind"]),
                "description": _text(row["description"]),
                "starts_at": _iso(row["starts_at"]),
                "ends_at": _iso(row["ends_at"]),
                "when": when,
            }
        )
    return result[-PLANS:]


def _alarms(around: Surroundings, near: pd.DataFrame) -> list[dict[str, Any]]:
    alarms = around.alarms
    here = alarms["cell_id"].isin(near["cell_id"]) | (
        alarms["cell_id"].isna() & alarms["site_id"].isin(near["site_id"].dropna())
    )
    rows = cast("list[dict[str, Any]]", alarms[here].to_dict("records"))
    return [
        {
            "alarm_id": row["alarm_id"],
            "cell_id": _text(row["cell_id"]),
            "site_id": _text(row["site_id"]),
            "severity": _text(row["severity"]),
            "text": _text(row["specific_problem"]) or _text(row["probable_cause"]),
            "raised_at": _iso(row["raised_at"]),
            "cleared_at": _iso(row["cleared_at"]),
        }
        for row in rows
    ][-PLANS:]


def _text(value: str | None) -> str | None:
    return None if pd.isna(value) else str(value)


def _iso(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None or pd.isna(moment) else moment.isoformat()
