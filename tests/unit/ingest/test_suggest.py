from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from geo.crs import from_wgs84
from ingest.contracts import feeds
from ingest.errors import FileRefusedError
from ingest.profiles import load_profile
from ingest.settings import IngestSettings
from ingest.suggest.known import Known, read_known
from ingest.suggest.layout import find_layout
from ingest.suggest.model import Guess, Suggestion
from ingest.suggest.moments import find_moments
from ingest.suggest.names import split_unit
from ingest.suggest.preview import preview
from ingest.suggest.propose import suggest
from tests.support.warehouses import Room

SETTINGS = IngestSettings()
FEEDS = feeds(SETTINGS.load_catalogue())


def propose(path: Path, **how) -> Suggestion:
    return suggest(path, settings=SETTINGS, feeds=FEEDS, **how)


def guess(made: Suggestion, what: str) -> Guess:
    [found] = [guess for guess in made.guesses if guess.what == what]
    return found


@pytest.mark.parametrize(
    ("lines", "header_row", "unit_rows"),
    [
        ([["a", "b"], ["1", "2"]], 1, 0),
        ([["Report of 2026-03-01", ""], ["a", "b"], ["1", "2"], ["3", "4"]], 2, 0),
        ([["Report"], [], ["by", "x"], ["a", "b", "c"], ["1", "2", "3"], ["1", "2", "3"]], 4, 0),
        ([["ts", "rate", "delay"], ["", "%", "ms"], ["2026-03-01", "1", "2"]], 1, 1),
        ([["小区", "速率"], ["", "Mbit/s"], ["A", "3"], ["B", "4"]], 1, 1),
        ([["name", "note"], ["Anna", "tall"], ["Bert", "old"]], 1, 0),
    ],
)
def test_header_and_unit_rows(lines: list[list[str]], header_row: int, unit_rows: int) -> None:
    layout = find_layout(lines)
    assert (layout.header_row, layout.unit_rows) == (header_row, unit_rows)


@pytest.mark.parametrize(
    ("values", "formats", "sure"),
    [
        (["2026-03-01T08:00:00+08:00"], ("iso",), "high"),
        (["01/02/2026", "25/02/2026"], ("%d/%m/%Y",), "high"),  # 25 is no month
        (["01/02/2026", "02/25/2026"], ("%m/%d/%Y",), "high"),
        # all could be both: as days of March they are a week, as months they span half a year
        ([f"0{m}/03/2026 0{m}:00" for m in range(1, 8)], ("%m/%d/%Y %H:%M",), None),
        (["03/03/2026", "04/04/2026"], ("%d/%m/%Y",), "low"),  # nothing tells
        (["20260301080000", "20260301090000"], ("%Y%m%d%H%M%S",), "high"),
        (["20260301", "20260302"], ("%Y%m%d",), "high"),
        (["1772323200000", "1772326800000"], ("epoch_ms",), "high"),
        (["1772323200", "1772326800"], ("epoch_s",), "high"),
        (["46082.5", "46083", "46084.25"], ("excel",), "high"),
        (["2026年3月1日 8:05:00", "2026年12月31日 18:05:00"], ("%Y年%m月%d日 %H:%M:%S",), "high"),
        (["01-Mar-26 08:00", "02-Apr-26 09:00"], ("%d-%b-%y %H:%M",), "high"),
    ],
)
def test_time_formats(values: list[str], formats: tuple[str, ...], sure: str | None) -> None:
    found = find_moments(values, "Asia/Shanghai")
    assert found is not None
    if sure is None:  # days a month apart or days side by side: the latter are likelier
        assert (found.formats, found.sure) == (("%d/%m/%Y %H:%M",), "low") or found.sure != "high"
    else:
        assert (found.formats, found.sure) == (formats, sure)


@pytest.mark.parametrize("values", [["A", "B"], ["12.5", "13.7"], ["1", "2", "3"], [], ["  "]])
def test_what_is_no_time(values: list[str]) -> None:
    assert find_moments(values, "Asia/Shanghai") is None


def test_units_in_brackets() -> None:
    assert split_unit("时延（ms）") == ("时延", "ms")
    assert split_unit("DL rate [Mbit/s]") == ("DL rate", "Mbit/s")
    assert split_unit("(a) b") == ("(a) b", "")


KPIS = "小区,时间,无线接通率,掉线率,下行速率,RRC建立成功率\n"


def test_units_by_range_and_by_row(room: Room) -> None:
    rows = "".join(
        f"C{cell},2026-03-01 {hour:02}:00:00,0.99,0.012,{30_000 + hour},0.98\n"
        for cell in (1, 2)
        for hour in range(12)
    )
    made = propose(room.put("x.csv", KPIS + rows))
    columns = made.table.columns
    assert columns["accessibility_pct"].scale == 100  # never above 1
    assert columns["throughput_dl_mbps"].scale == 1e-6  # 30,000 may be bit/s ...
    assert guess(made, "throughput_dl_mbps").sure == "medium"
    assert (columns["rrc_setup_failure_pct"].scale, columns["rrc_setup_failure_pct"].offset) == (
        -100, 100,
    )  # fmt: skip
    assert columns["period_min"].constant == "60"
    written = propose(room.put("y.csv", KPIS + ",,,%,kbit/s,\n" + rows))
    assert written.table.unit_rows == 1
    assert written.table.columns["throughput_dl_mbps"].scale == 1e-3  # ... unless it is written
    assert guess(written, "throughput_dl_mbps").sure == "high"


def test_phones_scores_and_ids_without_telling_names(room: Room) -> None:
    rows = "".join(
        f"T{n:03},2026-03-01 08:{n:02}:00,1381234{n:04},{n % 10 + 1}\n" for n in range(20)
    )
    path = room.put("tickets.csv", "a,b,c,d\n" + rows)
    made = propose(path)
    origins = {name: rule.source for name, rule in made.table.columns.items()}
    assert origins == {
        "ticket_id": ("a",), "created_at": ("b",), "customer_id": ("c",), "satisfaction": ("d",),
    }  # fmt: skip
    assert guess(made, "customer_id").sure == "medium"
    assert guess(made, "satisfaction").sure == "low"
    assert "satisfaction (d)" in made.toml.splitlines()[0]
    shown = preview(path, made, SETTINGS)
    assert shown.columns == ("ticket_id", "created_at", "customer_hash", "satisfaction")
    assert len(shown.rows) == 5
    assert "1381234" not in repr(shown.rows)
    assert (shown.read, shown.rejected, shown.refused) == (20, {}, None)


GRID = np.array([(116.3 + x / 50, 39.9 + y / 50) for x in range(6) for y in range(6)])


@pytest.mark.parametrize("system", ["wgs84", "gcj02", "bd09"])
def test_coordinates_are_told_by_known_cells(room: Room, system: str) -> None:
    lon, lat = from_wgs84(GRID[:, 0], GRID[:, 1], system)
    rows = "".join(f"N{n},{x:.6f},{y:.6f}\n" for n, (x, y) in enumerate(zip(lon, lat, strict=True)))
    path = room.put("sites.csv", "CGI,经度,纬度\n" + rows)
    made = propose(path, known=Known(frozenset(), GRID))
    assert made.table.coordinates == system
    assert guess(made, "coordinates").sure == "high"
    assert system in guess(made, "coordinates").why
    alone = guess(propose(path), "coordinates")
    assert (alone.value, alone.sure) == ("wgs84", "low")
    far = guess(propose(path, known=Known(frozenset(), GRID + 5)), "coordinates")
    assert (far.value, far.sure) == ("wgs84", "low")


def test_ids_that_are_known_cells(room: Room) -> None:
    room.take("cells.csv", "cell_id,longitude,latitude\nX1,116.4,39.9\nX2,116.4,39.9\n")
    room.connection.close()
    known, why = read_known(room.data)
    assert (known.cell_ids, why) == ({"X1", "X2"}, None)
    rows = "".join(f"Z{h},X{h % 2 + 1},2026-03-01 {h:02}:00:00,1.5\n" for h in range(10))
    made = propose(room.put("k.csv", "foo,bar,time,drop rate\n" + rows), known=known)
    assert made.table.columns["cell_id"].source == ("bar",)
    assert "100% of its values are ids of known cells" in guess(made, "cell_id").why


def test_a_held_warehouse_is_said(room: Room) -> None:
    import subprocess
    import sys

    code = (
        "from pathlib import Path; from ingest.suggest.known import read_known; "
        f"print(read_known(Path({str(room.data)!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "is held by another process: ids and positions are guessed without it" in done.stdout


def test_json_by_paths(room: Room) -> None:
    rows = [
        {"case": {"number": f"T{n}"}, "created": f"2026-03-01T08:{n:02}:00Z", "where": {"lat": 1}}
        for n in range(12)
    ]
    path = room.put("tickets.json", json.dumps({"items": rows}))
    made = propose(path, feed="tickets")
    assert made.table.records == "json"
    assert made.table.columns["created_at"].source == ("created",)
    profile = room.put("made.toml", made.toml)
    [result] = room.load(path, profile=str(profile))
    assert result.rows_loaded == 12


def test_tm_forum_needs_no_suggestion(room: Room) -> None:
    made = propose(room.put("x.json", json.dumps([{"id": "1", "@type": "TroubleTicket"}])))
    assert made.shipped == "tmf621"


def test_counters_of_a_vendor_have_their_profile(room: Room) -> None:
    path = room.put(
        "export.csv",
        "Result Time,Granularity Period,Object Name,Reliability,L.E-RAB.AttEst,L.E-RAB.SuccEst\n"
        '2026-03-01 08:00,60,"A/Cell:Local Cell ID=1, Cell Name=A-1",Reliable,200,198\n',
    )
    made = propose(path)
    assert made.shipped == "huawei_pm"
    shown = preview(path, made, SETTINGS)
    assert shown.columns[:3] == ("cell_id", "ts", "period_min")
    assert shown.rows[0][0] == "A-1"


def test_any_bytes_give_a_suggestion_or_one_clear_line(room: Room) -> None:
    rows = "".join(f"T{n},2026/3/{n + 1} 8:00,138123400{n},116.{n}12\n" for n in range(9))
    whole = ("工单号,受理时间,手机号,经度\n" + rows).encode("gb18030")
    chance = random.Random(4)
    pieces = [b",", b";", b"\n", b'"', b"\t", b"{", b"\x00", b"1e999", b"nan", b"\xff"]
    made, said = 0, []
    for number in range(150):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(raw))
            raw[place : place + chance.choice([0, 1, 30])] = chance.choice(pieces)
        try:
            suggestion = propose(room.put(f"{'xt'[number % 2]}.csv", bytes(raw)))
        except FileRefusedError as error:
            said.append(str(error))
            continue
        made += 1
        assert load_profile(str(room.put("made.toml", suggestion.toml)), FEEDS)
    assert made > 50
    assert not any("\n" in line for line in said)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "", "is empty"),
        ("x.csv", "a,b\n1,2\n", "Name the feed with --feed"),
        ("x.geojson", '{"type": "FeatureCollection"}', "cannot be read as boundaries"),
        ("x.json", "[1, 2]", "holds no JSON objects"),
        ("x.xlsx", "PK no", "not an XLSX workbook"),
    ],
)
def test_what_cannot_be_suggested_is_said(
    room: Room, name: str, content: str, message: str
) -> None:
    with pytest.raises(FileRefusedError, match=message):
        propose(room.put(name, content))


def test_missing_words_commas_and_width(room: Room) -> None:
    rows = "".join(
        f"C1;2026-03-01 {h:02}:00:00;{'NIL' if h == 3 else f'1,{h}5'};1.234,5\n" for h in range(12)
    )
    path = room.put("x.csv", "cell;time;drop rate;latency\n" + rows)
    made = propose(path)
    assert (made.table.delimiter, made.table.decimal_comma) == (";", True)
    assert made.table.missing == ("NIL",)
    [result] = room.load(path, profile=str(room.put("made.toml", made.toml)))
    assert (result.rows_loaded, result.rows_rejected) == (12, 0)
    assert room.one("SELECT count(drop_rate_pct), max(latency_ms) FROM kpis") == (11, 1234.5)
