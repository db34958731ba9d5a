"""Tickets by cell: whose they are, and how many of them count as low-satisfaction complaints."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.cells.inventory import Inventory
from forecasting.cells.serving_regions import ticket_regions

_PRIOR = 20.0  # tickets; how strongly a category's share of low scores is drawn to the common one
_SETTLED_H = 14 * 24.0  # a ticket this old without an answer will not get one


def attributed(known: pd.DataFrame, inventory: Inventory, limit: int) -> pd.DataFrame:
    """Tickets (``sql/tickets_known.sql``), one row per ticket and probable cell.

    A ticket without a cell is kept at the finest region that is known of it, stated or by its
    position (attribution ``region``); ``none`` are those of which no region is known either.

    Returns:
        The tickets' columns with ``cell_id`` (the probable one, or None), ``weight`` (its share of
        the ticket), ``attribution``, ``low`` (1.0 at or below the limit, 0.0 above, NaN: not
        known) and ``is_open``.
    """
    shares = inventory.attributor.attribute(known, inventory.cells["cell_id"])
    tickets = shares.merge(known.drop(columns="cell_id"), on="ticket_id")
    lost = tickets["cell_id"].isna()
    if lost.any():
        region = ticket_regions(tickets[lost], inventory.cells, inventory.regions)
        region = region.where(region.notna(), tickets.loc[lost, "region_id"])
        stated = tickets["region_id"].astype(object).where(~lost, region.reindex(tickets.index))
        tickets["region_id"] = stated.where(stated.notna(), None)
        tickets.loc[lost, "attribution"] = np.where(region.notna(), "region", "none")
    score = tickets["satisfaction"].to_numpy(float, na_value=np.nan)
    return tickets.assign(
        satisfaction=score,
        low=np.where(np.isnan(score), np.nan, score <= limit),
        is_open=tickets["closed_at"].isna(),
    )


def chance_of_low(known: pd.DataFrame, limit: int) -> pd.Series:
    """The chance that each ticket ends as a known low-satisfaction complaint.

    About a third of customers never score, and the newest have not been asked yet. Counting only
    the low scores known so far would make every recent hour look calm and throw away what an
    unscored complaint says. So every ticket counts with: (share of settled tickets that have a
    score) x (is it low: known, or else the share of its category). Its expectation is the number
    of complaints that will be known to be low, and it needs no waiting for the scores.

    Args:
        known: rows of ``sql/tickets_known.sql``, with ``age_h`` (hours since creation).
        limit: a score at or below it is low.

    Returns:
        0 … 1 by the index of ``known``; all 0 where no ticket has a score.
    """
    score = known["satisfaction"].astype("float64")
    scored = score.notna()
    low = (score <= limit).astype(float)
    settled = scored | known["closed_at"].notna() | (known["age_h"] > _SETTLED_H)
    if not scored.any():
        return pd.Series(0.0, index=known.index)
    share_scored = scored.sum() / settled.sum()
    common = low[scored].mean()
    by_category = (
        low[scored].groupby(known.loc[scored, "category"].fillna("")).agg(["sum", "count"])
    )
    share = (by_category["sum"] + _PRIOR * common) / (by_category["count"] + _PRIOR)
    guessed = known["category"].fillna("").map(share).astype(float).fillna(common)
    return share_scored * low.where(scored, guessed)


def reweighed(tickets: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Attributed tickets with the shares that somebody knows better; each still sums to 1.

    Args:
        tickets: of ``attributed``.
        shares: ``ticket_id, cell_id, weight`` of some of them; a ticket whose cells are not the
            same keeps its own.
    """
    pair = ["ticket_id", "cell_id"]
    better = tickets[pair].merge(shares[[*pair, "weight"]], on=pair, how="left")["weight"]
    better.index = tickets.index
    whole = better.groupby(tickets["ticket_id"]).transform("sum", min_count=1) == 1.0
    whole &= ~better.isna().groupby(tickets["ticket_id"]).transform("any")
    return tickets.assign(weight=better.where(whole, tickets["weight"]))
