"""Features of every cell at an origin, from nothing but what was known there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.blame import sharpen
from forecasting.cells.delays import worth
from forecasting.cells.inventory import Inventory, InventoryCache
from forecasting.cells.panel import Panel
from forecasting.cells.relations import Relations
from forecasting.cells.tickets import attributed, chance_of_low
from forecasting.hours.frame import Frame
from forecasting.settings import ForecastingSettings
from forecasting.wall import Gate
from ingest.catalogue import Catalogue

TICKET_DAYS = 28
NEIGHBOUR_SOURCES = (
    "pain_6h",
    "pain_24h",
    "pain_72h",
    "active_users.dev_6h",
    "active_users.dev_24h",
    "tickets_24h",
    "tickets_7d",
)
_GENERATION = {"GSM": 2.0, "WLAN": 2.5, "UMTS": 3.0, "LTE": 4.0, "NR": 5.0}
# Of the cells on the same mast alone: what comes over the air or over the line hits them together.
SITE_SOURCES = (
    "integrity.pain_24h",
    "radio.pain_24h",
    "mobility.pain_24h",
    "accessibility.pain_24h",
)
_NOT_COUNTED = ("satisfaction_28d", "last_ticket_h")  # unknown without tickets; counts are 0 then


@dataclass(frozen=True)
class CellFeatures:
    """Features at one origin; frames indexed by ``cell_id``, in order.

    Attributes:
        origin: the moment whose knowledge they hold.
        inventory: the cells they are about.
        table: float columns for the model; NaN is unknown.
        levels: ``<kpi>.value`` and ``<kpi>.normal`` of the last 24 h.
        evidence: what people are shown: ``kpi_age_h, kpi_hours, tickets_7d, quiet,
            located, users_24h, last_kpi_at``.
        tickets: attributed tickets of the last 28 days (see ``cells.tickets``).
    """

    origin: datetime
    inventory: Inventory
    table: pd.DataFrame
    levels: pd.DataFrame
    evidence: pd.DataFrame
    tickets: pd.DataFrame


class FeatureMaker:
    """Makes features; keeps inventories and normals between the origins of a run."""

    def __init__(
        self, settings: ForecastingSettings, catalogue: Catalogue, calendar: Calendar, zone: str
    ) -> None:
        self.settings, self.catalogue = settings, catalogue
        self.calendar, self.zone = calendar, zone
        self.inventories = InventoryCache(Relations(settings.training_days + _BEFORE_TRAINING))
        self._panel = Panel(
            Frame(catalogue, calendar, zone, settings.normal_days, settings.training_days)
        )

    def at(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        *,
        training_as_of: datetime | None = None,
    ) -> CellFeatures:
        """Features of all cells known at ``origin`` (aware).

        ``training_as_of`` says that origins up to then follow, for training: work is shared among
        them, and what only people look at is left out.
        """
        inventory = self.inventories.as_of(connection, origin)
        cells = inventory.cells
        index = pd.Index(cells["cell_id"], name="cell_id")
        queries.put(connection, "fc_cells", cells[_PLACE])
        kpis = self._panel.features(
            connection,
            origin,
            index,
            for_training=training_as_of is not None,
        )
        tickets = self._tickets(connection, origin, inventory)
        gate = Gate()
        gate.add("kpis", kpis.table)
        said = _said(connection, origin, index)
        gate.add("tickets", said.assign(**kind_rates(cells, said["tickets_28d"])))
        gate.add("plans", self._plans(connection, origin, index))
        gate.add("alarms", _alarms(connection, origin, index))
        gate.add("inventory", _static(cells, index))
        gate.add("neighbours", around(gate.table(), inventory.neighbours))
        ahead = self.calendar.features(origin, self.settings.horizon_h, self.zone)
        gate.add("calendar", pd.DataFrame(ahead, index=index))
        values = gate.table().astype(float)
        evidence = kpis.evidence.assign(
            tickets_7d=values["tickets_7d"],
            quiet=values["tickets_7d"] == 0,
            located=cells[["longitude", "latitude"]].notna().all(axis=1).to_numpy(),
            users_24h=values["users_24h"],
            # an age in hours is no exact number: 14:00 must not be shown as 13:59
            last_kpi_at=(
                pd.Timestamp(origin).tz_convert("UTC")
                - pd.to_timedelta(kpis.evidence["kpi_age_h"], unit="h")
            ).dt.round("s"),
        )
        return CellFeatures(origin, inventory, values, kpis.levels, evidence, tickets)

    def shares(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, since: datetime
    ) -> pd.DataFrame:
        """Whose the tickets since a moment were, as known at ``origin``: see ``cells.blame``.

        Returns:
            ``ticket_id, cell_id, weight`` of tickets attributed by position.
        """
        inventory = self.inventories.as_of(connection, origin)
        index = pd.Index(inventory.cells["cell_id"], name="cell_id")
        queries.put(connection, "fc_cells", inventory.cells[_PLACE])
        self._panel.gather(connection, origin, index, [], for_training=True)
        return shares_of(self._tickets(connection, origin, inventory, since))

    def _tickets(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        inventory: Inventory,
        since: datetime | None = None,
    ) -> pd.DataFrame:
        since = since or origin - timedelta(days=TICKET_DAYS)
        known = queries.frame(connection, "tickets_known", {"origin": origin, "since": since})
        limit = self.settings.low_satisfaction_limit
        age = (pd.Timestamp(origin) - known["created_at"]).dt.total_seconds() / 3600
        chance = np.round(_GRID * chance_of_low(known.assign(age_h=age), limit)) / _GRID
        tickets = attributed(known.assign(chance=chance), inventory, limit)
        tickets = sharpen(connection, tickets, origin, inventory, self.catalogue.names)
        tickets = tickets.drop(columns="description").assign(worth=worth(tickets, origin))
        queries.put(connection, "fc_tickets", tickets[tickets["cell_id"].notna()])
        return tickets

    def _plans(
        self, connection: duckdb.DuckDBPyConnection, origin: datetime, index: pd.Index
    ) -> pd.DataFrame:
        """Works and events, done and planned, that touch each cell."""
        until = origin + timedelta(hours=self.settings.horizon_h)
        span: dict[str, queries.Value] = {"origin": origin, "until": until}
        works = queries.frame(connection, "works_near", span).set_index("cell_id").reindex(index)
        events = queries.frame(connection, "events_near", span).set_index("cell_id").reindex(index)
        both = pd.concat([works, events], axis=1)
        counted = ["works_7d", "works_ahead", "events_ahead", "event_hours", "exams_ahead"]
        return both.assign(**both[counted].fillna(0.0))


_GRID = 2.0**12
_PRIOR_TICKETS = 10.0
_BEFORE_TRAINING = 42  # days: the weeks of the oldest origins that are trained on
_PLACE = ["cell_id", "site_id", "region_id", "longitude", "latitude"]


def _said(connection: duckdb.DuckDBPyConnection, origin: datetime, index: pd.Index) -> pd.DataFrame:
    said = queries.frame(connection, "ticket_features", {"origin": origin})
    said = said.set_index("cell_id").reindex(index)
    return said.assign(**said.drop(columns=list(_NOT_COUNTED)).fillna(0.0))


def _alarms(
    connection: duckdb.DuckDBPyConnection, origin: datetime, index: pd.Index
) -> pd.DataFrame:
    alarms = queries.frame(connection, "alarms_near", {"origin": origin})
    alarms = alarms.set_index("cell_id").reindex(index)
    return alarms.assign(**alarms.drop(columns="alarm_age_h").fillna(0.0))


def shares_of(tickets: pd.DataFrame) -> pd.DataFrame:
    """``ticket_id, cell_id, weight`` of the tickets that were attributed by position."""
    placed = tickets["attribution"] == "position"
    return tickets.loc[placed, ["ticket_id", "cell_id", "weight"]].reset_index(drop=True)


def kind_rates(cells: pd.DataFrame, tickets: pd.Series) -> dict[str, npt.NDArray[np.float64]]:
    """How often cells of the same vendor and band are complained about, against all cells.

    Args:
        cells: ``vendor, band, subscribers``, in the order of ``tickets``.
        tickets: of the last 28 days, by cell.

    Returns:
        ``vendor_rate`` and ``band_rate``: complaints per subscriber, 1 is the city's; drawn to 1
        by ten complaints. NaN where the kind is not known.
    """
    users = cells["subscribers"].astype(float).to_numpy()
    users = np.where(users > 0, users, np.nan)
    users = np.nan_to_num(users, nan=float(np.nanmedian(users)) if (users > 0).any() else 1.0)
    came = tickets.to_numpy(float)
    usual = came.sum() * users / users.sum()
    out = {}
    for kind in ("vendor", "band"):
        of = cells[kind].astype(object).reset_index(drop=True)
        sums = pd.DataFrame({"came": came, "usual": usual}).groupby(of).sum() + _PRIOR_TICKETS
        out[f"{kind}_rate"] = of.map(sums["came"] / sums["usual"]).to_numpy(float)
    return out


def _static(cells: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "generation": cells["technology"].map(_GENERATION).to_numpy(float),
            "subscribers": cells["subscribers"].to_numpy(float),
            "sites_2km": cells["sites_2km"].to_numpy(float),
        },
        index=index,
    )


def around(values: pd.DataFrame, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Weighted means of ``NEIGHBOUR_SOURCES`` over each cell's co-sited and near cells.

    ``SITE_SOURCES`` over the co-sited ones alone. A neighbour whose value is unknown is left out;
    without any known one the mean is unknown.
    """
    own = values.index.get_indexer(pd.Index(neighbours["cell_id"]))
    other = values.index.get_indexer(pd.Index(neighbours["neighbour_id"]))
    weight = neighbours["weight"].to_numpy(float)
    result = {}
    for kind in ("cosite", "near"):
        pairs = (neighbours["kind"] == kind).to_numpy() & (own >= 0) & (other >= 0)
        names = NEIGHBOUR_SOURCES + SITE_SOURCES if kind == "cosite" else NEIGHBOUR_SOURCES
        for name in names:
            result[f"{kind}:{name}"] = _weighted_mean(
                values[name].to_numpy(float), own[pairs], other[pairs], weight[pairs]
            )
    return pd.DataFrame(result, index=values.index)


def _weighted_mean(
    source: npt.NDArray[np.float64],
    own: npt.NDArray[np.intp],
    other: npt.NDArray[np.intp],
    weight: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    there = np.isfinite(source[other])
    count = len(source)
    total = np.bincount(own[there], source[other][there] * weight[there], minlength=count)
    weights = np.bincount(own[there], weight[there], minlength=count)
    return np.asarray(np.divide(total, weights, out=np.full(count, np.nan), where=weights > 0))
