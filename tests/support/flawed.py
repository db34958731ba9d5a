"""Alarms and flaws of the data as a snapshot holds them, for tests; nothing here is shipped."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from dashboard.publish.quality import quality_tables
from dashboard.snapshot import SnapshotContent
from ingest.quality import Flaw, Quality
from tests.support.snapshots import AS_OF, tiny

DAY = date(2026, 11, 21)
SINCE = AS_OF - timedelta(hours=3)


def quality() -> Quality:
    """Two sources: half of huawei's KPIs missing for three hours and of a wrong unit; crm fine."""
    hours = [AS_OF - timedelta(hours=n) for n in range(50, 1, -1)]
    late = [hour >= SINCE for hour in hours]
    return Quality(
        as_of=AS_OF,
        flaws=(
            Flaw(
                "unit",
                0.9,
                {
                    "kpi": "throughput_dl_mbps",
                    "source": "huawei",
                    "vendor": "X",
                    "since": SINCE,
                    "value": 0.03,
                    "usual": 30.0,
                    "factor": 0.001,
                },
            ),
            Flaw(
                "missing",
                0.75,
                {"source": "huawei", "share": 0.5, "intervals": 20, "since": SINCE},
            ),
            Flaw("new", 0.05, {"cells": 1, "example": "C9"}),
        ),
        hours=pd.DataFrame(
            {
                "source": "huawei",
                "hour": hours,
                "cells_expected": 10,
                "cells_present": [5 if gap else 10 for gap in late],
                "intervals_expected": 10,
                "intervals_present": [5 if gap else 10 for gap in late],
            }
        ),
        cells=pd.DataFrame(
            {
                "cell_id": ["C1"],
                "source": ["huawei"],
                "day": [DAY],
                "expected": [13],
                "present": [11],
            }
        ),
        sources=pd.DataFrame(
            {
                "source": ["crm", "huawei"],
                "feed": ["tickets", "kpis"],
                "delivered_at": [AS_OF, AS_OF],
                "data_time": [AS_OF - timedelta(minutes=20), AS_OF - timedelta(hours=1)],
                "known_at": [AS_OF, AS_OF],
                "files": [3, 24],
                "files_refused": [0, 1],
                "age_min": [20.0, 60.0],
            }
        ),
        rejected=pd.DataFrame(
            {
                "source": ["huawei"],
                "feed": ["kpis"],
                "day": [DAY],
                "rows_read": [200],
                "rows_rejected": [3],
                "reasons": ['{"out_of_range:latency_ms": 3}'],
            }
        ),
        kpis=pd.DataFrame(
            {
                "day": [DAY],
                "kpi": ["throughput_dl_mbps"],
                "source": ["huawei"],
                "vendor": ["X"],
                "technology": ["NR"],
                "rows": [70],
                "nulls": [0],
                "p10": [0.01],
                "median": [0.03],
                "p90": [0.05],
                "usual": [30.0],
                "hours_flagged": [3],
            }
        ),
        shifts=pd.DataFrame(
            {
                "kind": ["level"],
                "kpi": ["throughput_dl_mbps"],
                "source": ["huawei"],
                "vendor": ["X"],
                "technology": ["NR"],
                "since": [SINCE],
                "until": [AS_OF - timedelta(hours=1)],
                "lasting": [True],
                "cells": [10],
                "value": [0.03],
                "usual": [30.0],
                "z": [-66.0],
            }
        ),
        inventory=pd.DataFrame(
            {"cell_id": ["C9"], "kind": ["new"], "source": ["huawei"], "data_time": [AS_OF]}
        ),
        attribution=pd.DataFrame(
            {
                "day": [DAY] * 3,
                "attribution": ["cell", "none", "position"],
                "tickets": [6, 1, 3],
                "unknown_cell": [0, 1, 1],
            }
        ),
    )


def alarms() -> pd.DataFrame:
    """Two of cell C1 (one stands), one of its site, one of another site."""
    moments = [AS_OF - timedelta(hours=n) for n in (30, 5, 3, 2)]
    return pd.DataFrame(
        {
            "alarm_id": ["A1", "A2", "A3", "A4"],
            "cell_id": ["C1", "C1", None, None],
            "site_id": ["S1", "S1", "S1", "S2"],
            "raised_at": moments,
            "cleared_at": [AS_OF - timedelta(hours=29), None, None, None],
            "acknowledged_at": None,
            "severity": ["minor", "critical", "major", "major"],
            "kind": ["equipmentAlarm"] * 4,
            "probable_cause": ["fan", "powerProblem", None, None],
            "specific_problem": ["风扇故障", None, "传输中断", "传输中断"],
            "description": None,
            "state": ["cleared", "raised", "raised", "raised"],
        }
    )


def flawed(**changes: object) -> SnapshotContent:
    """The tiny snapshot with all of it."""
    return tiny(more={**quality_tables(quality()), "alarms": alarms()}, **changes)
