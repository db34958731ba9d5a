from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ingest.settings import IngestSettings
from ingest.sources.client import key_of, shown
from ingest.sources.index import read_index
from ingest.sources.periods import due_periods, render, unit_of
from tests.support.fetching import SOURCE

BEIJING = ZoneInfo("Asia/Shanghai")
FOLDER = {"name": "oss", "kind": "folder", "path": "/srv/oss"}
WEB = {"name": "crm", "kind": "https", "url": "https://crm.example/tickets.csv"}


def test_defaults() -> None:
    source = SOURCE.validate_python(FOLDER)
    assert (source.interval_min, source.enabled, source.include) == (15, True, ("*",))
    assert SOURCE.validate_python({**FOLDER, "cron": "0 3 * * *"}).interval_min is None
    assert SOURCE.validate_python(WEB).hosts == {"crm.example"}


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({**FOLDER, "every": 5}, "every\n  Extra inputs are not permitted"),
        ({**FOLDER, "name": "OSS"}, "should match pattern"),
        ({**FOLDER, "name": "../x"}, "should match pattern"),
        ({**FOLDER, "name": "ingest"}, "is taken by the program"),
        ({**FOLDER, "path": "oss"}, "must be an absolute path"),
        ({**FOLDER, "kind": "sftp"}, "'folder', 'landing', 'https'"),
        ({**FOLDER, "every_min": 5, "cron": "0 3 * * *"}, "every_min or cron, not both"),
        ({**FOLDER, "url": "https://x/y"}, "Extra inputs are not permitted"),
        ({**FOLDER, "feed": "kpi"}, "'kpis'"),
        ({**WEB, "url": "http://crm.example/x.csv"}, "must begin with https://"),
        ({**WEB, "url": "file:///etc/passwd"}, "needs a host"),
        ({**WEB, "url": "https://u:p@crm.example/x.csv"}, "put them into credentials_file"),
        ({**WEB, "url": "https://crm.example/"}, "set save_as"),
        ({**WEB, "url": "https://{day}.example/x.csv"}, "needs a host"),
        ({**WEB, "url": "https://crm.example/{day}/x.csv"}, "set save_as with {day} in it"),
        ({**WEB, "url": "https://crm.example/{hour}/{day}.csv"}, "with {hour} in it"),
        ({**WEB, "url": "https://crm.example/{month}.csv"}, "no such field {month}"),
        ({**WEB, "url": "https://crm.example/{day.year}.csv"}, "no such field"),
        ({**WEB, "url": "https://crm.example/{day!r}.csv"}, "no such field"),
        ({**WEB, "url": "https://crm.example/{day:%A}.csv"}, "use %Y %m"),
        ({**WEB, "url": "https://crm.example/{day.csv"}, "braces do not match"),
        ({**WEB, "save_as": "../x.csv"}, "is no plain name"),
        ({**WEB, "save_as": "x.csv.part"}, "still being written"),
        ({**WEB, "index": "html", "save_as": "x.csv"}, "not an index"),
    ],
)
def test_what_cannot_be_meant_is_refused(declared, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SOURCE.validate_python(declared)
    assert words in str(caught.value)


def test_names_are_given_once() -> None:
    with pytest.raises(ValidationError, match="several sources are named oss"):
        IngestSettings(sources=[FOLDER, {**WEB, "name": "oss"}])


def test_this_very_machine_may_be_asked_without_encryption() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        SOURCE.validate_python({**WEB, "url": f"http://{host}:8080/x.csv"})


def test_units_and_addresses() -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=BEIJING)
    assert unit_of("kpis.csv") is None
    assert unit_of("kpis-{day}.csv") == "day"
    assert unit_of("{day:%Y%m%d}/k{hour:%H}.csv") == "hour"
    assert unit_of("{hour:%Y%m%d}.csv") == "day"  # what is written decides, not the word
    assert render("{day}/k{hour:%H}.csv", start) == "2026-03-01/k09.csv"
    assert render("{hour}", start) == "2026-03-01T09"


def days(zone: ZoneInfo, now: datetime, back: float, lag: float = 0) -> list[str]:
    starts = due_periods("day", now, zone, lag=timedelta(hours=lag), back=timedelta(days=back))
    return [start.isoformat() for start in starts]


def test_due_days_end_before_now_less_the_lag() -> None:
    """2 March 04:00 UTC is 12:00 in Beijing: the 1st has ended 12 hours ago."""
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert days(BEIJING, now, 2) == ["2026-02-28T00:00:00+08:00", "2026-03-01T00:00:00+08:00"]
    assert days(BEIJING, now, 1, lag=11) == ["2026-03-01T00:00:00+08:00"]
    assert days(BEIJING, now, 1, lag=13) == ["2026-02-28T00:00:00+08:00"]
    assert days(BEIJING, now, 0.4) == []


def test_days_and_hours_where_clocks_change() -> None:
    """Berlin, 29 March 2026: 02:00 becomes 03:00; the day has 23 hours."""
    berlin = ZoneInfo("Europe/Berlin")
    assert days(berlin, datetime(2026, 3, 30, 12, tzinfo=UTC), 2) == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
    ]
    now = datetime(2026, 3, 29, 3, tzinfo=UTC)
    hours = due_periods("hour", now, berlin, lag=timedelta(), back=timedelta(hours=4))
    assert [start.strftime("%H%z") for start in hours] == [
        "00+0100", "01+0100", "03+0200", "04+0200",
    ]  # fmt: skip


def test_addresses_are_shown_and_kept_without_secrets() -> None:
    url = "https://u:p@host.example:8443/a/b.csv?token=geheim"
    assert shown(url) == "https://host.example:8443/a/b.csv?…"
    assert "geheim" not in key_of(url)
    assert key_of("https://h/a?x=1") != key_of("https://h/a?x=2")
    assert key_of("https://h/a") == "https://h/a"


def test_an_index_names_each_file_once_in_order() -> None:
    found = read_index("b.csv\na.csv\n./b.csv\n", "text", "https://h/x/", "*")
    assert [(item.name, item.url) for item in found] == [
        ("a.csv", "https://h/x/a.csv"),
        ("b.csv", "https://h/x/b.csv"),
    ]


def test_fetching_knows_neither_scheduler_nor_database() -> None:
    """Else a fetch beside the one writer could touch its database."""
    code = "import sys, ingest.sources.fetch; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"apscheduler", "duckdb", "sqlalchemy", "pandas"} & set(done.stdout.split())
