"""`foresite rebuild` and `foresite ingest --dry-run` through the program's door."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dashboard.snapshot import write_snapshot
from tests.support.cli import run
from tests.support.snapshots import AS_OF, kpi_days, tiny

pytestmark = pytest.mark.usefixtures("elsewhere")

CELLS = "cell_id,longitude,latitude\na,116.4,39.9\nb,116.41,39.9\n"
PUBLISHED = datetime(2026, 11, 21, 7, 1, tzinfo=UTC)


def count(table: str) -> int:
    with duckdb.connect("data/warehouse.duckdb", read_only=True) as connection:
        [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return rows


def test_a_lost_warehouse_comes_back_with_the_forecasts_of_the_snapshots(capsys):
    Path("cells.csv").write_text(CELLS)
    assert run(capsys, "ingest", "cells.csv")[0] == 0
    days = kpi_days(["C1"], last=AS_OF.date(), days=1)
    write_snapshot(Path("data"), tiny(), kpi_days=days, published_at=PUBLISHED)
    Path("data/warehouse.duckdb").unlink()
    code, _, [line] = run(capsys, "ingest", "cells.csv")
    assert code == 1
    assert "run `foresite rebuild`" in line
    code, said, lines = run(capsys, "rebuild")
    assert (code, lines) == (0, [])
    assert said == {
        "deliveries": 1,
        "files": 1,
        "rows": 2,
        "missing": [],
        "different": [],
        "forecasts": 6,  # a run and five cells
    }
    assert (count("cell_states"), count("cell_forecasts"), count("forecast_runs")) == (2, 5, 1)
    code, said, _ = run(capsys, "rebuild")  # now the old warehouse can be read
    assert (code, said["forecasts"]) == (0, 6)
    assert count("cell_forecasts") == 5


def test_a_damaged_copy_is_named_and_the_rest_comes_back(capsys):
    Path("cells.csv").write_text(CELLS)
    Path("works.csv").write_text("work_id,cell_id,starts_at\nW,a,2026-03-03\n")
    run(capsys, "ingest", "cells.csv", "works.csv")
    [copy] = Path("data/archive").rglob("cells.csv")
    copy.write_text(CELLS + "c,1,1\n")
    code, said, [line] = run(capsys, "rebuild")
    assert code == 1
    assert said["files"] == 1
    assert line.endswith("cells.csv is not what was delivered")
    assert (count("cell_states"), count("work_states"), count("deliveries")) == (0, 1, 2)


def test_nothing_to_make_one_from(capsys):
    code, said, [line] = run(capsys, "rebuild")
    assert (code, said) == (1, None)
    assert line.startswith("foresite: data/journal.jsonl has no deliveries")


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(capsys):
    Path("cells.csv").write_text(CELLS)
    run(capsys, "ingest", "cells.csv")
    before = sorted(str(p) for p in Path("data").rglob("*"))
    Path("more.csv").write_text(CELLS.replace("39.9\nb", "39.8\nc"))
    Path("bad.csv").write_text("a,b\n1,2\n")
    Path("tickets.csv").write_text("ticket_id,created_at,customer_id\nT,2026-03-01,13987654321\n")
    files = ("cells.csv", "more.csv", "bad.csv", "tickets.csv")
    code, said, lines = run(capsys, "ingest", "--dry-run", "--feed", "cells", *files[:2])
    assert code == 0
    counts = [(f["rows_loaded"], f["rows_updated"], f["rows_unchanged"]) for f in said["files"]]
    assert counts == [(0, 0, 2), (1, 1, 0)]
    code, said, lines = run(capsys, "ingest", "--dry-run", *files)
    assert code == 1
    assert [f["rows_loaded"] for f in said["files"]] == [0, 1, 0, 1]
    assert len(lines) == 1
    assert (count("cell_states"), count("deliveries"), count("ticket_states")) == (2, 1, 0)
    assert [p for p in sorted(str(p) for p in Path("data").rglob("*")) if ".lock" not in p] == [
        p for p in before if ".lock" not in p
    ]
