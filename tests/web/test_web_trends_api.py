"""``/api/v1/trends``, ``/api/v1/league`` and ``foresite export trends``: one set of numbers."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest

from dashboard.cli import main
from dashboard.plain import plain
from dashboard.snapshot import Snapshot
from dashboard.trends.numbers import trends
from dashboard.trends.query import TrendQuery

NEWEST = date(2026, 11, 21)
ASKED = "/api/v1/trends?from=2026-10-05&to=2026-11-21&by=week,region"


@pytest.fixture(scope="module")
def snapshot(city_site):
    opened = Snapshot.open(city_site.data)
    yield opened
    opened.close()


def query(**given):
    return TrendQuery.parse({k.removesuffix("_"): v for k, v in given.items()}, newest=NEWEST)


def test_api_file_and_page_have_the_same_digits(city_site, snapshot, tmp_path, capsys):
    answer = city_site.get(ASKED).get_json()
    frame = trends(snapshot, query(from_="2026-10-05", by="week,region"))
    measures = [name for name in frame.columns if name not in ("period_start", "period_end")]
    own = json.loads(json.dumps(plain(frame[measures].to_dict("list"))))
    told = {name: [row[name] for row in answer["rows"]] for name in measures}
    assert json.dumps(told) == json.dumps(own)
    assert answer["rows"][0]["period_start"] == "2026-10-05"

    file = tmp_path / "t.csv"
    given = ["--data", str(city_site.data), "--json", "export", "trends", "--from", "2026-10-05"]
    assert main([*given, "--by", "week,region", "-o", str(file), "--lang", "en"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["to"], said["snapshot_id"]) == (
        str(file), "2026-11-21", snapshot.id,
    )  # fmt: skip
    by_api = city_site.get(f"{ASKED}&format=csv&lang=en")
    assert by_api.data == file.read_bytes()
    assert by_api.data.startswith("\ufeff".encode())
    head, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig")))
    place = next(n for n, name in enumerate(head) if "10,000" in name or "10k" in name)
    rates = [float(row[place]) for row in rows]
    assert rates == frame["rate_per_10k"].tolist()


def test_the_workbook_is_the_same_from_both_doors(city_site, tmp_path, capsys):
    file = tmp_path / "t.xlsx"
    given = ["--data", str(city_site.data), "export", "trends", "--from", "2026-10-01"]
    assert main([*given, "--to", "2026-10-31", "--by", "month", "-o", str(file)]) == 0
    assert "2026-10-01" in capsys.readouterr().out
    answer = city_site.get("/api/v1/trends?from=2026-10-01&to=2026-10-31&by=month&format=xlsx")
    assert answer.data == file.read_bytes()
    assert "2026-10.xlsx" in answer.headers["Content-Disposition"]


def test_an_answer_says_what_it_is_of(city_site):
    body = city_site.get("/api/v1/trends?from=2026-11-09&by=week&region=110105").get_json()
    assert (body["by"], body["split"], body["filters"]) == ("week", [], {"region": "110105"})
    assert (body["from"], body["to"], body["time_zone"]) == (
        "2026-11-09", "2026-11-21", "Asia/Shanghai",
    )  # fmt: skip
    assert body["history_from"] == "2025-09-27"
    [week, present] = body["rows"]
    assert week["complete"] is True
    assert present["complete"] is False
    assert week["last_year_start"] == "2025-11-10"
    assert body["ahead"][0]["period_start"] == "2026-11-16"
    assert body["satisfaction"][0]["unknown"] > 0


def test_counts_agree_with_the_regions_series(city_site, snapshot):
    body = city_site.get("/api/v1/trends?from=2026-10-01&to=2026-11-20&by=day,region").get_json()
    told = {(r["region"], r["period_start"]): r["tickets"] for r in body["rows"]}
    series = snapshot.rows("region_series", {"region_id": "110105", "measure": "tickets"})
    seen = {row["day"]: row["observed"] for row in series if row["observed"] is not None}
    days = [date(2026, 10, 1) + timedelta(n) for n in range(51)]
    assert [told["110105", day.isoformat()] for day in days] == [seen[day] for day in days]


def test_the_league(city_site):
    body = city_site.get("/api/v1/league?unit=month&day=2026-10-15").get_json()
    assert (body["from"], body["to"], body["complete"]) == ("2026-10-01", "2026-10-31", True)
    assert body["base"] == ["2025-10-01", "2025-10-31"]
    assert body["target_change"] == -0.15
    assert len(body["rows"]) == 16
    assert body["rows"][0]["rank"] == 1
    assert {row["standing"] for row in body["rows"]} <= {"met", "on_the_way", "missed"}


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("trends?by=hour", "by='hour'", "day, week, month"),
        ("trends?from=x", "from='x'", "2026-11-21"),
        ("trends?region=nowhere", "region='nowhere'", "no such region"),
        ("trends?format=pdf", "format='pdf'", "json, csv, xlsx"),
        ("trends?wrong=1", "'wrong'", "from, to, by"),
        ("trends?from=2026-11-01&from=2026-11-02", "twice", "once"),
        ("league?unit=year", "unit='year'", "week, month"),
        ("league?day=x", "day='x'", "2026-11-21"),
        ("league?region=nowhere", "region='nowhere'", "no such region"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_one_shape(city_site, path, message, hint):
    answer = city_site.get(f"/api/v1/{path}")
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert set(error) == {"code", "message", "hint"}
    assert message in error["message"]
    assert hint in error["hint"]


def test_without_facts_the_answer_is_empty_not_zero(tiny_site):
    body = tiny_site.get("/api/v1/trends?by=month&from=2026-10-01").get_json()
    assert body["history_from"] is None
    assert [row["tickets"] for row in body["rows"]] == [None, None]
    assert body["ahead"] == []
    league = tiny_site.get("/api/v1/league").get_json()
    assert league["base"] is None


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["--from", "2026-13-01", "-o", "x.csv"], 1, "2026-11-21"),
        (["-o", "x.pdf"], 2, "csv or xlsx"),
        (["-o", "nowhere/x.csv"], 1, "no such folder"),
        (["--by", "hour", "-o", "x.csv"], 1, "day, week, month"),
    ],
)
def test_the_command_refuses_in_one_line(
    city_site, tmp_path, monkeypatch, capsys, given, code, said
):
    monkeypatch.chdir(tmp_path)
    assert main(["--data", str(city_site.data), "export", "trends", *given]) == code
    error = capsys.readouterr().err
    assert said in " ".join(error.split())
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_in_a_folder_the_file_is_named_by_what_it_holds(city_site, tmp_path):
    given = ["export", "trends", "--from", "2026-10-01", "--to", "2026-10-31", "--by", "month"]
    options = ["--region", "110105", "--format", "xlsx", "-o", str(tmp_path)]
    assert main(["--data", str(city_site.data), *given, *options]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["投诉率趋势_朝阳区_2026-10.xlsx"]
