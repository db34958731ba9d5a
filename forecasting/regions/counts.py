"""Daily complaints of every series, from tickets as they were known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import Inventory
from forecasting.cells.serving_regions import ticket_regions
from forecasting.cells.tickets import chance_of_low
from forecasting.regions.nodes import ALL, Node, Tree, build, known_services, leaf_of
from forecasting.settings import ForecastingSettings


@dataclass(frozen=True)
class Counts:
    """Daily counts of complete local days before an origin.

    Attributes:
        tree: the series.
        nodes: all complaints; a column per node of ``tree``.
        likely_nodes: complaints by their chance of ending as low ones (see ``cells.tickets``).
        tickets: all complaints; a column per region.
        low: complaints known to be low; a column per region.
        likely_low: by their chance; a column per region.
        history_days: days since the first ticket of any region.
    """

    tree: Tree
    nodes: pd.DataFrame
    likely_nodes: pd.DataFrame
    tickets: pd.DataFrame
    low: pd.DataFrame
    likely_low: pd.DataFrame
    history_days: int


def count(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    inventory: Inventory,
    settings: ForecastingSettings,
    zone: str,
) -> Counts:
    """Counts as they were known at ``origin``; a region holds its sub-regions'."""
    today = origin.astimezone(ZoneInfo(zone)).date()
    since = origin - timedelta(days=settings.region_history_days)
    span: dict[str, queries.Value] = {"known_at": origin, "since": since, "until": origin}
    known = queries.frame(connection, "tickets_between", span)
    limit = settings.low_satisfaction_limit
    low = (known["satisfaction"] <= limit).astype(float)
    known = known.assign(low=low, chance=chance_of_low(known, limit))
    regions = pd.DataFrame(inventory.regions[["region_id", "parent_id"]])
    known = with_leaves(known, inventory, regions)
    tree = build(regions, zip(known["leaf"], known["of_service"], strict=True))
    first = _local_day(known["created_at"].min(), zone) if len(known) else today
    first = max(first, today - timedelta(days=settings.region_history_days - 1))
    last = today - timedelta(days=1)
    tickets, lows, likely = (
        node_counts(known.assign(share=known[column] if column else 1.0), tree, first, last, zone)
        for column in ("", "low", "chance")
    )
    history = max(0, (last - first).days + 1)
    whole = [by_region(table, regions) for table in (tickets, lows, likely)]
    return Counts(tree, tickets, likely, whole[0], whole[1], whole[2], history)


def with_leaves(tickets: pd.DataFrame, inventory: Inventory, regions: pd.DataFrame) -> pd.DataFrame:
    """Tickets with their ``region_id``, lowest node region ``leaf`` and ``of_service``."""
    tickets = tickets.copy()
    tickets["region_id"] = ticket_regions(tickets, inventory.cells, inventory.regions)
    leaves = {r: leaf_of(r, regions) for r in [None, *tickets["region_id"].dropna().unique()]}
    tickets["leaf"] = [leaves[r if isinstance(r, str) else None] for r in tickets["region_id"]]
    tickets["of_service"] = known_services(tickets["service"])
    return tickets


def node_counts(
    tickets: pd.DataFrame, tree: Tree, first: date, last: date, zone: str
) -> pd.DataFrame:
    """Tickets per local day and node; a day without tickets counts 0.

    Args:
        tickets: ``created_at`` (aware)``, leaf, of_service`` and ``share``, what a row counts.
        tree: the columns of the result.
        first: first local day.
        last: last local day, inclusive.
        zone: IANA zone of the days.

    Returns:
        Index: local days (naive midnights); a column per node; counts as float.
    """
    days = pd.date_range(pd.Timestamp(first), pd.Timestamp(last), freq="D")
    local = tickets["created_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    row = days.get_indexer(pd.Index(local))
    nodes = set(tree.nodes)
    share = tickets["share"].to_numpy(float)
    leaves: dict[Node, np.ndarray] = {}
    keys = pd.MultiIndex.from_arrays([tickets["leaf"], tickets["of_service"]])
    codes, uniques = pd.factorize(keys)
    for code, (leaf, service) in enumerate(uniques):
        node = (leaf, service) if (leaf, service) in nodes else (leaf, ALL)
        here = (codes == code) & (row >= 0)
        found = np.bincount(row[here], weights=share[here], minlength=len(days))
        leaves[node] = leaves.get(node, np.zeros(len(days))) + found
    return tree.sums(leaves, len(days)).set_index(days)


def by_region(table: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """The columns of whole regions, under their ids."""
    names = [str(region) for region in regions["region_id"]]
    found = {name: table[(name, ALL)] for name in names}
    return pd.DataFrame(found, index=table.index, columns=names, dtype=float)


def services_of_city(table: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """Daily counts of each service over all regions; no columns where services are not told."""
    columns = {name: table[nodes].sum(axis=1) for name, nodes in tree.services().items()}
    return pd.DataFrame(columns, index=table.index)


def _local_day(moment: pd.Timestamp, zone: str) -> date:
    day: date = moment.tz_convert(zone).date()
    return day
