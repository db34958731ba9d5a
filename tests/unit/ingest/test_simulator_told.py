"""Hours told together say what the same hours say one by one."""

from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from ingest.simulator import LiveCity, simulate
from tests.support.simulated import END

HOURS = 40


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of the same hours: one by one, and together."""
    root = tmp_path_factory.mktemp("told")
    life, tickets = simulate(root / "c", cells=500, days=2, seed=2, end=END, with_truth=False)
    twin = copy.deepcopy((life, tickets))
    hourly = LiveCity.start(root / "s1", life, tickets)
    for _ in range(HOURS):
        hourly.drop_hour(root / "one")
    lived = []
    together = LiveCity.start(root / "s2", *twin)
    together.drop_hours(root / "all", END + timedelta(hours=HOURS), before=lived.append)
    assert lived == [END + timedelta(hours=n) for n in range(HOURS)]
    assert together.next_hour == hourly.next_hour
    return root / "one", root / "all"


def newest(folder: Path, feed: str, key: list[str]) -> pd.DataFrame:
    """The last state of each key, in the order of the files."""
    rows = pd.concat(
        pd.read_csv(path, dtype=str).fillna("") for path in sorted(folder.glob(f"{feed}_*.csv"))
    )
    return rows.drop_duplicates(key, keep="last").sort_values(key, ignore_index=True)


@pytest.mark.parametrize(
    ("feed", "key"),
    [
        ("tickets", ["ticket_id"]),
        ("alarms", ["alarm_id"]),
        ("works", ["work_id"]),
        ("shifts", ["team_id", "starts_at"]),
    ],
)
def test_lists_end_in_the_same_states(told: tuple[Path, Path], feed: str, key: list[str]) -> None:
    one, together = told
    assert len(list(together.glob(f"{feed}_*"))) == 1
    pd.testing.assert_frame_equal(newest(together, feed, key), newest(one, feed, key))


@pytest.mark.parametrize(
    ("feed", "key"),
    [("kpis", ["cell_id", "ts"]), ("handovers", ["cell_id", "neighbour_id", "ts"])],
)
def test_measurements_are_the_same_rows(told: tuple[Path, Path], feed: str, key: list[str]) -> None:
    tables = [
        pd.concat(map(pd.read_parquet, folder.glob(f"{feed}_*.parquet"))).sort_values(
            key, ignore_index=True
        )
        for folder in told
    ]
    assert len(tables[0]) > 1000
    pd.testing.assert_frame_equal(*tables)


def test_nothing_half_written_is_left(told: tuple[Path, Path]) -> None:
    assert not [path for folder in told for path in folder.iterdir() if path.suffix == ".part"]
