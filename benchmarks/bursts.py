"""Bursts: how soon injected ones are found, and how often an alarm is raised in vain.

    python benchmarks/bursts.py --seeds 61 62 --bursts 300

For each seed a city is simulated (or a folder of feeds with truth is given). Each hour of its last
days is scanned with what was known in it. Then, one at a time, bursts of ten extra tickets within
24 hours around one site are put among the tickets, at random places and times, in the city's own
rhythm, form (cell, position or both) and delays of recording, and the hours are scanned again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]  # else `ingest` is a benchmark

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from forecasting.bursts.episodes import Burst
from forecasting.bursts.pieces import Pieces, hours_of, make_pieces
from forecasting.bursts.pipeline import replay
from forecasting.bursts.settings import BurstSettings
from forecasting.bursts.zones import Zones, make_zones
from forecasting.cells.attribution import Attributor
from ingest.simulator import simulate

ZONE = "Asia/Shanghai"
EXTRA, WITHIN_H = 10, 24.0
METRE = 111_195.0


@dataclass
class City:
    """A simulated city as the scan sees it, with its truth apart: which tickets have a cause.

    A cause is a hidden fault, a crowd or congestion; ``wide``: a fault of more than one cell.
    """

    cells: pd.DataFrame
    tickets: pd.DataFrame
    caused: np.ndarray
    wide: np.ndarray
    attributor: Attributor
    zones: Zones
    end: float

    @classmethod
    def read(cls, folder: Path, settings: BurstSettings) -> City:
        """From a simulated folder."""
        cells = pd.read_csv(folder / "cells.csv")
        cells["region_id"] = cells["region_id"].astype(str) if "region_id" in cells else None
        tickets = pd.read_csv(folder / "tickets.csv", dtype={"region_id": str})
        for column in ("created_at", "recorded_at"):
            tickets[column] = pd.to_datetime(tickets[column], utc=True).astype(
                "datetime64[us, UTC]"
            )
        truth = folder / "truth"
        faults = pd.read_parquet(truth / "faults.parquet", columns=["fault_id"])
        size = faults.groupby("fault_id").size()
        causes = pd.read_parquet(truth / "ticket_cells.parquet").set_index("ticket_id")
        causes = causes.reindex(tickets["ticket_id"])
        caused = (causes["cause"] != "none").to_numpy()
        wide = (causes["fault_id"].map(size).fillna(0) > 1).to_numpy()
        zones = make_zones(cells, np.empty(0, np.int64), settings.resolution, settings.rings)
        end = float(np.floor(hours_of(tickets["created_at"]).max()))
        return cls(cells, tickets, caused, wide, Attributor(cells), zones, end)

    def pieces(self, tickets: pd.DataFrame) -> Pieces:
        """Tickets as the scan sees them."""
        shares = self.attributor.attribute(tickets, self.cells["cell_id"], alone=True)
        return make_pieces(tickets, shares, np.zeros(len(tickets), np.int64), self.zones)


def inject(city: City, site: str, start: float, rng: np.random.Generator) -> pd.DataFrame:
    """Ten tickets about one site within a day; rhythm, form and delays drawn from real ones."""
    cells = city.cells[city.cells["site_id"] == site]
    hours = hours_of(city.tickets["created_at"])
    of_day = (np.floor(hours).astype(int) + 8) % 24
    profile = np.bincount(of_day, minlength=24) / len(hours)
    slots = start + np.arange(0, WITHIN_H, 0.25)
    chance = profile[(np.floor(slots).astype(int) + 8) % 24]
    created = np.sort(rng.choice(slots, EXTRA, p=chance / chance.sum()) + rng.random(EXTRA) / 4)
    like = city.tickets.iloc[rng.integers(len(city.tickets), size=EXTRA)]
    delay = hours_of(like["recorded_at"]) - hours_of(like["created_at"])
    about = cells.iloc[rng.choice(len(cells), EXTRA, p=_shares(cells["subscribers"]))]
    longitude, latitude = _positions(city, about, rng)
    named, placed = like["cell_id"].notna().to_numpy(), like["longitude"].notna().to_numpy()
    return pd.DataFrame(
        {
            "ticket_id": [f"X{i}" for i in range(EXTRA)],
            "created_at": _moments(created),
            "recorded_at": _moments(created + delay),
            "cell_id": np.where(named, about["cell_id"], None),
            "longitude": np.where(placed, longitude, np.nan),
            "latitude": np.where(placed, latitude, np.nan),
            "region_id": None,
        }
    )


def _shares(weights: pd.Series) -> np.ndarray:
    return weights.to_numpy(float) / weights.sum()


def _moments(hours: np.ndarray) -> pd.Series:
    stamps = np.round(hours * 3_600_000_000).astype("int64")
    return pd.Series(stamps.astype("datetime64[us]")).dt.tz_localize("UTC")


def _positions(city: City, about: pd.DataFrame, rng: np.random.Generator) -> tuple:
    """Somewhere in the beam, as far as half-way to the sites around; 60 m off."""
    masts = city.cells.drop_duplicates("site_id")
    wide = np.cos(np.radians(masts["latitude"].mean()))
    flat = np.column_stack([masts["longitude"] * METRE * wide, masts["latitude"] * METRE])
    here = np.column_stack([about["longitude"] * METRE * wide, about["latitude"] * METRE])
    distance, _ = cKDTree(flat).query(here, k=4)
    reach = np.minimum(distance[:, 1:].mean(axis=1) * 0.6, 3000) * np.sqrt(
        rng.uniform(0.01, 1.2, len(about))
    )
    bearing = np.radians(about["azimuth_deg"].to_numpy(float) + rng.normal(0, 27, len(about)))
    east = reach * np.sin(bearing) + rng.normal(0, 60, len(about))
    north = reach * np.cos(bearing) + rng.normal(0, 60, len(about))
    return (
        about["longitude"].to_numpy() + east / METRE / wide,
        about["latitude"].to_numpy() + north / METRE,
    )


def judge(
    city: City, pieces: Pieces, bursts: list[Burst], windows: tuple[int, ...], days: float
) -> dict[str, float]:
    """Alarms without injection, per 30 days; true where half of the tickets have a cause."""
    true, wide = 0, 0
    for burst in bursts:
        inside = (
            np.isin(pieces.unit, list(burst.first.units))
            & (pieces.created > burst.first_seen - windows[burst.first.window])
            & (pieces.recorded <= burst.first_seen)
        )
        tickets = np.unique(pieces.ticket[inside])
        true += bool(city.caused[tickets].mean() >= 0.5)
        wide += bool(city.wide[tickets].mean() >= 0.5)
    scale = 30 / days
    return {
        "alarms": round(len(bursts) * scale, 2),
        "of a true cause": round(true * scale, 2),
        "of a true fault of several cells of a site": round(wide * scale, 2),
        "of no cause (false)": round((len(bursts) - true) * scale, 2),
    }


def specificity(city: City, pieces: Pieces, bursts: list[Burst], first: float, days: int) -> float:
    """Share not flagged of places and days without caused complaints then or 3 days before."""
    troubled = np.zeros((len(city.zones.units), days), bool)
    caused = city.caused[pieces.ticket]
    day = np.floor((pieces.created[caused] - first) / 24).astype(int)
    for back in range(4):
        inside = (day + back >= 0) & (day + back < days)
        troubled[pieces.unit[caused][inside], (day + back)[inside]] = True
    flagged = np.zeros_like(troubled)
    for burst in bursts:
        start, stop = (int((h - first) // 24) for h in (burst.first_seen, burst.last_seen))
        flagged[sorted(burst.first.units), max(start, 0) : stop + 1] = True
    return float(1 - (flagged & ~troubled).sum() / (~troubled).sum())


def measure(city: City, settings: BurstSettings, days: int, bursts: int, kept: Path) -> dict:
    first = city.end - days * 24.0
    whole = city.pieces(city.tickets)
    known = whole.known_at(city.end)
    began = time.perf_counter()
    calm = replay(
        known,
        city.end,
        city.zones,
        settings=settings,
        zone=ZONE,
        models_dir=kept,
        hours_back=days * 24.0,
    )
    seconds = time.perf_counter() - began
    # what stood already when the span began is no alarm of the span
    alarms = [b for b in calm.bursts if b.first_seen >= first + 72]
    result = {
        "height": round(calm.learned.chance.height(settings.false_alarm_days), 2),
        "spread": round(calm.learned.spread, 3),
        "replay_s": round(seconds, 2),
        **judge(city, known, alarms, settings.windows_h, days - 3),
        "specificity": round(specificity(city, known, alarms, first, days), 5),
    }
    rng = np.random.default_rng(20261122)
    sites = np.sort(city.cells["site_id"].unique())
    numbers, waits, by_run, by_count, standing = [], [], 0, 0, 0
    for _ in range(bursts):
        site, start = str(rng.choice(sites)), float(rng.uniform(first + 72, city.end - 48))
        extra = inject(city, site, start, rng)
        unit = int(
            city.zones.cell_units[city.cells.loc[city.cells["site_id"] == site, "cell_id"].iloc[0]]
        )
        until = float(np.ceil(start + 40))
        mixed = city.pieces(pd.concat([city.tickets[extra.columns], extra], ignore_index=True))
        seen = replay(
            mixed.known_at(until),
            until,
            city.zones,
            settings=settings,
            zone=ZONE,
            models_dir=kept,
            hours_back=64.0,
        )
        mine = [b for b in seen.bursts if unit in b.first.units and b.last_seen >= start]
        if any(b.first_seen <= start for b in mine):
            standing += 1  # an alarm of its own stands here already
            continue
        recorded = np.sort(hours_of(extra["recorded_at"]))
        if not mine:
            numbers.append(99)
            continue
        alarm = min(b.first_seen for b in mine)
        count = int((recorded <= alarm).sum())
        numbers.append(count)
        waits.append(alarm - start)
        by_count += count <= 7
        by_run += alarm <= np.ceil(recorded[6])
    tried = len(numbers)
    found = np.array(numbers)
    result |= {
        "injected": tried,
        "alarm stood already": standing,
        "found by the first scan after the 7th ticket": round(by_run / tried, 4),
        "found with at most 7 recorded": round(by_count / tried, 4),
        "found at all": round(float((found < 99).mean()), 4),
        "tickets recorded at the alarm": {
            f"p{q}": float(np.percentile(found, q)) for q in (10, 50, 90)
        },
        "hours from the start": {
            f"p{q}": round(float(np.percentile(waits, q)), 1) for q in (10, 50, 90)
        },
    }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[61])
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--test-days", type=int, default=33, help="scanned; alarms count after 3")
    parser.add_argument("--bursts", type=int, default=200)
    parser.add_argument("--false-alarm-days", type=float, nargs="+", default=[30.0])
    parser.add_argument("--city", type=Path, help="a simulated city's folder, instead of seeds")
    parser.add_argument("--keep", type=Path, help="where simulated cities are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        work = given.keep or Path(aside)
        for seed in [None] if given.city else given.seeds:
            folder = given.city or work / f"city{seed}"
            if not folder.exists():
                simulate(folder, cells=given.cells, days=given.days, seed=seed)
            for days in given.false_alarm_days:
                settings = BurstSettings(false_alarm_days=days)
                city = City.read(folder, settings)
                row = measure(city, settings, given.test_days, given.bursts, Path(aside) / "kept")
                print(json.dumps({"seed": seed, "false_alarm_days": days, **row}), flush=True)


if __name__ == "__main__":
    main()
