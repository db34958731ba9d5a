from __future__ import annotations

from pathlib import Path

import pytest

from ingest.catalogue import load_catalogue
from ingest.contracts import feeds
from ingest.errors import ProfileError
from ingest.profiles import load_profile, shipped_profiles
from tests.support.warehouses import Room

FEEDS = feeds(load_catalogue())
HEAD = 'description = "x"\n[[tables]]\nfeed = "kpis"\n'
KEYS = (
    '[tables.columns]\ncell_id = { source = "id" }\nts = { source = "t" }\n'
    'period_min = { constant = "60" }\n'
)


def load(room: Room, profile: str, text: str | bytes, name: str = "export.csv"):
    path = room.put("own.toml", profile)
    return room.take(name, text, profile=str(path))


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_are_sound(name: str) -> None:
    loaded = load_profile(name, FEEDS)
    assert loaded.name == name
    assert len(loaded.profile.description) > 100


def test_names_of_the_real_data_are_among_them() -> None:
    assert {"fcc_complaints", "lte_enodeb_daily", "lte_network_hourly"} <= set(shipped_profiles())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "cannot read the profile"),
        ('description = "x"\n', "tables: Field required"),
        (HEAD + 'colour = "red"\n', "tables.0.colour: Extra inputs are not permitted"),
        (
            HEAD.replace("kpis", "faults"),
            "tables.0.feed: Input should be 'regions', 'cells', 'kpis'",
        ),
        (
            HEAD + '[tables.columns]\nfoo = { source = "a" }\n',
            "no such column in feed kpis; it has c",
        ),
        (HEAD + "[tables.columns]\nts = { }\n", "tables.0.columns.ts: give exactly one of source"),
        (
            HEAD + '[tables.columns]\nts = { source = "a", constant = "b" }\n',
            "give exactly one of source, join, constant",
        ),
        (HEAD + 'time_zone = "Mars/Olympus"\n', "tables.0.time_zone: unknown time zone 'Mars/Olym"),
        (HEAD + 'time_formats = "%Q"\n', "tables.0.time_formats: not a time format: '%Q'"),
        (HEAD + 'time_formats = ["iso", "%H:%M"]\n', "'%H:%M' does not tell the day"),
        (HEAD + '[tables.merge]\nts = "mean"\n', "merge.ts: not a KPI column"),
        (HEAD + '[tables.merge]\nlatency_ms = "median"\n', "merge.latency_ms: Input should be 'm"),
        (
            HEAD
            + '[tables.columns.ts]\nsource = "a"\npatterns = [{ pattern = "(", value = "" }]\n',
            "not a regular expression",
        ),
        (HEAD + HEAD.split("\n", 1)[1], "with several tables each needs `files`"),
    ],
)
def test_mistakes_are_told_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ProfileError) as caught:
        load_profile(str(path), FEEDS)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_names_units_zone_and_notation(room: Room) -> None:
    result = load(
        room,
        HEAD
        + 'delimiter = ";"\nencoding = "gb18030"\nheader_row = 2\nunit_rows = 1\n'
        + 'missing = ["-", "NIL"]\ndecimal_comma = true\nfull_width = true\n'
        + 'time_zone = "UTC"\ntime_formats = ["%d.%m.%Y %H:%M"]\nmidnight_24 = "next_day"\n'
        + "delivery_delay_min = 30\n"
        + KEYS
        + 'drop_rate_pct = { source = ["drop", "掉线率"], scale = 100 }\n'
        + 'accessibility_pct = { source = "失败", scale = -1, offset = 100 }\n'
        + 'traffic_dl_gb = { source = "流量" }\n',
        (
            "某网管导出;;;;\nid;t;掉线率;失败;流量;备注\n;;%;%;GB;\n"
            "甲;03.04.2026 07:00;0,015;1,5;1.234,5;x\n"
            "乙;03.04.2026 24:00;-;NIL;１２，５;x\n"
        ).encode("gb18030"),
    )
    assert (result.rows_read, result.rows_loaded, result.reasons) == (2, 2, {})
    assert result.ignored == ("备注",)
    rows = room.rows(
        "SELECT cell_id, ts, known_at, drop_rate_pct, accessibility_pct, traffic_dl_gb FROM kpis "
        "ORDER BY ts"
    )
    assert rows == [
        # 07:00 UTC + 60 min + 30 min
        ("甲", "2026-04-03T07:00:00Z", "2026-04-03T08:30:00Z", pytest.approx(1.5), 98.5, 1234.5),
        ("乙", "2026-04-04T00:00:00Z", "2026-04-04T01:30:00Z", None, None, 12.5),
    ]


def test_date_and_time_columns_values_patterns_and_constants(room: Room) -> None:
    profile = """
description = "x"
[[tables]]
feed = "tickets"
files = "*.csv"
time_formats = "%Y/%m/%d %H:%M:%S"
[tables.columns]
ticket_id = { source = "no" }
created_at = { join = ["day", "time"] }
channel = { constant = "热线" }
status = { source = "state", values = { 0 = "open", 1 = "closed" }, otherwise = "other" }
description = { source = "text" }
[tables.columns.category]
source = "text"
patterns = [{ pattern = "(?i)slow|慢", value = "speed" }, { pattern = "断", value = "drop" }]
"""
    load(
        room,
        profile,
        "no,day,time,state,text\n1,2026/03/01,08:00:00,0,Slow 断\n2,2026/03/01,09:00:00,1,常断\n"
        "3,2026/03/01,10:00:00,9,投诉\n4,2026/03/01,11:00:00,,\n",
    )
    assert room.rows(
        "SELECT ticket_id, created_at, channel, status, category FROM tickets ORDER BY 1"
    ) == [
        ("1", "2026-03-01T00:00:00Z", "热线", "open", "speed"),
        ("2", "2026-03-01T01:00:00Z", "热线", "closed", "drop"),
        ("3", "2026-03-01T02:00:00Z", "热线", "other", "投诉"),
        ("4", "2026-03-01T03:00:00Z", "热线", None, None),
    ]


@pytest.mark.parametrize(
    ("rule", "value"),
    [("mean", 3.0), ("sum", 9.0), ("max", 6.0), ("min", 1.0), ("first", 2.0), ("last", 1.0)],
)
def test_merge_rules_leave_unknown_values_out(room: Room, rule: str, value: float) -> None:
    result = load(
        room,
        HEAD
        + KEYS
        + 'latency_ms = { source = "l" }\nactive_users = { source = "u" }\n'
        + f'[tables.merge]\ndefault = "max"\nlatency_ms = "{rule}"\n',
        "id,t,l,u\nA,2026-03-01,,7\nA,2026-03-01,2,\nA,2026-03-01,6,8\nA,2026-03-01,1,3\n"
        "A,2026-03-01,,5\nB,2026-03-01,4,\n",
    )
    assert (result.rows_read, result.rows_loaded, result.rows_merged) == (6, 2, 4)
    assert room.rows("SELECT latency_ms, active_users FROM kpis ORDER BY cell_id") == [
        (value, 8.0),
        (4.0, None),
    ]


def test_without_a_merge_rule_the_last_row_counts(room: Room) -> None:
    load(
        room,
        HEAD + KEYS + 'latency_ms = { source = "l" }\n',
        "id,t,l\nA,2026-03-01,5\nA,2026-03-01,3\n",
    )
    assert room.rows("SELECT latency_ms FROM kpis") == [(3.0,)]


def test_a_required_column_and_files_of_no_table(room: Room, tmp_path: Path) -> None:
    result = load(
        room,
        HEAD + KEYS + 'latency_ms = { source = "l", required = true }\n',
        "id,t\nA,2026-03-01\n",
    )
    assert result.refused is not None
    assert result.refused.endswith("lacks the column latency_ms; it has id, t")
    two = HEAD + 'files = "a*.csv"\n' + KEYS + HEAD.split("\n", 1)[1] + 'files = "b*.csv"\n' + KEYS
    other = load(room, two, "id,t\n", name="c.csv")
    assert other.refused is not None
    assert other.refused.endswith("matches no file pattern of profile own: a*.csv, b*.csv")


def test_a_changed_profile_reads_the_same_file_anew(room: Room) -> None:
    text = "id,t,l\nA,2026-03-01,5\n"
    first = HEAD + KEYS + 'latency_ms = { source = "l" }\n'
    load(room, first, text)
    assert load(room, first, text).known
    again = load(room, first.replace('"l"', '"l", scale = 1000'), text)
    assert (again.known, again.rows_updated) == (False, 1)
    assert room.rows("SELECT latency_ms FROM kpis") == [(5000.0,)]


def test_the_profile_in_the_how_to_is_sound(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "profiles.md"
    text = page.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "omc.toml"
    path.write_text(text, "utf-8")
    [table] = load_profile(str(path), FEEDS).profile.tables
    assert table.columns["throughput_dl_mbps"].scale == 0.001


def test_a_folder_with_a_profile_gives_its_files_alone(room: Room) -> None:
    profile = room.put(
        "own.toml", HEAD + 'files = "pm_*.csv"\n' + KEYS + 'latency_ms = { source = "l" }'
    )
    text = "id,t,l\nA,2026-03-01,5\n"
    room.put("drop/pm_1.csv", text)
    room.put("drop/readme.csv", "a\n1\n")
    results = room.load(room.data.parent / "files" / "drop", profile=str(profile))
    assert [Path(result.file).name for result in results] == ["pm_1.csv"]
