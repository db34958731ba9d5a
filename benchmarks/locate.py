"""Whose complaint: how often the true cell is the first of the probable ones, and are they sure?

    python benchmarks/locate.py [--cells 400] [--days 40] [--seed 3] [--weeks 2]
    python benchmarks/locate.py --city CITY --data DATA [--weeks 4]
    python benchmarks/locate.py --speed [--cells 20000]

Simulates a city with its truth (or takes one that was loaded into DATA), and at each of the last
Monday midnights attributes the tickets of the week before that carry a position and no cell, as
known then. Prints the share whose true cell comes first, and among the first three; the calibration
of the chances; all of it for what is known step by step, and a ceiling: the simulator's own
densities, intensities and words. DATA is opened for writing.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:] = [p for p in sys.path if Path(p).resolve() != Path(__file__).resolve().parent]

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.calendar import load_calendar
from forecasting.cells.attribution import Attributor
from forecasting.cells.features import FeatureMaker
from forecasting.cells.serving import Habits
from forecasting.cells.serving_learn import learn
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from ingest.load import ingest_paths
from ingest.settings import IngestSettings
from ingest.simulator.city import City, build_city
from ingest.simulator.run import DEFAULT_END, ZONE, simulate
from ingest.simulator.state import CAUSE_NAMES, new_state, step
from ingest.simulator.tickets import VOICE, Customers, _texts, draw_tickets
from ingest.warehouse import open_warehouse

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Judged:
    """Chances of the cells of tickets, one row per ticket and cell, with ``true``."""

    rows: pd.DataFrame
    tickets: int

    def line(self, name: str) -> str:
        """Shares of true first cells and calibration; ECE over deciles of the chance."""
        ranked = self.rows.sort_values(["ticket_id", "weight"], ascending=[True, False])
        place = ranked.groupby("ticket_id").cumcount()
        first = ranked[place == 0]
        top1 = first["true"].sum() / self.tickets
        top3 = ranked.loc[place < 3, "true"].sum() / self.tickets
        bins = (self.rows["weight"] * 10).clip(upper=9).astype(int)
        off = (self.rows["weight"] - self.rows["true"]).groupby(bins).sum().abs().sum()
        sure = (first["weight"] * 10).clip(upper=9).astype(int)
        gap = (first["weight"] - first["true"]).groupby(sure).sum().abs().sum()
        told = self.rows.loc[self.rows["true"], "weight"]
        return (
            f"{name:44s} {100 * top1:6.1f} % {100 * top3:6.1f} %  ECE pairs"
            f" {off / len(self.rows):.4f}  first {gap / self.tickets:.4f}"
            f"  mean log {np.log(told).sum() / self.tickets:.3f} ({self.tickets - len(told)} cut)"
        )

    def deciles(self) -> str:
        """What was said and what came, by decile of the chance."""
        bins = (self.rows["weight"] * 10).clip(upper=9).astype(int)
        table = self.rows.groupby(bins).agg(
            pairs=("true", "size"), said=("weight", "mean"), came=("true", "mean")
        )
        return table.round(3).to_string()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--city", type=Path, help="feeds and truth of a simulated city")
    parser.add_argument("--data", type=Path, help="the data directory it was loaded into")
    parser.add_argument("--cells", type=int, default=400)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=2)
    parser.add_argument("--no-ceiling", action="store_true")
    parser.add_argument("--speed", action="store_true", help="time 20,000 tickets instead")
    given = parser.parse_args()
    if given.speed:
        speed(given.cells)
        return
    with tempfile.TemporaryDirectory() as folder:
        city, data = given.city, given.data
        if city is None or data is None:
            city, data = Path(folder) / "city", Path(folder) / "data"
            simulate(city, cells=given.cells, days=given.days, seed=given.seed)
            load(city, data)
        connection = open_warehouse(data, threads=1)
        compare(connection, city, given)


def speed(size: int, count: int = 20_000) -> None:
    """Seconds of the processor to learn from tickets and to attribute them."""
    cells = build_city(size, 1).cells
    rng = np.random.default_rng(0)
    at = cells.iloc[rng.integers(0, size, count)].reset_index(drop=True)
    angle = np.radians(at["azimuth_deg"] + rng.normal(0, 27, count))
    away = 300 * np.sqrt(rng.random(count))
    hours = pd.to_timedelta(rng.integers(0, 90 * 24, count), unit="h")
    tickets = pd.DataFrame(
        {
            "ticket_id": [f"T{n:06}" for n in range(count)],
            "created_at": pd.Timestamp("2026-03-01", tz="UTC") + hours,
            "cell_id": at["cell_id"],
            "longitude": at["longitude"] + away * np.sin(angle) / 85_000,
            "latitude": at["latitude"] + away * np.cos(angle) / 111_000,
            "region_id": None,
            "service": "数据业务",
            "category": "上网慢",
            "description": "手机显示5G，" + at["name"].str[:6] + "很慢",
        }
    )
    began = time.process_time()
    habits = learn(tickets, cells)
    learned = time.process_time()
    unnamed = tickets.assign(cell_id=tickets["cell_id"].where(np.arange(count) % 10 == 0, None))
    rows = Attributor(cells, habits).attribute(unnamed, cells["cell_id"])
    took = time.process_time() - learned
    print(f"{count} tickets, {size} cells: learned in {learned - began:.1f} s,"
          f" attributed in {took:.1f} s, {len(rows)} rows")  # fmt: skip


def load(city: Path, data: Path) -> None:
    connection = open_warehouse(data, threads=1)
    feeds = [path for path in sorted(city.iterdir()) if path.name != "truth"]
    ingest_paths(
        connection, feeds, settings=IngestSettings(), data=data, clock=FixedClock(DEFAULT_END)
    )
    connection.close()


def compare(connection: duckdb.DuckDBPyConnection, city: Path, given: argparse.Namespace) -> None:
    truth = pd.read_parquet(city / "truth" / "ticket_cells.parquet")
    true_cell = truth.set_index("ticket_id")["cell_id"]
    settings, catalogue = ForecastingSettings(threads=1), load_catalogue()
    zone = queries.session_zone(connection)
    maker = FeatureMaker(settings, catalogue, load_calendar(settings.holiday_country), zone)
    last = pd.Timestamp(DEFAULT_END).tz_convert(zone).normalize()
    last -= timedelta(days=last.weekday())
    parts: dict[str, list[pd.DataFrame]] = {}
    for back in reversed(range(given.weeks)):
        origin = (last - back * WEEK).to_pydatetime()
        for name, shares in ways(connection, maker, origin).items():
            parts.setdefault(name, []).append(shares)
    print(f"{len(parts)} ways, {given.weeks} weeks; first, among the first three, calibration")
    judged = {name: Judged(*marked(pd.concat(p), true_cell)) for name, p in parts.items()}
    for name, found in judged.items():
        print(found.line(name))
    best = judged[name]
    if not given.no_ceiling:
        last_name = "ceiling: the simulator's own"
        asked = best.rows["ticket_id"].unique()
        rows = ceiling(city, set(asked))
        judged[last_name] = Judged(*marked(rows, true_cell))
        print(judged[last_name].line(last_name))
        alike(best, judged[last_name], city)
    print(f"reliability of '{name}', pairs of ticket and cell by chance:")
    print(best.deciles())


def marked(rows: pd.DataFrame, true_cell: pd.Series) -> tuple[pd.DataFrame, int]:
    rows = rows.assign(true=rows["ticket_id"].map(true_cell) == rows["cell_id"])
    return rows.reset_index(drop=True), rows["ticket_id"].nunique()


def ways(
    connection: duckdb.DuckDBPyConnection, maker: FeatureMaker, origin: datetime
) -> dict[str, pd.DataFrame]:
    """Shares of the tickets of the week before, by more and more of what is known."""
    began = time.process_time()
    inventory = maker.inventories.as_of(connection, origin - timedelta(minutes=1))  # last Monday's
    learned = inventory.attributor.habits
    learning = time.process_time() - began
    span = {"origin": origin, "since": origin - 2 * WEEK}
    known = queries.frame(connection, "tickets_known", span)
    fresh = known[(known["created_at"] > pd.Timestamp(origin - WEEK)) & known["cell_id"].isna()]
    cells = inventory.cells[inventory.cells["longitude"].notna()]
    plain = replace(learned, company=1e-9, place=0.0, kinds=(), rates=())
    told = replace(learned, place=0.0)
    found = {
        "geometry alone, defaults": spread(
            cells.drop(columns="subscribers"), Habits(company=1e-9), known
        ),
        "geometry learned": spread(cells.drop(columns="subscribers"), plain, known),
        "+ users": spread(cells, plain, known),
        "+ company": spread(cells, replace(plain, company=learned.company), known),
        "+ technology, service, generation words": spread(cells, told, known),
        "+ place words": spread(cells, learned, known),
    }
    began = time.process_time()
    maker.inventories.as_of(connection, origin)
    found["+ pain: as used"] = maker.shares(connection, origin, origin - 2 * WEEK)
    took = time.process_time() - began
    print(f"{origin:%Y-%m-%d}: {learned.tickets} tickets learned from in {learning:.1f} s,"
          f" {len(fresh)} asked about; features' shares {took:.1f} s; {learned.geometry}"
          f" company {learned.company:.2f}, sharpness {learned.sharpness:.2f},"
          f" place {learned.place:.2f}")  # fmt: skip
    return {name: rows[rows["ticket_id"].isin(fresh["ticket_id"])] for name, rows in found.items()}


def spread(cells: pd.DataFrame, habits: Habits, known: pd.DataFrame) -> pd.DataFrame:
    rows = Attributor(cells, habits).attribute(known, cells["cell_id"])
    return rows.loc[rows["attribution"] == "position", ["ticket_id", "cell_id", "weight"]]


def ceiling(city: Path, asked: set[str]) -> pd.DataFrame:
    """Chances by one who knows the simulator and its hidden state, but not the true cell."""
    tickets = pd.read_csv(city / "tickets.csv")
    tickets = tickets[tickets["ticket_id"].isin(asked)].copy()
    tickets["at"] = pd.to_datetime(tickets["created_at"], utc=True)
    cells = pd.read_csv(city / "cells.csv")
    truth = pd.read_parquet(city / "truth" / "oracle.parquet", columns=["as_of"])
    start = truth["as_of"].min().to_pydatetime().astimezone(ZONE)
    seed = given_seed(city, cells)
    town = build_city(len(cells), seed)
    state, customers = new_state(town), Customers()
    hour = start - timedelta(days=15)
    wanted = dict(iter(tickets.groupby(tickets["at"].dt.floor("h"))))
    rows = []
    while wanted and hour <= tickets["at"].max():
        lived = step(town, state, hour)
        draw_tickets(town, state, customers, lived)
        of_hour = wanted.pop(pd.Timestamp(hour).tz_convert("UTC"), None)
        if of_hour is not None:
            blamed = state.blamed
            for ticket in of_hour.itertuples():
                chance = posterior(town, lived, blamed, ticket)
                most = np.flatnonzero(chance > 1e-3 * chance.max())
                share = chance[most] / chance[most].sum()
                ids = town.cells["cell_id"].to_numpy()[most]
                rows.append(
                    pd.DataFrame({"ticket_id": ticket.ticket_id, "cell_id": ids, "weight": share})
                )
        hour += timedelta(hours=1)
    return pd.concat(rows)


def given_seed(city: Path, cells: pd.DataFrame) -> int:
    """The seed that made these cells."""
    for seed in range(1000):
        made = build_city(len(cells), seed).cells
        if (made["longitude"].to_numpy() == cells["longitude"].to_numpy()).all():
            return seed
    raise SystemExit(f"{city}: no seed below 1000 gives these cells")


def posterior(town: City, lived: object, blamed: np.ndarray, ticket: object) -> np.ndarray:
    """Unnormalised chance of every cell: density of the position x intensity x words."""
    metres = 111_320.0
    lat = ticket.latitude
    cell_lon, cell_lat, azimuth = (
        town.cells[c].to_numpy(float) for c in ("longitude", "latitude", "azimuth_deg")
    )
    east = (ticket.longitude - cell_lon) * metres * np.cos(np.radians(lat))
    north = (lat - cell_lat) * metres
    density = np.zeros(len(cell_lon))
    near = np.flatnonzero(np.hypot(east, north) < 1.2 * town.reach_m + 400)
    radius = np.sqrt(np.linspace(0.01, 1.2, 61)[:, None])
    angle = np.linspace(-110, 110, 45)[None, :]
    weight = np.exp(-0.5 * (angle / 27) ** 2)
    weight = np.broadcast_to(weight / weight.sum(), (61, 45)) / 61
    for cell in near:
        turned = np.radians(azimuth[cell] + angle)
        at_east = town.reach_m[cell] * radius * np.sin(turned)
        at_north = town.reach_m[cell] * radius * np.cos(turned)
        off = (at_east - east[cell]) ** 2 + (at_north - north[cell]) ** 2
        # wider than the error of 60 m by half the distance of the nodes
        size = 60.0**2 + (town.reach_m[cell] / 45) ** 2
        density[cell] = (weight * np.exp(-0.5 * off / size)).sum() / size
    texts = _texts()
    caused = lived.causing[0]
    names = np.array(CAUSE_NAMES)
    said = np.zeros(len(cell_lon))
    for cell in near:
        for cause, rate in ((names[blamed[cell]], caused[cell]), ("none", lived.background[cell])):
            said[cell] += rate * words(town, texts, cell, cause, ticket)
    return density * said


def words(town: City, texts: dict, cell: int, cause: str, ticket: object) -> float:
    """P(service, category, words | cell, cause)."""
    kind = texts["causes"][cause]
    technology = texts["technologies"][str(town.cells["technology"].iloc[cell])]
    services = {n: w * (technology["voice"] if n == VOICE else 1.0) for n, w in kind["services"]}
    chance = services.get(ticket.service, 0.0) / sum(services.values())
    chance *= kind["categories"].count(ticket.category) / len(kind["categories"])
    said = ticket.description
    if ticket.service != VOICE:
        begun = [(s, p) for s, p in technology["data"] if s and said.startswith(s)]
        chance *= begun[0][1] if begun else technology["data"][0][1]
        others = [s for t in texts["technologies"].values() for s, _ in t["data"] if s]
        if not begun and said.startswith(tuple(others)):
            return 0.0
    place = str(town.cells["name"].iloc[cell]).split("-")[0].rstrip("0123456789")
    held = sum(text.format(place=place) in said for text in kind["texts"])
    return chance * held / len(kind["texts"])


def alike(used: Judged, best: Judged, city: Path) -> None:
    """Where the first cell is wrong: on the same mast, the other technology, another mast."""
    cells = pd.read_csv(city / "cells.csv").set_index("cell_id")
    for name, judged in (("as used", used), ("ceiling", best)):
        first = judged.rows.sort_values("weight").groupby("ticket_id").tail(1)
        true = judged.rows[judged.rows["true"]].set_index("ticket_id")["cell_id"]
        pairs = first[~first["true"]].set_index("ticket_id").join(true.rename("was"), how="left")
        one, other = (cells.reindex(pairs[c]).reset_index() for c in ("cell_id", "was"))
        site = (one["site_id"] == other["site_id"]).to_numpy()
        beam = (one["azimuth_deg"] == other["azimuth_deg"]).to_numpy()
        print(
            f"wrong first cells, {name}: {len(pairs)} of {judged.tickets}: same mast and azimuth"
            f" (other technology) {(site & beam).sum()}, same mast other azimuth"
            f" {(site & ~beam).sum()}, other mast {(~site).sum()}"
        )


if __name__ == "__main__":
    main()
