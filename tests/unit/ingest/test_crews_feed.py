"""The feeds teams and shifts: loaded, replaced, cancelled, known at, masked, flagged, suggested."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.contracts import feeds
from ingest.crews import skills_of, split_list
from ingest.quality import assess
from ingest.rebuild import rebuild
from ingest.suggest.propose import suggest
from ingest.warehouse import open_warehouse
from tests.support.warehouses import NOW, Room, counts
from tests.support.workbooks import workbook

TEAMS = "team_id,name,skills,longitude,latitude,region_ids\n"
SHIFTS = "team_id,starts_at,ends_at,announced_at\n"
FIRST = "A,2026-03-05 08:00,2026-03-05 16:00,2026-03-01 09:00\n"
LONGER = "A,2026-03-05 08:00,2026-03-05 20:00,2026-03-02 09:00\n"
CANCELLED = "A,2026-03-05 08:00,2026-03-05 08:00,2026-03-03 09:00\n"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (None, ()),
        ("", ()),
        ("radio;antenna", ("radio", "antenna")),
        ("radio, antenna ,radio", ("radio", "antenna")),
        ("主设备、天馈 传输；扫频", ("主设备", "天馈", "传输", "扫频")),
    ],
)
def test_lists_in_one_text(text: str | None, parts: tuple[str, ...]) -> None:
    assert split_list(text) == parts


def test_skills_by_code_and_by_the_words_of_the_trade() -> None:
    found = skills_of("Radio；主设备维护、天馈 plumbing")
    assert (found.known, found.unknown) == (("radio", "antenna"), ("plumbing",))


def test_teams_hold_for_all_time_and_a_phone_number_is_masked(room: Room) -> None:
    result = room.take(
        "teams.csv", TEAMS + "A,城东一班 13812345678,radio;天馈;paint,116.4,39.9,110105、110106\n"
    )
    assert (result.feed, counts(result)) == ("teams", (1, 1, 0, 0, 0, 0))
    assert result.reasons == {"unknown_skill": 1}
    long_ago = "teams_as_of('1999-01-01'::TIMESTAMPTZ)"
    assert room.rows(f"SELECT name, skills, region_ids FROM {long_ago}") == [
        ("城东一班 ***TEL***", "radio;天馈;paint", "110105;110106")
    ]
    room.take("teams_2.csv", TEAMS + "A,城东一班,radio,116.5,39.9,\n", live_at=NOW)
    assert room.one("SELECT longitude, region_ids FROM teams") == (116.5, None)
    [before] = room.rows("SELECT longitude FROM teams_as_of('2026-03-01'::TIMESTAMPTZ)")
    assert before == (116.4,)


def test_a_position_that_cannot_be_is_unknown_and_the_team_stays(room: Room) -> None:
    result = room.take("teams.csv", TEAMS + "A,,radio,0,0,\n")
    assert result.reasons == {"zero_position": 1}
    assert room.one("SELECT longitude FROM teams") == (None,)


@pytest.mark.parametrize("order", list(permutations([FIRST, LONGER, CANCELLED])))
def test_shifts_are_changed_and_cancelled_in_any_order(room: Room, order: tuple[str, ...]) -> None:
    for number, row in enumerate(order):
        room.take(f"shifts_{number}.csv", SHIFTS + row)

    def hours(day: int) -> list[tuple]:
        return room.rows(
            "SELECT date_diff('hour', starts_at, ends_at) "
            f"FROM shifts_as_of('2026-03-{day:02}T01:00:00Z'::TIMESTAMPTZ)"
        )

    assert [hours(day) for day in (1, 2, 3, 4)] == [[(8,)], [(12,)], [(0,)], [(0,)]]
    assert room.rows("SELECT * FROM shifts_as_of('2026-03-01T00:59:59Z'::TIMESTAMPTZ)") == []


def test_a_shift_without_its_announcement_is_known_a_day_before(room: Room) -> None:
    room.take("shifts.csv", SHIFTS + "A,2026-03-05 08:00,2026-03-05 16:00,\n")
    assert room.one("SELECT known_at FROM shifts") == ("2026-03-04T00:00:00Z",)


def test_delivered_live_a_shift_is_known_when_loaded_however_far_ahead(room: Room) -> None:
    result = room.take("shifts.csv", SHIFTS + FIRST.replace("03-05", "03-15"), live_at=NOW)
    assert result.rows_loaded == 1
    assert room.one("SELECT known_at FROM shifts") == ("2026-03-02T04:00:00Z",)


def test_bad_shifts_are_rejected_and_unknown_teams_counted(room: Room) -> None:
    result = room.take(
        "shifts.csv",
        SHIFTS
        + "A,2026-03-05 08:00,2026-03-05 07:00,\n"
        + "A,2026-03-05 08:00,,\n"
        + ",2026-03-05 08:00,2026-03-05 16:00,\n"
        + FIRST,
    )
    assert (result.rows_loaded, result.rows_rejected) == (1, 3)
    assert result.reasons == {
        "ends_before_start:ends_at": 1, "missing_value:ends_at": 1, "missing_value:team_id": 1,
        "unknown_team": 1,
    }  # fmt: skip
    assert room.rows("SELECT column_name, value FROM rejected_rows WHERE row_number = 1") == [
        ("ends_at", "2026-03-05 07:00:00+08")
    ]


@pytest.mark.parametrize(
    ("name", "content", "feed"),
    [
        ("teams_east.csv", TEAMS + "A,,,,,\n", "teams"),
        ("shifts.csv", SHIFTS + FIRST, "shifts"),
        ("export.csv", TEAMS + "A,,,,,\n", "teams"),
        ("export.csv", SHIFTS + FIRST, "shifts"),
        ("teams.json", '[{"team_id": "A", "skills": "radio"}]', "teams"),
        ("export.xlsx", workbook({"s": [["team_id", "skills"], ["A", "radio"]]}), "teams"),
    ],
)
def test_the_feed_is_told_by_name_or_by_columns(
    room: Room, name: str, content: str | bytes, feed: str
) -> None:
    result = room.take(name, content)
    assert (result.feed, result.rows_loaded) == (feed, 1)


def test_of_one_folder_teams_come_before_shifts(room: Room) -> None:
    room.put("in/shifts.csv", SHIFTS + FIRST)
    room.put("in/teams.csv", TEAMS + "A,,radio,,,\n")
    results = room.load(room.data.parent / "files" / "in")
    assert [(result.feed, result.reasons) for result in results] == [("teams", {}), ("shifts", {})]


def test_quality_names_odd_skills_and_shifts_of_strangers(room: Room) -> None:
    room.take("teams.csv", TEAMS + "A,,radio paint,,,\nB,,radio,,,\n")
    room.take("shifts.csv", SHIFTS + FIRST.replace("A,", "Z,") + FIRST.replace("A,", "B,"))
    said = assess(room.connection, NOW, room.settings)
    assert {flaw.code: dict(flaw.about) for flaw in said.flaws} == {
        "unknown_skills": {"teams": 1, "example": "A", "words": "paint"},
        "unknown_teams": {"teams": 1, "example": "Z"},
    }
    early = assess(room.connection, datetime(2026, 2, 1, tzinfo=UTC), room.settings)
    assert [flaw.code for flaw in early.flaws] == ["unknown_skills"]  # no shift was known yet


def test_chinese_tables_are_suggested_and_load(room: Room, tmp_path: Path) -> None:
    teams = (
        "班组编号,班组名称,技能,驻点经度,驻点纬度,负责片区\n"
        "BJ01,城东一班,主设备、天馈,116.4512,39.9123,110105\n"
        "BJ02,城西一班,传输,116.3012,39.9423,110108\n"
    )
    shifts = (
        "班组编号,上班时间,下班时间\n"
        "BJ01,2026-03-05 08:00,2026-03-05 16:00\nBJ02,2026-03-05 16:00,2026-03-06 00:00\n"
    )
    tables = {"班组清单.csv": ("teams", teams), "排班表.csv": ("shifts", shifts)}
    known = feeds(room.settings.load_catalogue())
    for name, (feed, text) in tables.items():
        made = suggest(room.put(name, text), settings=room.settings, feeds=known)
        assert made.table.feed == feed
        profile = tmp_path / f"{feed}.toml"
        profile.write_text(made.toml, "utf-8")
        [result] = room.load(room.data.parent / "files" / name, profile=str(profile))
        assert (result.rows_loaded, result.reasons) == (2, {})
    assert room.rows("SELECT team_id, skills, region_ids FROM teams ORDER BY 1") == [
        ("BJ01", "主设备、天馈", "110105"), ("BJ02", "传输", "110108"),
    ]  # fmt: skip


def test_a_rebuild_from_masked_copies_says_the_same(room: Room) -> None:
    room.take("teams.csv", TEAMS + "T13812345678,李 13912345678,radio;paint,116.4,39.9,110105\n")
    room.take("shifts.csv", SHIFTS + FIRST.replace("A,", "T13812345678,") + LONGER, live_at=NOW)
    before = [room.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in ("teams", "shifts")]
    room.connection.close()
    rebuild(room.data, settings=room.settings, clock=FixedClock(NOW))
    room.connection = open_warehouse(room.data, time_zone=room.settings.time_zone)
    after = [room.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in ("teams", "shifts")]
    assert after == before
    [team], shifts = after
    assert team[0].startswith("id-")
    assert team[0] in [shift[0] for shift in shifts]  # still the same team in both feeds
