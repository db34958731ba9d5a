"""Kept hours and hashes equal those made anew, to the last digit: whatever was delivered, in any
order, revised and late, live and as history, with refreshes (and failures) in between."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from forecasting.calendar import Calendar
from forecasting.hours import kept as kept_module
from forecasting.hours.frame import REACH, Frame
from forecasting.hours.hashes import JOB, kpis_hash
from forecasting.hours.kept import TABLE, KeptHours
from forecasting.hours.normals import Normals
from forecasting.hours.past import PastHours
from forecasting.hours.shards import Shard
from forecasting.hours.view import put_older, put_view
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, local
from tests.support.warehouses import Room

CATALOGUE = load_catalogue()
HEAD = "cell_id,ts,period_min,drop_rate_pct,rsrp_dbm,active_users\n"
FIRST, DAYS, CELLS = local(2026, 1, 26), 35, ("A", "B", "C")
KEPT = ("kept_weeks", "cell_normals", "cell_steps", "cell_hours", "kpi_day_hashes")
CALM = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a case is small, but not quick to run
)
moments = st.integers(4 * 16, 4 * DAYS).map(lambda n: FIRST + timedelta(hours=6 * n))
value = st.one_of(st.none(), st.integers(1, 280).map(lambda n: round(n / 3, 5)))
keys = st.tuples(st.sampled_from(CELLS), st.integers(4 * 12, 4 * DAYS - 1))
rows = st.dictionaries(keys, st.tuples(value, value).filter(any), min_size=1, max_size=8)
steps = st.lists(
    st.tuples(rows, st.one_of(st.none(), moments), st.one_of(st.none(), moments)),
    min_size=1,
    max_size=4,
)


def frame(cells: int = 5000) -> Frame:
    return Frame(CATALOGUE, Calendar(None), ZONE, 14, 28, cells)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with tempfile.TemporaryDirectory() as folder:
        made = Room(Path(folder) / "data")
        made.take("cells.csv", "cell_id,technology\n" + "".join(f"{c},LTE\n" for c in CELLS))
        yield made
        made.close()


def start(room: Room) -> None:
    """Five weeks in intervals of six hours, but for those that tests deliver."""
    for table in ("kpis", "kpi_revisions", "upkeep", *KEPT):
        room.connection.execute(f"DELETE FROM {table}")
    room.connection.execute("DELETE FROM deliveries WHERE feed = 'kpis'")
    lines = [
        f"{cell},{ts.isoformat()},360,{0.3 + n % 7 / 30:.4f},{-95 + (n + k) % 5},{20 + n % 11}"
        for k, cell in enumerate(CELLS)
        for n in range(4 * (DAYS - 2) + k)
        for ts in [FIRST + timedelta(hours=6 * n)]
        if n % 9 != k
    ]
    assert room.take("base.csv", HEAD + "\n".join(lines) + "\n").refused is None


def deliver(room: Room, number: int, brought: dict, live_at: datetime | None) -> None:
    text = HEAD + "\n" * number
    for (cell, n), (drop, rsrp) in brought.items():
        ts = FIRST + timedelta(hours=6 * n)
        if live_at is not None and ts > live_at - timedelta(hours=6):
            continue  # nobody delivers the future
        values = ("" if drop is None else drop, "" if rsrp is None else -rsrp / 2, 12)
        text += f"{cell},{ts.isoformat()},360," + ",".join(map(str, values)) + "\n"
    assert room.take(f"k{number}.csv", text, live_at=live_at).refused is None


def hours_at(room: Room, origin: datetime, made: Frame, *, past: bool = False) -> pd.DataFrame:
    """``fc_hours`` at an origin, over kept hours where they may be used."""
    connection, normals = room.connection, Normals(made)
    kept, before = KeptHours(made, normals), PastHours(made, normals)
    if not past and kept.covers(connection, origin):
        kept.put(connection, origin)
        tables = [TABLE]
    else:
        tables = before.put(connection, origin)
    made.put_days(connection, origin - REACH, origin)
    put_older(connection, origin, made)
    put_view(connection, origin, tables, Shard(), made.names)
    seen = connection.sql("SELECT * FROM fc_hours ORDER BY cell_id, ts").to_arrow_table()
    return seen.to_pandas()


def hash_at(room: Room, origin: datetime) -> str:
    since = origin - timedelta(days=20)
    return kpis_hash(room.connection, origin, since, zone=ZONE, kpis=CATALOGUE.names)


def forget(room: Room) -> None:
    for table in KEPT:
        room.connection.execute(f"DELETE FROM {table}")
    room.connection.execute("DELETE FROM upkeep WHERE job = ?", [JOB])


def plain(rows: pd.DataFrame, known_at: datetime) -> pd.DataFrame:
    """Every KPI row newest first, as known at a moment: by hand, for the counter-proof."""
    known = rows[rows["known_at"] <= known_at].sort_values(["known_at", "delivery_id"])
    return known.drop_duplicates(["cell_id", "ts"], keep="last")


def strays(room: Room, origin: datetime) -> pd.DataFrame:
    """Strays of ``rsrp_dbm`` from medians by pandas, straight from all rows ever delivered."""
    stored = room.connection.sql("SELECT * FROM kpis UNION ALL BY NAME SELECT * FROM kpi_revisions")
    every = stored.to_arrow_table().to_pandas()
    every["local"] = every["ts"].dt.tz_convert(ZONE)
    every["hour"], every["off"] = every["local"].dt.hour, every["local"].dt.day_of_week >= 5
    day = every["local"].dt.normalize()
    every["day"] = day
    every["monday"] = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    seen = plain(every, origin)
    seen = seen[(seen["ts"] < origin) & (seen["ts"] >= origin - REACH)]
    parts = []
    for monday, week in seen.groupby("monday"):
        window = plain(every, monday)
        window = window[(window["ts"] < monday) & (window["ts"] >= monday - timedelta(days=14))]
        common = window.groupby(["cell_id", "hour"])["rsrp_dbm"].median()
        typed = window.groupby(["cell_id", "hour", "off"])
        enough = typed["day"].nunique() >= 4
        own = typed["rsrp_dbm"].median().where(enough)

        def centre(part: pd.DataFrame, own=own, common=common) -> np.ndarray:
            by_type = own.reindex(pd.MultiIndex.from_frame(part[["cell_id", "hour", "off"]]))
            by_hour = common.reindex(pd.MultiIndex.from_frame(part[["cell_id", "hour"]]))
            typed_values = by_type.to_numpy()
            return np.where(np.isnan(typed_values), by_hour.to_numpy(), typed_values)

        away = (window["rsrp_dbm"] - centre(window)).abs().groupby(window["cell_id"]).median()
        scale = 1.4826 * away
        scale = scale.clip(lower=max(0.5 * scale.median(), 0.002 * 110.0))
        z = (centre(week) - week["rsrp_dbm"]) / week["cell_id"].map(scale)
        parts.append(week[["cell_id", "ts"]].assign(z=z.clip(-40, 40)))
    return pd.concat(parts).sort_values(["cell_id", "ts"], ignore_index=True)


@CALM
@given(turns=steps, origin=moments, cells=st.integers(1, 3))
def test_kept_equals_made_anew(room: Room, turns: list, origin: datetime, cells: int) -> None:
    start(room)
    for number, (brought, live_at, refresh) in enumerate(turns):
        deliver(room, number, brought, live_at)
        if refresh is not None:
            hours_at(room, refresh, frame())
            hash_at(room, refresh)
    kept, told = hours_at(room, origin, frame()), hash_at(room, origin)
    forget(room)
    again = hours_at(room, origin, frame(cells))  # any split into shards
    pd.testing.assert_frame_equal(kept, again, check_exact=True)
    assert told == hash_at(room, origin)
    forget(room)
    pd.testing.assert_frame_equal(kept, hours_at(room, origin, frame(), past=True))
    reference = strays(room, origin)
    assert kept[["cell_id"]].equals(reference[["cell_id"]])
    np.testing.assert_allclose(kept["z_rsrp_dbm"], reference["z"], atol=1 / 256)


@CALM
@given(turns=steps, origin=moments, after=st.integers(0, 3))
def test_a_refresh_that_fails_leaves_a_sound_state(
    room: Room, turns: list, origin: datetime, after: int
) -> None:
    start(room)
    hours_at(room, origin - timedelta(days=1), frame())
    for number, (brought, live_at, _) in enumerate(turns):
        deliver(room, number, brought, live_at)
    calls = []

    def fails(*given: object) -> None:
        calls.append(1)
        if len(calls) > after:
            raise InterruptedError
        kept_module.make_hours.__wrapped__(*given)

    with pytest.MonkeyPatch.context() as patch:
        whole = kept_module.make_hours
        fails.__wrapped__ = whole
        patch.setattr(kept_module, "make_hours", fails)
        with suppress(InterruptedError):
            hours_at(room, origin, frame(1))
    kept = hours_at(room, origin, frame())
    forget(room)
    pd.testing.assert_frame_equal(kept, hours_at(room, origin, frame()), check_exact=True)


def test_a_refresh_touches_only_what_is_new(room: Room) -> None:
    start(room)
    origin = FIRST + timedelta(days=DAYS - 1, hours=12)
    hours_at(room, origin, frame())
    made = []
    with pytest.MonkeyPatch.context() as patch:
        whole = kept_module.make_hours

        def counted(connection, *given: object) -> None:
            made.append(connection.execute("SELECT count(*) FROM fc_rows").fetchone()[0])
            whole(connection, *given)

        patch.setattr(kept_module, "make_hours", counted)
        hours_at(room, origin, frame())
        assert made == []
        brought = {("A", 4 * (DAYS - 1)): (1.0, 90.0), ("B", 4 * (DAYS - 4)): (1.0, 99.0)}
        deliver(room, 1, brought, None)
        hours_at(room, origin, frame())
        assert sum(made) == 2


def test_other_settings_make_all_anew(room: Room) -> None:
    start(room)
    origin = FIRST + timedelta(days=DAYS - 1, hours=12)
    first = hours_at(room, origin, frame())
    always_off = Frame(CATALOGUE, Calendar("CN"), ZONE, 7, 28)
    other = hours_at(room, origin, always_off)
    assert not first["z_rsrp_dbm"].equals(other["z_rsrp_dbm"])
    forget(room)
    pd.testing.assert_frame_equal(other, hours_at(room, origin, always_off), check_exact=True)


def test_the_hash_tells_facts_apart(room: Room) -> None:
    start(room)
    origin = FIRST + timedelta(days=DAYS - 1)
    before = hash_at(room, origin)
    deliver(room, 1, {("A", 4 * (DAYS - 3)): (5.0, 90.0)}, origin + timedelta(hours=1))
    assert hash_at(room, origin) == before  # known after the origin
    assert hash_at(room, origin + timedelta(hours=1)) != before
    deliver(room, 2, {("B", 4 * (DAYS - 3) + 1): (5.0, 90.0)}, None)  # history, known before
    assert hash_at(room, origin) != before


def test_old_hours_go(room: Room) -> None:
    start(room)
    origin = FIRST + timedelta(days=20)
    hours_at(room, origin, frame())
    later = origin + timedelta(days=9)
    hours_at(room, later, frame())
    [(oldest,)] = room.rows("SELECT min(ts) FROM cell_hours")
    since = (later - REACH).astimezone(UTC)
    assert oldest >= f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert room.rows("SELECT count(*) FROM kept_weeks WHERE hours_from IS NULL")[0][0] > 0


def test_a_week_made_anew_is_kept_again(room: Room) -> None:
    """Its normals were made anew, and then the power failed: the other weeks' hours are there."""
    start(room)
    origin = FIRST + timedelta(days=DAYS - 5, hours=12)
    whole = hours_at(room, origin, frame())
    room.connection.execute(
        "UPDATE kept_weeks SET hours_from = NULL, hours_until = NULL, hours_delivery = NULL"
        " WHERE monday = (SELECT min(monday) FROM kept_weeks WHERE hours_from IS NOT NULL)"
    )
    room.connection.execute(
        "DELETE FROM cell_hours WHERE ts < (SELECT min(hours_from) FROM kept_weeks)"
    )
    assert KeptHours(frame(), Normals(frame())).covers(room.connection, origin)
    pd.testing.assert_frame_equal(whole, hours_at(room, origin, frame()), check_exact=True)
    # a forecast of an earlier day leaves what is kept alone
    assert not KeptHours(frame(), Normals(frame())).covers(room.connection, origin - REACH)
