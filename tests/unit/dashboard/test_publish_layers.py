"""Publishing makes the map layers of a new inventory, and a map never keeps a forecast back."""

from __future__ import annotations

import pytest

from dashboard.layers import layers_dir
from dashboard.publish import forecast_and_publish
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from dashboard.web.app import create_app
from geo.errors import GeoError
from ingest.clock import FixedClock
from tests.support.facts import local, two_districts

NOON = local(2026, 10, 12, 12)
SETTINGS = Settings(time_zone="Asia/Shanghai", geo={"hexagon_resolution": 6})


@pytest.fixture
def facts(tmp_path):
    facts = two_districts(tmp_path)
    for cell_id, lon, azimuth in (("w1", 116.35, 0.0), ("w2", 116.35, 180.0), ("e1", 116.45, 90.0)):
        facts.cells(
            {"cell_id": cell_id, "longitude": lon, "latitude": 39.9, "azimuth_deg": azimuth}
        )
        facts.kpis(cell_id, local(2026, 10, 6), 24 * 6 + 11)
    yield facts
    facts.close()


def published(facts, data, settings=SETTINGS):
    said = forecast_and_publish(
        facts.connection, data, as_of=NOON, settings=settings, clock=FixedClock(NOON)
    )
    snapshot = Snapshot.open(data)
    named = snapshot.manifest.layers
    snapshot.close()
    return said, named


def sets(data):
    return sorted(path.name for path in layers_dir(data).iterdir())


def test_the_snapshot_names_its_layers_and_the_map_answers(facts, tmp_path):
    _, named = published(facts, tmp_path)
    assert sets(tmp_path) == [named]
    app = create_app(tmp_path, clock=FixedClock(NOON), settings=SETTINGS.web)
    client = app.server.test_client()
    values = client.get("/api/v1/map").get_json()
    index = client.get(f"/layers/{named}/index.json").get_json()
    assert values["layers"] == named == index["hash"]
    assert len(values["cells"]["status"]) == index["counts"]["cell"] == 3
    assert len(values["regions"]["status"]) == 2
    assert len(values["hexagons"]["status"]) == index["counts"]["hexagon"] > 2
    cells = {cell["cell_id"]: cell["status"] for cell in client.get("/api/v1/cells").get_json()}
    letters = {"green": "g", "yellow": "y", "red": "r", "unknown": "u"}
    assert values["cells"]["status"] == "".join(letters[cells[c]] for c in ("e1", "w1", "w2"))
    # the same inventory again: nothing is made, nothing removed
    before = (layers_dir(tmp_path) / named / "index.json").stat()
    assert published(facts, tmp_path)[1] == named
    assert (layers_dir(tmp_path) / named / "index.json").stat() == before


def test_a_map_that_cannot_be_drawn_keeps_no_forecast_back(facts, tmp_path, monkeypatch):
    def fails(*_args):
        raise GeoError("cells: row 1: nothing goes")

    monkeypatch.setattr("dashboard.layers.ensure.ground", fails)
    said, named = published(facts, tmp_path)
    assert named is None
    assert said.warnings[-1] == "map layers could not be made: cells: row 1: nothing goes"
    assert sets(tmp_path) == []
