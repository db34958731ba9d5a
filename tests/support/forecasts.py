"""Forecasts put straight into a warehouse, to be judged by hand-made facts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from forecasting.fates import accuracy_tables, judge_due
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from tests.support.facts import Facts, local

SETTINGS = ForecastingSettings()
FIRST = local(2026, 10, 5)  # a Monday midnight in Beijing
OVER = FIRST + timedelta(hours=72)
JUDGED = OVER + timedelta(hours=12)
HOUR = timedelta(hours=1)
STATUS = {"a": "red", "b": "red", "c": "red", "d": "yellow", "e": "green", "f": "unknown"}
CHANCE = {"a": 0.6, "b": 0.5, "c": 0.4, "d": 0.2, "e": 0.05, "f": None}


class Forecasts(Facts):
    """Six cells on three sites, and forecasts put straight into the tables."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._event = 0
        self.cells(*({"cell_id": c, "site_id": f"s{n // 2}"} for n, c in enumerate(STATUS)))

    def forecast(self, as_of: datetime = FIRST, *, status=STATUS, horizon_h: int = 72) -> None:
        details = {"horizon_h": horizon_h, "policy": {"capacity": 3}}
        run = {"as_of": as_of, "mode": "cells", "model_id": "m", "made_at": as_of}
        run |= {"details": json.dumps(details)}
        self.insert("forecast_runs", [run])
        self.insert(
            "cell_forecasts",
            [
                {
                    "as_of": as_of,
                    "cell_id": cell,
                    "expected_low_complaints": CHANCE[cell],
                    "probability": CHANCE[cell],
                    "status": state,
                    "quiet": cell != "b",
                    "cause": "hardware" if state == "red" else None,
                }
                for cell, state in status.items()
            ],
        )

    def insert(self, table: str, rows: list[dict]) -> None:
        self.connection.register("incoming", pd.DataFrame(rows))
        self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def work(self, starts_at: datetime, **place: str) -> None:
        row = {"work_id": f"w{starts_at}{place}", "starts_at": starts_at, "state_at": starts_at}
        self.put("work_states", [row | {"known_at": starts_at} | place])

    def order(
        self,
        order_id: str,
        cells: list[str],
        *events: tuple,
        site: str = "",
        cause: str = "hardware",
    ) -> None:
        """An order of the mirror: ``(moment, kind, state)`` or with a dict of further columns."""
        first = events[0][0]
        about = {"order_id": order_id, "event_id": self._event + 1, "known_at": first}
        about |= {"site_id": site or f"site of {cells}", "cause": cause, "cell_ids": cells}
        self.insert("work_orders", [about])
        rows = []
        for n, (at, kind, state, *more) in enumerate(events, 1):
            self._event += 1
            row = {"event_id": self._event, "order_id": order_id, "seq": n, "kind": kind}
            row |= {"state": state, "known_at": at, "actor": "crew"}
            rows.append(row | (more[0] if more else {}))
        self.insert("work_order_events", rows)

    def repair(self, at: datetime, *cells: str, site: str = "") -> None:
        """An order opened an hour before, and reported as repaired."""
        name = f"WO-{self._event + 1:06d}"
        before = at - HOUR
        self.order(name, list(cells), (before, "propose", "proposed"), (at, "repair", "repaired"),
                   site=site)  # fmt: skip

    def complain(self, cell: str, created_at: datetime, score: int = 2, **more: object) -> str:
        return self.ticket(created_at, cell_id=cell, satisfaction=score, **more)

    def judge(self, moment: datetime):
        return judge_due(self.connection, moment, settings=SETTINGS, catalogue=load_catalogue())

    def told(self, moment: datetime) -> dict[str, pd.DataFrame]:
        return accuracy_tables(
            self.connection, moment, settings=SETTINGS, catalogue=load_catalogue()
        )

    def fates(self, moment: datetime) -> dict[str, str]:
        return self.told(moment)["fates"].set_index("cell_id")["fate"].to_dict()

    def stored(self, table: str = "fates") -> list[tuple]:
        return self.connection.execute(
            f"SELECT * REPLACE (as_of::VARCHAR AS as_of, known_at::VARCHAR AS known_at)"
            f" FROM (SELECT * EXCLUDE (first_complaint_at, treated_at) FROM forecast_{table})"
            " ORDER BY ALL"
        ).fetchall()
