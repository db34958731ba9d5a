"""Batch complaints as a snapshot has them; for tests of pages and API."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd

from tests.support.snapshots import AS_OF


def burst_table(*cells: tuple[str, str, str], as_of=AS_OF) -> pd.DataFrame:
    """One burst for each (cell_id, site_id, region_id), each less sure than the one before."""
    rows = []
    for number, (cell_id, site_id, region_id) in enumerate(cells):
        seen = as_of - timedelta(hours=3 + number)
        rows.append(
            {
                "burst_id": f"B{seen:%Y%m%d%H}-8831aa5{number}",
                "first_seen_at": seen,
                "window_start": as_of - timedelta(hours=24),
                "window_h": 24,
                "longitude": 116.4,
                "latitude": 39.9,
                "rings": 1,
                "radius_m": 1451.0,
                "tickets": 9.4 - number,
                "expected": 0.52,
                "llr": 18.2 - number,
                "peak_llr": 19.0 - number,
                "p_value": 0.0001,
                "recurrence_days": 4200.0 if number == 0 else 84.2,
                "region_id": region_id,
                "site_id": site_id,
                "site_share": 0.81,
                "cell_ids": json.dumps([cell_id]),
                "services": json.dumps([{"name": "数据业务", "tickets": 7}], ensure_ascii=False),
                "categories": json.dumps(
                    [{"name": "无法上网", "tickets": 6}, {"name": "上网慢", "tickets": 2}],
                    ensure_ascii=False,
                ),
                "words": json.dumps(["整片区域", "一直缓冲"], ensure_ascii=False),
                "works": json.dumps(
                    [
                        {
                            "work_id": "W1", "site_id": site_id, "kind": "cutover",
                            "description": "传输割接", "when": "done",
                            "starts_at": (as_of - timedelta(hours=20)).isoformat(),
                            "ends_at": (as_of - timedelta(hours=16)).isoformat(),
                        }
                    ],
                    ensure_ascii=False,
                ),
                "alarms": json.dumps(
                    [
                        {
                            "alarm_id": "A1", "cell_id": None, "site_id": site_id,
                            "severity": "major", "text": "传输链路误码",
                            "raised_at": (as_of - timedelta(hours=18)).isoformat(),
                            "cleared_at": None,
                        }
                    ],
                    ensure_ascii=False,
                ),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
