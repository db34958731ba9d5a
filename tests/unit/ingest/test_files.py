from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
import shapely

from ingest.files import feed_by_name, find_jobs, is_waiting
from tests.support.warehouses import KPI_HEAD, Room


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("in/kpis_20260301.csv.gz", "kpis"),
        ("in/KPIs.parquet", "kpis"),
        ("in/kpis/2026-03-01.csv", "kpis"),
        ("in/tickets.xlsx", "tickets"),
        ("kpis/tickets.csv", "tickets"),
        ("in/regions.geojson", "regions"),
        ("in/export.csv", None),
    ],
)
def test_feed_by_name(path: str, feed: str | None) -> None:
    assert feed_by_name(Path(path)) == feed


@pytest.mark.parametrize(
    "name", [".x.csv", "a.csv.part", "a.csv.tmp", "a.csv~", "a.csv.ok", "~$b.xlsx"]
)
def test_files_in_the_making_wait(name: str) -> None:
    assert is_waiting(Path(name))


def test_folders_are_walked_in_order_regions_and_cells_first(tmp_path: Path) -> None:
    for name in (
        "b/kpis/2.csv",
        "b/kpis/1.csv",
        "b/cells.csv",
        "a/tickets.csv",
        "b/regions.geojson",
        "b/city.json",
        "b/README.md",
        "b/truth/oracle.parquet",
        "b/.hidden/kpis.csv",
        "b/kpis.csv.part",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    jobs = find_jobs([tmp_path], None, None)
    assert [str(job.path.relative_to(tmp_path)) for job in jobs] == [
        "b/regions.geojson",
        "b/cells.csv",
        "a/tickets.csv",
        "b/kpis/1.csv",
        "b/kpis/2.csv",
    ]


def test_feed_by_columns_of_each_kind(room: Room) -> None:
    for head, line, feed in (
        ("ticket_id,created_at,cell_id", "1,2026-03-01,A", "tickets"),
        ("work_id,starts_at", "1,2026-03-01", "works"),
        ("event_id,starts_at", "1,2026-03-01", "events"),
        (KPI_HEAD.strip(), "A,2026-03-01,60,1,1", "kpis"),
        ("cell_id,name", "A,x", "cells"),
    ):
        result = room.take("export.csv", f"{head}\n{line}\n")
        assert (result.feed, result.rows_loaded) == (feed, 1)


def test_a_named_feed_overrules_the_name(room: Room) -> None:
    result = room.take("kpis.csv", "cell_id,name\nA,x\n", feed="cells")
    assert (result.feed, result.rows_loaded) == ("cells", 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("kpis.parquet", b"not parquet", "is no parquet file: its first bytes are b'not '"),
        ("kpis.parquet", b"PAR1 and then nothing", "the Parquet file cannot be read"),
        ("kpis.xlsx", b"PK\x03\x04junk", "is not an XLSX workbook, or damaged"),
        ("kpis.csv", b"", "is empty: there is no line of column names"),
        ("kpis.csv", b"\n\n", "is empty: there is no line of column names"),
        ("kpis.geojson", b"{}", "this is regions, and its feed kpis"),
        ("regions.csv", b"region_id,name\n1,x\n", "regions come as GeoJSON"),
        ("kpis.csv", b"a\x00b\n", "holds NUL bytes"),
        ("kpis.csv.gz", b"\x1f\x8bjunk", None),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(
    room: Room, name: str, content: bytes, message: str | None
) -> None:
    path = room.put(name.removesuffix(".gz"), content)
    path = path.rename(path.with_name(name))
    [result] = room.load(path)
    assert result.refused is not None
    assert "\n" not in result.refused
    assert result.refused.startswith(str(path))
    assert message is None or message in result.refused
    assert result.rows_read == 0


def test_devices_are_not_read(room: Room) -> None:
    [result] = room.load(Path("/dev/zero"))
    assert result.refused == "/dev/zero: is neither file nor folder"


def test_of_a_long_bad_value_the_beginning_is_kept(room: Room) -> None:
    room.take("kpis.csv", KPI_HEAD + f"A,{'x' * 1000},60,1,1\n")
    assert room.one("SELECT value FROM rejected_rows") == ("x" * 200,)


def test_a_refused_file_keeps_no_other_from_loading(room: Room) -> None:
    room.put("in/kpis_1.csv", "nothing\n1\n")
    room.put("in/kpis_2.csv", KPI_HEAD + "A,2026-03-01,60,1,1\n")
    seen = []
    results = room.load(room.data.parent / "files" / "in", progress=lambda *what: seen.append(what))
    assert [result.refused is None for result in results] == [False, True]
    assert seen == [(0, 2, "kpis_1.csv"), (1, 2, "kpis_2.csv"), (2, 2, "")]


def test_boundaries_in_parts_are_archived_whole(room: Room, tmp_path: Path) -> None:
    square = shapely.box(116, 39, 117, 40)
    frame = geopandas.GeoDataFrame({"region_id": ["a"]}, geometry=[square], crs="EPSG:4326")
    for name in ("one.tab", "two.mif", "three.shp"):
        frame.to_file(
            tmp_path / name, driver="ESRI Shapefile" if name == "three.shp" else "MapInfo File"
        )
    (tmp_path / "one.csv").write_text("nobody asked for this\n")
    for name in ("one.tab", "two.mif", "three.shp"):
        [result] = room.load(tmp_path / name)
        assert result.refused is None
    kept = {path.name for path in (room.data / "archive").rglob("*") if path.is_file()}
    assert {"one.tab", "one.dat", "one.map", "one.id", "two.mif", "two.mid"} <= kept
    assert {"three.shp", "three.shx", "three.dbf", "three.prj"} <= kept
    assert "one.csv" not in kept
