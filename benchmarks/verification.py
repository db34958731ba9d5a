"""How often chance reopens a sound cell, and how often a sick one is called cured.

Takes a demo's data directory that stands still: all cells are taken as repaired 86 hours before the
newest snapshot, and judged by their KPIs alone at fourteen moments after it. The demo's state tells
which cells have a fault:

- *sound* had none for 300 hours; their trouble is taken as told a day, a week or three before.
- *sick* have had one all the time, told of a day after it began; *benign* ones, that users do not
  feel at all, are left out.
- *light* are those of the sick whose fault is more load alone, and whose load stays far below its
  limit: users do not feel it, and verification says so (``far`` in ``recovery_hours.sql``).

    python benchmarks/verification.py DATA
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

sys.path.pop(0)  # benchmarks/ingest.py would hide the package

import duckdb
import numpy as np
import pandas as pd

from dashboard.dispatch.verify import Facts, Repaired, decide
from dashboard.newest import default_as_of
from dashboard.publish.recovered import facts_of
from dashboard.runtime.clock import load_clock
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import load_settings
from forecasting.recovery import recovery
from ingest.simulator.causes import CAUSES, INDEX

TOLD_H = (24, 168, 504)
LOAD = "prb_util_dl_pct"
BUSY_SHARE = 0.02
HOURS = (8, 12, 18, 25, 31, 37, 43, 49, 55, 61, 67, 73, 79, 85)
SINCE_H = 86
SOUND_H, SICK_H = 300, 100
LOADS = tuple(cause.load > 0 and not cause.add and not cause.log for cause in CAUSES)


def main(data: Path) -> None:
    settings = load_settings(data)
    rules = settings.dispatch.verify
    [state] = sorted((data / "demo" / "state").glob("state-*.npz"))[-1:]
    truth = np.load(state)
    first: dict[str, tuple[str, int]] = {}
    took = []
    with opened_warehouse(data, settings) as connection:
        found = connection.execute("SELECT DISTINCT cell_id FROM cells ORDER BY 1").fetchall()
        cells = [row[0] for row in found]
        repaired = default_as_of(connection, load_clock(data)) - timedelta(hours=SINCE_H)
        asked = asked_of(cells, truth, repaired, rules.settle_h)
        for hours in HOURS:
            at = repaired + timedelta(hours=hours)
            begun = time.perf_counter()
            told = recovery(
                connection, asked, at, settings=settings.forecasting,
                catalogue=settings.ingest.load_catalogue(),
            )  # fmt: skip
            took.append(time.perf_counter() - begun)
            facts = facts_of(replace(told, complaints=told.complaints.iloc[:0]))
            for cell in set(cells) - set(first):
                verdict = decide(Repaired((cell,), repaired), facts.get(cell, Facts()), at, rules)
                if verdict.decision != "wait":
                    first[cell] = (verdict.decision, hours)
        busy = busy_cells(connection)
    kind, age = truth["kind"], truth["age"]
    sick = (kind > 0) & (age >= SICK_H) & (kind != INDEX["benign"])
    load_alone = np.array([LOADS[one] for one in kind])
    light = sick & load_alone & ~np.isin(cells, busy)
    groups = {
        "sound": (kind == 0) & (age >= SOUND_H), "sick": sick & ~light, "light": light,
    }  # fmt: skip
    for name, members in groups.items():
        of = [cell for cell, chosen in zip(cells, members, strict=True) if chosen]
        counts = Counter(first.get(cell, ("wait", 0))[0] for cell in of)
        print(f"{name}: {len(of)} cells, {dict(counts)} after {HOURS[-1]} h")
        for n in np.flatnonzero(members) if name != "sound" else ():
            if first.get(cells[n], ("wait", 0))[0] != "reopen":
                cause, severity = CAUSES[kind[n]].name, truth["severity"][n]
                print(f"  {cells[n]}: {cause}, severity {severity:.2f}, {age[n]} h old")
        hours = sorted(first[c][1] for c in of if c in first and first[c][0] == "reopen")
        print(f"  reopened after hours: {hours}")
    print(f"facts of {len(cells)} cells: median {np.median(took):.1f} s")


def asked_of(
    cells: list[str], truth: Mapping[str, np.ndarray], repaired: datetime, settle_h: float
) -> pd.DataFrame:
    """What ``recovery`` is asked about: each cell by itself."""
    old = np.maximum(truth["age"] - SINCE_H - 24, 0)
    told = np.where(truth["kind"] > 0, old, np.resize(TOLD_H, len(cells)))
    asked = pd.DataFrame({"ask": cells, "cell_id": cells})
    at = pd.Timestamp(repaired).tz_convert("UTC").as_unit("us")
    asked["told_at"] = at - pd.to_timedelta(told, unit="h")
    asked["repaired_at"] = at
    asked["since"] = at + pd.Timedelta(hours=settle_h)
    return asked


def busy_cells(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Cells whose load was near its limit in more than a few of the hours since the repair."""
    found = connection.execute(
        f"""SELECT h.cell_id FROM fc_hours AS h CROSS JOIN fc_rules AS r
        WHERE h.ts >= (SELECT min(since) FROM fc_asked)
        GROUP BY h.cell_id HAVING avg((h.v_{LOAD} > r.near_{LOAD})::INT) > {BUSY_SHARE}"""
    )
    return [row[0] for row in found.fetchall()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
