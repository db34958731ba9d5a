"""The scoreboard: from forecasts that were judged through the snapshot to what the API answers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.publish import accuracy as publishing
from dashboard.publish.accuracy import told_accuracy
from dashboard.snapshot import write_snapshot
from dashboard.web.api.accuracy import calibration_error, tally
from dashboard.web.app import create_app
from dashboard.web.settings import WebSettings
from forecasting.errors import ForecastingError
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from tests.support.forecasts import FIRST, HOUR, OVER, SETTINGS, Forecasts
from tests.support.snapshots import tiny

LATER = OVER + timedelta(days=9)


@pytest.fixture
def room(tmp_path: Path):
    room = Forecasts(tmp_path / "warehouse")
    room.regions({"region_id": "R0", "name": "片区0"})
    room.connection.execute("UPDATE cell_states SET region_id = 'R0' WHERE cell_id < 'd'")
    room.forecast()
    room.forecast(FIRST + timedelta(days=7))  # not settled at LATER
    room.complain("a", FIRST + 5 * HOUR)
    room.complain("e", FIRST + 6 * HOUR)
    room.work(FIRST + HOUR, cell_id="b")
    yield room
    room.close()


def asked(room: Forecasts, data: Path, query: str = "", moment=LATER):
    tables = told_accuracy(room.connection, moment, SETTINGS, load_catalogue())
    content = tiny(as_of=moment, data_time=moment, ticket_time=moment, more=tables)
    write_snapshot(data, content, kpi_days={}, published_at=moment)
    app = create_app(data, clock=FixedClock(moment), settings=WebSettings())
    return app.server.test_client().get(f"/api/v1/accuracy{query}")


def test_settled_days_are_told_beside_the_rules(room: Forecasts, tmp_path: Path) -> None:
    moment = LATER + timedelta(days=2)  # the second forecast is judged, and may be revised
    told = asked(room, tmp_path / "data", moment=moment).get_json()
    assert (told["days"], told["settled_days"], told["provisional"]) == (2, 1, False)
    assert told["fates"]["by_status"]["red"] == {
        "hit": 1, "treated": 1, "treated_not": 0, "false_alarm": 1, "miss": 0,
    }  # fmt: skip
    # of two reds whose outcome is known one was right; one of two cells with a complaint was red
    assert (told["fates"]["precision"], told["fates"]["recall"]) == (0.5, 0.5)
    own = told["scores"][0]
    assert (own["score"], own["scope"], own["precision"]) == ("forecast", "all", 1 / 3)
    assert {s["score"] for s in told["scores"]} == {
        "forecast", "persistence", "kpi_rule", "seasonal_naive", "last_week_rate",
    }  # fmt: skip
    [north, elsewhere] = told["by"]["region"]
    assert (north["value"], north["name"], north["precision"]) == ("R0", "片区0", 0.5)
    assert elsewhere["value"] is None
    assert [c["value"] for c in told["by"]["cause"]] == ["hardware", None]
    assert told["lead_time"]["median_h"] == 5.0
    assert told["lead_time"]["first_complaints"] == 2
    assert told["lead_time"]["share_preceded_by_red"] == 0.5
    assert sum(b["cells"] for b in told["reliability"]) == 5
    days = told["periods"]["day"]
    assert [d["settled"] for d in days] == [True, False]
    assert [w["from"] for w in told["periods"]["week"]] == ["2026-10-05", "2026-10-12"]
    assert json.dumps(told)  # plain


def test_until_a_day_has_settled_the_first_ones_are_provisional(
    room: Forecasts, tmp_path: Path
) -> None:
    told = asked(room, tmp_path / "data", moment=OVER + timedelta(days=1)).get_json()
    assert (told["days"], told["settled_days"], told["provisional"]) == (1, 0, True)
    assert told["fates"]["by_status"]["red"]["hit"] == 1


def test_only_so_many_days(room: Forecasts, tmp_path: Path) -> None:
    told = asked(room, tmp_path / "data", "?days=3").get_json()
    assert told["days"] == 0
    assert told["provisional"]
    assert told["scores"] == told["reliability"] == []
    assert told["calibration_error"] is told["fates"]["precision"] is None


@pytest.mark.parametrize("query", ["?days=0", "?days=91", "?days=x", "?days=-1", "?day=3"])
def test_bad_questions_are_refused(room: Forecasts, tmp_path: Path, query: str) -> None:
    answer = asked(room, tmp_path / "data", query)
    assert answer.status_code == 400
    assert set(answer.get_json()["error"]) == {"code", "message", "hint"}


def test_an_older_snapshot_has_no_scoreboard_and_says_so(tmp_path: Path) -> None:
    write_snapshot(tmp_path, tiny(), kpi_days={}, published_at=tiny().as_of)
    app = create_app(tmp_path, clock=FixedClock(tiny().as_of), settings=WebSettings())
    told = app.server.test_client().get("/api/v1/accuracy").get_json()
    assert told["days"] == 0
    assert told["fates"]["by_status"] == {}


def test_a_judgement_that_fails_keeps_no_forecast_from_the_screens(
    room: Forecasts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ForecastingError("nothing fits")

    monkeypatch.setattr(publishing, "accuracy_tables", fails)
    assert told_accuracy(room.connection, LATER, SETTINGS, load_catalogue()) == {}


def test_tally_and_calibration_by_hand() -> None:
    rows = [
        {"status": "red", "fate": "hit", "cells": 3},
        {"status": "red", "fate": "false_alarm", "cells": 1},
        {"status": "red", "fate": "treated", "cells": 4},
        {"status": "yellow", "fate": "hit", "cells": 2},
        {"status": "green", "fate": "miss", "cells": 5},
    ]
    told = tally(rows)
    assert (told["precision"], told["recall"], told["treated"]) == (3 / 4, 3 / 10, 4 / 8)
    bins = [
        {"cells": 90, "forecast": 0.02, "observed": 0.01},
        {"cells": 10, "forecast": 0.3, "observed": 0.4},
    ]
    assert calibration_error(bins) == pytest.approx((90 * 0.01 + 10 * 0.1) / 100)
