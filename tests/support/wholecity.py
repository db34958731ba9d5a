"""A small city of which everything that can be known is known: for the description of the API."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pandas as pd
import pyarrow as pa

from dashboard.publish.quality import quality_tables
from dashboard.snapshot import OPTIONAL, KpiDay, SnapshotContent
from ingest.quality.flaws import Flaw
from tests.support import record
from tests.support.burst_rows import burst_table
from tests.support.city import city
from tests.support.flawed import alarms, quality
from tests.support.snapshots import AS_OF, ZONE, kpi_table

_H = timedelta(hours=1)


def whole_city() -> tuple[SnapshotContent, str]:
    """The content, and the cell that has everything."""
    content = city(cells=60, reds=4)
    rows = content.cells.sort_values("probability", ascending=False)
    worst = rows.iloc[0]
    cells = content.cells
    is_worst = cells["cell_id"] == worst["cell_id"]
    cells["quality_kpi"] = cells["quality_kpi"].where(~is_worst, "drop_rate_pct")
    judged = record.record(content, days=20, reds=8)
    more = {
        **content.more,
        **judged,
        "fates": _with_unknown(judged["fates"]),
        **quality_tables(replace(quality(), flaws=_flaws())),
        "alarms": _alarms(worst),
        "bursts": _bursts(worst),
        "areas": _areas(worst["region_id"]),
        "episodes": _episodes(worst),
    }
    works = pd.concat([content.works, _works(worst)], ignore_index=True)
    return replace(content, more=more, works=works, events=_events(worst)), worst["cell_id"]


def whole_kpis(cell_id: str, *, days: int = 23) -> dict[date, KpiDay]:
    """Its KPIs; the load rises day by day, so that it will be full."""
    last = AS_OF.astimezone(ZONE).date() - timedelta(days=1)

    def rising(day: date) -> pa.Table:
        frame = kpi_table(day, [cell_id]).to_pandas()
        frame["prb_util_dl_pct"] = (frame["prb_util_dl_pct"] - (last - day).days).clip(0, 80)
        return pa.Table.from_pandas(frame, preserve_index=False)

    listed = [last - timedelta(days=back) for back in reversed(range(days))]
    return {day: KpiDay(f"{day}-rising", partial(rising, day)) for day in listed}


def _with_unknown(fates: pd.DataFrame) -> pd.DataFrame:
    """Some complaints came of cells of which nothing was known."""
    missed = fates["fate"] == "miss"
    unknown = missed & (fates.groupby("day").cumcount() % 2 == 0)
    return fates.assign(status=fates["status"].where(~unknown, "unknown"))


def _bursts(worst: pd.Series) -> pd.DataFrame:
    """One around it, with an alarm of its own that is over."""
    frame = burst_table((worst["cell_id"], worst["site_id"], worst["region_id"]))
    [alarm] = json.loads(frame["alarms"][0])
    own = {"cell_id": worst["cell_id"], "cleared_at": (AS_OF - 2 * _H).isoformat()}
    return frame.assign(alarms=json.dumps([alarm, alarm | own]))


def _flaws() -> tuple[Flaw, ...]:
    """Every kind of warning, as ``ingest.quality.flaws`` tells it."""
    kpi = {"kpi": "throughput_dl_mbps", "source": "huawei", "vendor": "X",
           "since": AS_OF - 3 * _H, "value": 0.03, "usual": 30.0}  # fmt: skip
    gap = {"source": "huawei", "share": 0.5, "intervals": 20, "since": AS_OF - 3 * _H}
    cells = {"cells": 1, "example": "C9"}
    bad = {"source": "crm", "feed": "tickets", "share": 0.03, "rows": 9, "reason": "bad_time"}
    told = {
        "silent": gap | {"share": 1.0}, "missing": gap, "gaps": gap,
        "no_tickets": {"since": AS_OF - 9 * _H}, "rejected": bad,
        "refused": {"source": "crm", "files": 2}, "kpi_gone": kpi, "shift": kpi,
        "unit": kpi | {"factor": 0.001}, "not_in_inventory": cells, "no_kpis": cells,
        "new": cells, "unplaced": {"share": 0.2, "tickets": 8},
        "unknown_cells": {"share": 0.1, "tickets": 4},
    }  # fmt: skip
    return tuple(Flaw(code, 0.5, about) for code, about in told.items())


def _alarms(worst: pd.Series) -> pd.DataFrame:
    given = {"description": "射频单元驻波告警", "acknowledged_at": AS_OF - 4 * _H}
    frame = alarms().assign(**given, site_id=worst["site_id"])
    return frame.assign(cell_id=frame["cell_id"].where(frame["cell_id"].isna(), worst["cell_id"]))


def _areas(region_id: str) -> pd.DataFrame:
    """One of each kind, with all its figures."""
    rows = [
        ("city", "city", 0, None),
        ("region", region_id, 1, "city"),
        ("hexagon", "8631aa417ffffff", 6, region_id),
        ("outside", "hexagon:6", 6, "city"),
    ]
    schema = OPTIONAL["areas"]
    kpis = json.dumps({"drop_rate_pct": {"newest": 0.5, "day": 0.25}})
    told = dict.fromkeys(schema.names, 0.5) | {
        "name": "北京", "status": "red", "cause": "hardware", "kpis": kpis,
    }  # fmt: skip
    head = ["kind", "area_id", "level", "parent_id"]
    return pd.DataFrame(rows, columns=head).assign(
        **{name: value for name, value in told.items() if name not in head}
    )[schema.names]


def _episodes(worst: pd.Series) -> pd.DataFrame:
    """Its own last month: complaints came, and somebody worked on it."""
    since = AS_OF - timedelta(days=20)
    return pd.DataFrame(
        [
            {
                "cell_id": worst["cell_id"], "since": since, "until": since + 30 * _H,
                "status": "red", "probability": 0.6, "cause": worst["cause"], "forecasts": 30,
                "technology": worst["technology"], "region_id": worst["region_id"],
                "complaint_at": since + 20 * _H, "low_complaints": 2.0, "tickets": 3.0,
                "treated_at": since + 40 * _H, "treatment": "cutover", "over": True,
            }
        ]
    )  # fmt: skip


def _works(worst: pd.Series) -> pd.DataFrame:
    """On the cell, and in its region, beside those of its mast."""
    starts = AS_OF + 12 * _H
    rows = [("W2", worst["cell_id"], None), ("W3", None, worst["region_id"])]
    return pd.DataFrame(rows, columns=["work_id", "cell_id", "region_id"]).assign(
        site_id=None,
        starts_at=starts,
        ends_at=starts + 2 * _H,
        announced_at=AS_OF - 40 * _H,
        kind="maintenance",
        description="例行维护",
    )


def _events(worst: pd.Series) -> pd.DataFrame:
    """A holiday, an exam in its region, and a concert whose circle holds the whole city."""
    given = {"kind": ["holiday", "gathering", "exam"], "event_id": ["E1", "E2", "E3"],
             "name": ["元旦", "演唱会", "高考"]}  # fmt: skip
    return pd.DataFrame(given).assign(
        starts_at=AS_OF + 5 * _H,
        ends_at=AS_OF + 9 * _H,
        announced_at=AS_OF - 90 * _H,
        region_id=[None, None, worst["region_id"]],
        longitude=[None, 116.4, None],
        latitude=[None, 40.2, None],
        radius_m=[None, 300_000.0, None],
    )
