"""Neighbours learned from hand-overs: what was known at the week's Monday, kept or made anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.cells.inventory import InventoryCache
from forecasting.cells.relations import Relations
from ingest.catalogue import load_catalogue
from ingest.retention import apply_retention
from ingest.settings import IngestSettings
from tests.support import futures
from tests.support.warehouses import Room

HEAD = "cell_id,neighbour_id,ts,period_min,attempts,successes\n"
MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight of 2 March in Beijing
ORIGIN = MONDAY + timedelta(days=3, hours=5)
CELLS = "cell_id,site_id,longitude,latitude\na,1,116.0,40.0\nb,2,116.01,40.0\nc,3,116.02,40.0\n"


def day(day: str, attempts: int, cell: str = "a", other: str = "c") -> str:
    return f"{cell},{other},2026-{day} 00:00,1440,{attempts},0\n"


@pytest.fixture
def city(tmp_path: Path) -> Room:
    made = Room(tmp_path / "data")
    made.take("cells.csv", CELLS)
    yield made
    made.close()


def weights(city: Room, origin: datetime = ORIGIN, **how) -> dict[str, float]:
    found = InventoryCache(Relations(**how)).as_of(city.connection, origin).neighbours
    mine = found[found["cell_id"] == "a"]
    return dict(zip(mine["neighbour_id"], mine["weight"].round(6), strict=True))


def kept(city: Room) -> list[tuple]:
    return city.rows(
        "SELECT monday::VARCHAR AS monday, cell_id, neighbour_id, attempts FROM relation_sums "
        "ORDER BY ALL"
    )


def test_four_weeks_before_the_monday_as_known_at_its_midnight(city: Room) -> None:
    plain = weights(city)
    lines = [
        day("02-01", 5000),  # a day too early
        day("02-02", 700),
        day("02-28", 300),
        day("03-01", 9000),  # known at 00:15 of the Monday
        day("03-03", 9000),
        day("02-10", 4000, other="x"),  # nobody knows that cell
    ]
    city.take("handovers.csv", HEAD + "".join(lines))
    learned = weights(city)
    # 1000 attempts all to c, and 1000 of the prior shared as places say
    assert learned["c"] == pytest.approx((1000 + 1000 * plain["c"]) / 2000, abs=1e-6)
    assert sum(learned.values()) == pytest.approx(1.0, abs=1e-5)
    assert weights(city, MONDAY - timedelta(seconds=1)) != learned
    for hours in (0, 30, 167):
        assert weights(city, MONDAY + timedelta(hours=hours)) == learned


def test_a_later_revision_moves_nothing_before_its_time(city: Room) -> None:
    city.take("handovers.csv", HEAD + day("02-10", 1000))
    before = weights(city, keep_days=100)
    late = MONDAY + timedelta(hours=1)
    city.take("handovers_2.csv", HEAD + day("02-10", 9), live_at=late)
    assert weights(city, keep_days=100) == before
    assert weights(city) == before
    assert weights(city, ORIGIN + timedelta(days=7)) != before


def test_kept_weeks_are_made_anew_when_history_comes(city: Room) -> None:
    city.take("handovers.csv", HEAD + day("02-10", 1000))
    weights(city, keep_days=100)
    assert kept(city) == [("2026-03-02", "a", "c", 1000)]
    true = weights(city)
    city.connection.execute("UPDATE relation_sums SET attempts = 70000")
    assert weights(city)["c"] > true["c"]  # what is kept is read
    city.take("handovers_2.csv", HEAD + day("02-11", 500))
    weights(city, keep_days=100)
    assert kept(city) == [("2026-03-02", "a", "c", 1500)]


def test_nothing_is_written_unless_asked(city: Room) -> None:
    city.take("handovers.csv", HEAD + day("02-10", 1000))
    weights(city)
    assert kept(city) == []


def test_old_weeks_go(city: Room) -> None:
    city.take("handovers.csv", HEAD + day("01-10", 1000) + day("02-03", 1000))
    weights(city, datetime(2026, 1, 20, tzinfo=UTC), keep_days=28)
    weights(city, datetime(2026, 2, 12, tzinfo=UTC), keep_days=28)
    assert [row[0] for row in kept(city)] == ["2026-01-19", "2026-02-09"]
    weights(city, keep_days=28)
    assert [row[0] for row in kept(city)] == ["2026-02-09", "2026-03-02"]


def test_weeks_whose_rows_were_removed_are_made_of_what_is_left(city: Room) -> None:
    city.take("handovers.csv", HEAD + day("02-05", 1000) + day("02-20", 200))
    weights(city, keep_days=100)
    settings = IngestSettings().retention.model_copy(update={"keep_raw_days": 35})
    now = datetime(2026, 3, 20, tzinfo=UTC)
    apply_retention(city.connection, now, settings, load_catalogue())
    weights(city, keep_days=100)
    assert kept(city) == [("2026-03-02", "a", "c", 200)]


def test_a_moment_in_the_far_future_is_no_week_that_lets_others_go(city: Room) -> None:
    plain = weights(city)
    city.take("handovers.csv", HEAD + day("02-10", 1000))
    weights(city, keep_days=28)
    assert weights(city, datetime(9999, 1, 1, tzinfo=UTC), keep_days=28) == plain
    assert len(kept(city)) == 1


def test_the_fingerprint_follows_what_weighs(city: Room) -> None:
    relations = Relations(keep_days=100)
    since = ORIGIN - timedelta(days=14)
    nothing = relations.fingerprint(city.connection, since, ORIGIN)
    city.take("handovers.csv", HEAD + day("02-10", 1000) + day("02-11", 50))
    told = relations.fingerprint(city.connection, since, ORIGIN)
    assert told != nothing
    city.take("handovers_2.csv", HEAD + day("03-04", 1000))
    assert relations.fingerprint(city.connection, since, ORIGIN) == told
    with pytest.raises(ValueError, match="kept"):
        Relations().fingerprint(city.connection, since, ORIGIN)


@pytest.mark.parametrize("seed", [1, 2])
def test_another_future_weighs_nothing(city: Room, seed: int) -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("c", "a")]
    lines = [day(f"02-{n:02}", 10 * n, *pair) for n in range(2, 29) for pair in pairs]
    lines += [day(f"03-{n:02}", 10 * n, *pair) for n in range(1, 9) for pair in pairs]
    city.take("handovers.csv", HEAD + "".join(lines))
    before = InventoryCache().as_of(city.connection, ORIGIN).neighbours
    futures.rewrite(city.connection, ORIGIN, seed)
    assert city.one("SELECT count(*) > 10 FROM handover_revisions") == (True,)
    after = InventoryCache().as_of(city.connection, ORIGIN).neighbours
    pd.testing.assert_frame_equal(after, before, check_exact=True)


def test_any_order_of_loading_gives_the_same_digits(city: Room, tmp_path: Path) -> None:
    lines = [day(f"02-{n:02}", 10 * n, other="bc"[n % 2]) for n in range(2, 28)]
    city.take("handovers.csv", HEAD + "".join(lines))
    other = Room(tmp_path / "other")
    other.take("handovers_2.csv", HEAD + "".join(reversed(lines[7:])))
    other.take("handovers_1.csv", HEAD + "".join(lines[:9]))
    other.take("cells.csv", CELLS)
    found = [InventoryCache().as_of(r.connection, ORIGIN).neighbours for r in (city, other)]
    other.close()
    pd.testing.assert_frame_equal(*found, check_exact=True)
