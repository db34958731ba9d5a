"""Bursts as of a moment: read, scan every hour of the last weeks, follow, attach the evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting import queries
from forecasting.bursts.episodes import KEEP, Burst, Chronicle, clusters_of
from forecasting.bursts.evidence import Surroundings, evidence
from forecasting.bursts.ground import Ground
from forecasting.bursts.learned import Learned, learn
from forecasting.bursts.pieces import Pieces, hours_of, make_pieces
from forecasting.bursts.replay import Levels, scan_week
from forecasting.bursts.rhythm import LocalHours
from forecasting.bursts.settings import BurstSettings
from forecasting.bursts.zones import Zones, index, make_zones
from forecasting.cells.inventory import Inventory
from forecasting.errors import NotEnoughHistoryError

Array = NDArray[np.float64]

WEEK_H = 168.0
_LONGEST_DAYS = 36_500.0  # beyond a century the tail says no more than 'never'
COLUMNS = (
    "burst_id", "first_seen_at", "window_start", "window_h", "longitude", "latitude", "rings",
    "radius_m", "tickets", "expected", "llr", "peak_llr", "p_value", "recurrence_days", "region_id",
    "site_id", "site_share", "cell_ids", "services", "categories", "words", "works", "alarms",
)  # fmt: skip
_JSON = ("cell_ids", "services", "categories", "words", "works", "alarms")
_WORKS_BACK, _WORKS_AHEAD, _ALARMS_BACK = (
    timedelta(days=7),
    timedelta(days=3),
    timedelta(days=3),
)


@dataclass(frozen=True)
class Replayed:
    """What came of scanning every hour.

    Attributes:
        bursts: all of the span, by the time of their alarm.
        learned: of the newest week.
        moment: the last hour scanned.
    """

    bursts: list[Burst]
    learned: Learned
    moment: float


def find_bursts(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    inventory: Inventory,
    *,
    settings: BurstSettings,
    zone: str,
    models_dir: Path | None,
) -> pd.DataFrame:
    """Batch complaints that stand at ``as_of``, the least probable first.

    Args:
        connection: the warehouse.
        as_of: aware; nothing that became known later is looked at.
        inventory: cells and regions known then.
        settings: of the scan.
        zone: IANA name of the operator's zone.
        models_dir: where what was learnt is kept for the week.

    Returns:
        Columns ``COLUMNS``; lists are JSON text. Times are UTC. Empty where too little is known.
    """
    days = 14 + settings.memory_days + 3 * settings.learn_days
    span: dict[str, queries.Value] = {"origin": as_of, "since": as_of - timedelta(days=days)}
    tickets = queries.frame(connection, "burst_tickets", span)
    # a past hour is scanned with what it knew: later complaints do not speak for earlier ones
    shares = inventory.attributor.attribute(tickets, inventory.cells["cell_id"], alone=True)
    placed = set(shares.loc[shares["cell_id"].notna(), "ticket_id"])
    places = index(tickets["longitude"], tickets["latitude"], settings.resolution)
    hexes = places.where(~tickets["ticket_id"].isin(placed), 0).to_numpy(np.int64)
    zones = make_zones(inventory.cells, hexes, settings.resolution, settings.rings)
    pieces = make_pieces(tickets, shares, hexes, zones)
    moment = hours_of(pd.Series([pd.Timestamp(as_of).tz_convert("UTC")]))[0]
    try:
        replayed = replay(
            pieces, float(moment), zones, settings=settings, zone=zone, models_dir=models_dir
        )
    except NotEnoughHistoryError:
        return pd.DataFrame(columns=[*COLUMNS])
    standing = [b for b in replayed.bursts if b.last_seen == replayed.moment]
    if not standing:
        return pd.DataFrame(columns=[*COLUMNS])
    around = Surroundings(
        as_of,
        inventory.cells,
        queries.frame(
            connection,
            "burst_works",
            {"origin": as_of, "since": as_of - _WORKS_BACK, "until": as_of + _WORKS_AHEAD},
        ),
        queries.frame(connection, "burst_alarms", {"origin": as_of, "since": as_of - _ALARMS_BACK}),
        tickets,
        shares,
    )
    teller = _Teller(replayed, pieces, zones, settings, around)
    standing.sort(key=lambda burst: (-round(burst.now.height, 9), burst.now.disc))
    rows = [teller.row(burst) for burst in standing]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def keep_bursts(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, bursts: pd.DataFrame
) -> None:
    """Keep the bursts of one forecast; those of an earlier one of the same moment are replaced."""
    moment: dict[str, queries.Value] = {"as_of": as_of}
    queries.run(connection, "forget_bursts", moment)
    if len(bursts):
        queries.put(connection, "fc_run_bursts", bursts)
        queries.run(connection, "write_bursts", moment)


def replay(
    pieces: Pieces,
    moment: float,
    zones: Zones,
    *,
    settings: BurstSettings,
    zone: str,
    models_dir: Path | None,
    hours_back: float | None = None,
) -> Replayed:
    """Scan every whole hour of the last days, and the moment itself, each with what it knew.

    Args:
        pieces: of all tickets known at ``moment``.
        moment: hours since 1970.
        zones: discs.
        settings: of the scan.
        zone: IANA name of the operator's zone.
        models_dir: where what was learnt is kept.
        hours_back: how far back to begin; by default at the Monday before
            ``settings.memory_days``.

    Raises:
        NotEnoughHistoryError: too few tickets are known even for the newest week.
    """
    back = settings.memory_days * 24.0 if hours_back is None else hours_back
    first = float(np.ceil(moment - back))
    oldest = float(pieces.created.min()) if len(pieces.created) else moment
    hours = LocalHours.between(min(oldest, first) - 2 * WEEK_H, moment, zone)
    if hours_back is None:  # a beginning that does not move from run to run
        first = float(_mondays(np.array([first]), hours)[0])
    moments = np.unique(np.append(np.arange(first, np.floor(moment) + 1), moment))
    ground = Ground(pieces, zones, hours, settings)
    chronicle = Chronicle(settings.ends_after_h)
    learned, before = None, None
    anchors = _mondays(moments, hours)
    for anchor in np.unique(anchors):
        try:
            learned = learn(ground, float(anchor), models_dir)
        except NotEnoughHistoryError:
            if anchor == anchors[-1]:
                raise
            continue
        day = int(hours.days(np.array([anchor]))[0])
        levels = np.concatenate([(before or learned).levels, learned.levels, learned.levels])
        some = moments[anchors == anchor]
        scanned = scan_week(ground, some, learned, Levels(levels, day - 7))
        alarm = learned.chance.height(settings.false_alarm_days)
        clusters = clusters_of(scanned, KEEP * alarm, zones)
        for position, hour in enumerate(some):
            chronicle.note(float(hour), clusters.get(position, []), alarm)
        before = learned
    if learned is None:
        raise NotEnoughHistoryError("no hour to scan")
    return Replayed(chronicle.bursts, learned, float(moments[-1]))


def burst_id(burst: Burst, zones: Zones) -> str:
    """Hour of the alarm and the middle of its first disc: the same from run to run."""
    seen = datetime.fromtimestamp(burst.first_seen * 3600, UTC)
    return f"B{seen:%Y%m%d%H}-{int(zones.centre[burst.first.disc]):x}".rstrip("f")


def _mondays(moments: Array, hours: LocalHours) -> Array:
    """The local Monday midnight before (or at) each moment, in hours."""
    days = hours.days(moments)
    monday = days - (days + 3) % 7  # 1970-01-01 was a Thursday
    first = {int(day): hours.first + i for i, day in reversed(list(enumerate(hours.day)))}
    return np.array([float(first[int(day)]) for day in monday])


@dataclass(frozen=True)
class _Teller:
    """Puts a burst into a row of the table."""

    replayed: Replayed
    pieces: Pieces
    zones: Zones
    settings: BurstSettings
    around: Surroundings

    def row(self, burst: Burst) -> dict[str, object]:
        """All ``COLUMNS`` of one burst."""
        now, moment, zones = burst.now, self.replayed.moment, self.zones
        window = self.settings.windows_h[now.window]
        inside = (
            np.isin(self.pieces.unit, list(now.units))
            & (self.pieces.created > moment - window)
            & (self.pieces.recorded <= moment)
        )
        numbers = np.unique(self.pieces.ticket[inside])
        ids = pd.Index(self.around.tickets["ticket_id"].iloc[numbers])
        in_disc = zones.cell_units.index[zones.cell_units.isin(list(now.units))]
        told = evidence(self.around, ids, in_disc)
        longitude, latitude = zones.place(now.disc)
        regions = sorted(zones.regions[zones.region[unit]] for unit in now.units)
        region = max(dict.fromkeys(regions), key=regions.count)
        chance = self.replayed.learned.chance
        return {
            "burst_id": burst_id(burst, zones),
            "first_seen_at": _moment(burst.first_seen),
            "window_start": _moment(moment - window),
            "window_h": window,
            "longitude": longitude,
            "latitude": latitude,
            "rings": int(zones.rings[now.disc]),
            "radius_m": zones.radius_m(now.disc),
            "tickets": round(now.count, 3),
            "expected": now.expected,
            "llr": now.height,
            "peak_llr": burst.peak.height,
            "p_value": chance.p_value(burst.peak.height),
            "recurrence_days": min(chance.recurrence_days(burst.peak.height), _LONGEST_DAYS),
            "region_id": region or None,
            **{
                key: json.dumps(value, ensure_ascii=False) if key in _JSON else value
                for key, value in told.items()
            },
        }


def _moment(hour: float) -> pd.Timestamp:
    return pd.Timestamp(round(hour * 3_600_000_000), unit="us", tz="UTC")
