"""The doctor on crews: rosters that reach, end, or lack a skill."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard.doctor.crews import crews
from dashboard.snapshot import write_snapshot
from forecasting.cells.playbook import playbook_table
from tests.support.snapshots import AS_OF, tiny

HOUR = timedelta(hours=1)
ALL = "radio;antenna;transmission;remote;interference;capacity"


def published(data: Path, skills: str | None, source: str = "shifts") -> Path:
    more = {"playbook": playbook_table()}
    if skills is not None:
        place = {"longitude": 116.4, "latitude": 39.9, "region_ids": None}
        more["teams"] = pd.DataFrame(
            [{"team_id": name, "name": name, "skills": skills, **place} for name in "AB"]
        )
        more["shifts"] = pd.DataFrame(
            [
                {"team_id": name, "starts_at": AS_OF + start * HOUR, "ends_at": AS_OF + 40 * HOUR}
                for name, start in (("A", 20), ("B", 30))
            ]
        )
    told = {"source": source, "hours": 4.0, "visit_h": 2.5}
    policy = {"capacity": 1, "crews": told}
    write_snapshot(data, tiny(more=more, policy=policy), kpi_days={}, published_at=AS_OF)
    return data


@pytest.mark.parametrize(
    ("skills", "source", "status", "words"),
    [
        (None, "share", "ok", "share of cells"),
        (ALL, "shifts", "ok", "1 of 2 teams on duty within 24 hours, 4 h; red cells at most: 1"),
        (ALL, "earlier_weeks", "warn", "does not cover"),
        ("radio;paint", "shifts", "warn",
         "can do analysis, antenna, capacity, interference, remote, transmission"),
    ],
)  # fmt: skip
def test_what_the_doctor_says(
    tmp_path: Path, skills: str | None, source: str, status: str, words: str
) -> None:
    found = crews(published(tmp_path, skills, source))
    assert found.status == status
    assert words in found.message


def test_without_a_snapshot(tmp_path: Path) -> None:
    assert crews(tmp_path).status == "warn"
