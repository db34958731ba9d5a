"""How often chance reopens a sound cell, and how often a sick one is called cured.

Takes a demo's data directory that stands still: all cells are taken as repaired 86 hours before the
newest snapshot, and judged by their KPIs alone at fourteen moments after it. The demo's state tells
which cells have a fault: *sound* had none for 300 hours, *sick* have had one all the time.

    python benchmarks/verification.py DATA
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.pop(0)  # benchmarks/ingest.py would hide the package

import numpy as np
import pandas as pd

from dashboard.dispatch.verify import Facts, Repaired, decide
from dashboard.newest import default_as_of
from dashboard.publish.recovered import facts_of
from dashboard.runtime.clock import load_clock
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import load_settings
from forecasting.recovery import recovery

HOURS = (8, 12, 18, 25, 31, 37, 43, 49, 55, 61, 67, 73, 79, 85)
SINCE_H = 86
SOUND_H, SICK_H = 300, 100


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
        asked = pd.DataFrame({"ask": cells, "cell_id": cells})
        for name, settle in (("repaired_at", 0.0), ("since", rules.settle_h)):
            at = pd.Timestamp(repaired + timedelta(hours=settle)).tz_convert("UTC").as_unit("us")
            asked[name] = at
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
    kind, age = truth["kind"], truth["age"]
    groups = {"sound": (kind == 0) & (age >= SOUND_H), "sick": (kind > 0) & (age >= SICK_H)}
    for name, members in groups.items():
        of = [cell for cell, chosen in zip(cells, members, strict=True) if chosen]
        counts = Counter(first.get(cell, ("wait", 0))[0] for cell in of)
        print(f"{name}: {len(of)} cells, {dict(counts)} after {HOURS[-1]} h")
        hours = sorted(first[c][1] for c in of if c in first and first[c][0] == "reopen")
        print(f"  reopened after hours: {hours}")
    print(f"facts of {len(cells)} cells: median {np.median(took):.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
