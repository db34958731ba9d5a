from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.snapshots import AS_OF, kpi_days, tiny

LIST_FIELDS = {
    "cell_id", "name", "region_id", "longitude", "latitude", "status", "probability",
    "expected_low_complaints", "cause", "as_of",
}  # fmt: skip
REGION_FIELDS = {
    "region_id", "name", "status", "expected_low_complaints", "rate_per_10k", "quality_index",
    "red_cells", "yellow_cells", "as_of", "fresh",
}  # fmt: skip


def error_of(response):
    body = response.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint"}
    assert all(body["error"].values())
    return body["error"]


def test_healthz_needs_nothing(empty_site):
    response = empty_site.get("/healthz")
    body = response.get_json()
    assert (response.status_code, body["status"]) == (200, "ok")
    # what a screen left alone follows: the build it has to reload for, and the operator's clock
    assert set(body) == {"status", "build", "now"}
    assert len(body["build"]) == 12


def test_readyz(tiny_site):
    assert tiny_site.get("/readyz").status_code == 200


def test_readyz_without_snapshot(empty_site):
    response = empty_site.get("/readyz")
    assert response.status_code == 503
    assert error_of(response)["code"] == "no_snapshot"


def test_readyz_stale(tiny_site):
    tiny_site.clock.at = AS_OF + timedelta(minutes=151)
    response = tiny_site.get("/readyz")
    assert response.status_code == 503
    error = error_of(response)
    assert error["code"] == "stale"
    assert "2026-11-21T09:30:00+00:00" in error["message"]  # 07:00 + 150 min


def test_cells(tiny_site):
    rows = tiny_site.get("/api/v1/cells").get_json()
    assert [row["cell_id"] for row in rows] == ["C1", "C2", "C3", "C4", "C5"]
    assert set(rows[0]) >= LIST_FIELDS
    assert rows[0]["status"] == "red"
    assert rows[0]["as_of"] == "2026-11-21T07:00:00+00:00"
    assert rows[4]["probability"] is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status=yellow", ["C2", "C3"]),
        ("region_id=R1", ["C3", "C4"]),
        ("status=yellow&region_id=R1", ["C3"]),
        ("limit=2", ["C1", "C2"]),
        ("region_id=none", []),
        ("region_id=R1' OR '1'='1", []),
        ("region_id=R1; DROP TABLE cells", []),
    ],
)
def test_cells_filters(tiny_site, query, ids):
    response = tiny_site.get(f"/api/v1/cells?{query}")
    assert response.status_code == 200
    assert [row["cell_id"] for row in response.get_json()] == ids


@pytest.mark.parametrize(
    "query",
    [
        "status=purple",
        "status=",
        "limit=0",
        "limit=-1",
        "limit=1e3",
        "limit=9999999999999",
        "limit=1000001",
        "limit=二",
        "limit=",
        "colour=red",
        "status=red&status=green",
        "at=yesterday",
    ],
)
def test_bad_parameters(tiny_site, query):
    response = tiny_site.get(f"/api/v1/cells?{query}")
    assert response.status_code == 400
    error_of(response)


def test_cell(tiny_site):
    body = tiny_site.get("/api/v1/cells/C1").get_json()
    keys = ("kpis", "tickets", "drivers", "works", "neighbours", "work_orders")
    assert [body[key] for key in keys] == [[]] * 6
    assert body["probability"] == 0.62


def test_cell_with_everything(city_site):
    cells = city_site.content.cells.sort_values("probability", ascending=False)
    body = city_site.get(f"/api/v1/cells/{cells['cell_id'].iloc[0]}").get_json()
    assert [s["kpi"] for s in body["kpis"]] == [
        "accessibility_pct",
        "drop_rate_pct",
        "prb_util_dl_pct",
        "throughput_dl_mbps",
        "latency_ms",
        "active_users",
    ]
    for series in body["kpis"]:
        n = len(series["ts"])
        assert n > 24
        assert n == len(series["value"]) == len(series["normal_lower"])
        ahead = series["forecast"]
        assert len(ahead["ts"]) == len(ahead["mean"]) == len(ahead["upper"]) > 24
        assert all(low <= up for low, up in zip(ahead["lower"], ahead["upper"], strict=True))
    assert len(body["tickets"]) == 3
    assert body["drivers"][0]["kpi"] == "drop_rate_pct"
    assert body["works"][0]["work_id"] == "W1"
    assert body["neighbours"]


def test_unknown_cell(tiny_site):
    response = tiny_site.get("/api/v1/cells/nope")
    assert response.status_code == 404
    assert error_of(response)["code"] == "no_such_cell"


@pytest.mark.parametrize(
    "path", ["/api/v1/cells/..%2f..%2fetc%2fpasswd", "/api/v1/cells/../../etc/passwd"]
)
def test_paths_lead_nowhere(tiny_site, path):
    assert tiny_site.get(path).status_code == 404


def test_unknown_address_and_method(tiny_site):
    missing = tiny_site.get("/api/v1/nothing")
    assert missing.status_code == 404
    error_of(missing)
    posted = tiny_site.client.post("/api/v1/cells")
    assert posted.status_code == 405
    error_of(posted)


def test_regions(tiny_site):
    response = tiny_site.get("/api/v1/regions")
    assert response.mimetype == "application/geo+json"
    body = response.get_json()
    assert body["type"] == "FeatureCollection"
    assert [f["id"] for f in body["features"]] == ["R0", "R1", "R2", "R3"]
    first = body["features"][0]
    assert first["geometry"]["type"] == "Polygon"
    assert set(first["properties"]) == REGION_FIELDS
    assert first["properties"]["status"] == "red"
    assert first["properties"]["fresh"] is True


def test_stale_is_never_coloured(tiny_site):
    tiny_site.clock.at = AS_OF + timedelta(hours=5)
    cells = tiny_site.get("/api/v1/cells").get_json()
    assert {row["status"] for row in cells} == {"unknown"}
    assert {row["fresh"] for row in cells} == {False}
    assert tiny_site.get("/api/v1/cells?status=green").get_json() == []
    assert len(tiny_site.get("/api/v1/cells?status=unknown").get_json()) == 5
    regions = tiny_site.get("/api/v1/regions").get_json()["features"]
    assert {f["properties"]["status"] for f in regions} == {"unknown"}
    assert {f["properties"]["fresh"] for f in regions} == {False}
    assert tiny_site.get("/api/v1/cells/C1").get_json()["status"] == "unknown"


def test_at_shows_the_older_one_as_it_was(tiny_site):
    later = tiny(as_of=AS_OF + timedelta(hours=1))
    later.cells.loc[0, "status"] = "green"
    tiny_site.publish(later)
    tiny_site.clock.at = AS_OF + timedelta(hours=90)
    now = tiny_site.get("/api/v1/cells/C1").get_json()
    then = tiny_site.get("/api/v1/cells/C1?at=2026-11-21T15:30%2B08:00").get_json()
    assert (now["status"], now["fresh"]) == ("unknown", False)
    assert (then["status"], then["fresh"], then["as_of"]) == (
        "red",
        True,
        "2026-11-21T07:00:00+00:00",
    )
    local = tiny_site.get("/api/v1/cells/C1?at=2026-11-21T15:30").get_json()
    assert local == then
    before = tiny_site.get("/api/v1/cells/C1?at=2020-01-01")
    assert before.status_code == 503
    error_of(before)


def test_no_snapshot_is_503(empty_site):
    for path in ("/api/v1/cells", "/api/v1/regions", "/api/v1/cells/C1"):
        response = empty_site.get(path)
        assert response.status_code == 503
        assert error_of(response)["code"] == "no_snapshot"


@pytest.mark.parametrize("path", ["/api/v1/cells", "/api/v1/regions", "/api/v1/cells/C1"])
def test_etag(tiny_site, path):
    first = tiny_site.get(path)
    assert first.headers["ETag"]
    again = tiny_site.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    tiny_site.clock.at = AS_OF + timedelta(hours=5)  # stale: another answer
    assert tiny_site.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_odd_ids_reach_their_cell(tiny_site):
    odd = "京/网 1#?"
    content = tiny(as_of=AS_OF + timedelta(minutes=5))
    content.cells.loc[0, "cell_id"] = odd
    tiny_site.publish(content)
    from urllib.parse import quote

    assert tiny_site.get(f"/api/v1/cells/{quote(odd, safe='')}").get_json()["cell_id"] == odd


def test_metrics(tiny_site):
    tiny_site.get("/healthz")
    text = tiny_site.get("/metrics").data.decode()
    assert 'foresite_cells{status="red"} 1.0' in text
    assert "foresite_snapshot_fresh 1.0" in text
    assert "foresite_data_age_seconds 1380.0" in text  # 23 minutes
    assert 'foresite_http_requests_total{route="/healthz",status="200"} 1.0' in text


def test_metrics_without_snapshot(empty_site):
    assert "foresite_snapshot_loaded 0.0" in empty_site.get("/metrics").data.decode()


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/cells", "/api/v1/nope", "/cells/C1"])
def test_security_headers(tiny_site, path):
    headers = tiny_site.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_damaged_snapshot_is_not_shown(tiny_site):
    newest = tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=10)))
    file = tiny_site.data / "snapshots" / newest / "cells.parquet"
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.write_bytes(content)
    assert tiny_site.get("/api/v1/cells/C1").get_json()["as_of"] == "2026-11-21T07:00:00+00:00"


def test_kpis_without_forecast_are_served(tiny_site):
    day = AS_OF.date() - timedelta(days=1)
    content = tiny(as_of=AS_OF + timedelta(minutes=5))
    tiny_site.publish(content, kpi_days(["C1"], last=day, days=1))
    kpis = tiny_site.get("/api/v1/cells/C1").get_json()["kpis"]
    assert kpis
    assert all(len(series["value"]) == 24 for series in kpis)
    assert all(series["forecast"]["ts"] == [] for series in kpis)
