from ingest.catalogue import load_catalogue
from ingest.quality import update as counts
from ingest.quality import update_quality
from ingest.retention import rollups, update_rollups
from ingest.retention.batches import batches


def test_days_are_put_together_up_to_the_limit() -> None:
    days = [("2026-02-27", 3), ("2026-02-28", 4), ("2026-03-01", 9), ("2026-03-05", 1)]
    assert list(batches(days, 8)) == [
        {"low": "2026-02-27", "high": "2026-03-01"},
        {"low": "2026-03-01", "high": "2026-03-02"},  # alone too many: by itself
        {"low": "2026-03-05", "high": "2026-03-06"},
    ]
    assert list(batches([], 8)) == []


def test_many_batches_make_the_same_tables(room, monkeypatch) -> None:
    head = "cell_id,ts,period_min,drop_rate_pct\n"
    rows = [
        f"{cell},2026-02-{day:02}T{hour:02}:00:00+08:00,60,{day % 7}.{hour}\n"
        for day in range(1, 21)
        for hour in range(24)
        for cell in "AB"
    ]
    room.take("k.csv", head + "".join(rows))

    def made() -> list[list[tuple]]:
        for table in ("upkeep", *tables):
            room.connection.execute(f"DELETE FROM {table}")
        update_rollups(room.connection, load_catalogue())
        update_quality(room.connection, load_catalogue())
        return [room.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]

    tables = ("kpi_hourly", "kpi_daily", "quality_cells", "quality_kpis")
    whole = made()
    for module in (rollups, counts):
        monkeypatch.setattr(module, "batches", lambda days: batches(days, 100))
    assert made() == whole
    assert [len(table) for table in whole[:3]] == [960, 40, 40]
