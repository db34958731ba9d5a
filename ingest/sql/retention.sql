-- Roll-ups of KPIs and the end of old facts. {…} is filled in by ingest.retention.

-- name: mark
SELECT delivery_id, epoch_us(until) FROM upkeep WHERE job = $job;

-- name: forget_mark
DELETE FROM upkeep WHERE job = $job;

-- name: set_mark
INSERT INTO upkeep VALUES ($job, $delivery_id, make_timestamptz($until_us));

-- name: newest_delivery
SELECT coalesce(max(delivery_id), 0) FROM deliveries;

-- name: touched
-- Days of cells with rows that came after the mark. Row groups of older deliveries are skipped.
CREATE OR REPLACE TEMP TABLE rollup_touched AS
SELECT DISTINCT cell_id, ts::DATE AS day FROM kpis
WHERE delivery_id > $mark AND ts >= make_timestamptz($purged_us);

-- name: touched_days
-- Days with touched cells; a cell's day has at most as many rows as intervals of 15 minutes.
SELECT day::VARCHAR, count(*) * 96 FROM rollup_touched GROUP BY day ORDER BY day;

-- name: hours
-- The touched days, hour by hour. Sums are of whole numbers, so that no order changes a digit. The
-- hour is cut off in the session's zone, which in some places is half an hour off that of UTC.
CREATE OR REPLACE TEMP TABLE rollup_hours AS
SELECT
    cell_id,
    ts::DATE AS day,
    ts - to_minutes(minute(ts)) - to_microseconds(microsecond(ts)) AS hour,
    count(*)::INTEGER AS samples,
    sum(period_min)::INTEGER AS minutes,
    max(known_at) AS known_at,
    {sums}
FROM (SELECT * FROM kpis WHERE ts >= $low::DATE::TIMESTAMPTZ AND ts < $high::DATE::TIMESTAMPTZ) k
SEMI JOIN rollup_touched t ON t.cell_id = k.cell_id AND t.day = k.ts::DATE
GROUP BY ALL;

-- name: forget_hourly
DELETE FROM kpi_hourly h USING rollup_touched t
WHERE t.cell_id = h.cell_id AND t.day = h.ts::DATE
    AND h.ts >= $low::DATE::TIMESTAMPTZ AND h.ts < $high::DATE::TIMESTAMPTZ;

-- name: write_hourly
INSERT INTO kpi_hourly BY NAME
SELECT cell_id, hour AS ts, samples, minutes, known_at, {values}
FROM rollup_hours ORDER BY hour, cell_id;

-- name: forget_daily
DELETE FROM kpi_daily d USING rollup_touched t
WHERE t.cell_id = d.cell_id AND t.day = d.day AND d.day >= $low::DATE AND d.day < $high::DATE;

-- name: write_daily
INSERT INTO kpi_daily BY NAME
SELECT cell_id, day, sum(samples)::INTEGER AS samples, sum(minutes)::INTEGER AS minutes,
    max(known_at) AS known_at, {values}
FROM rollup_hours GROUP BY cell_id, day ORDER BY day, cell_id;

-- name: newest_interval
SELECT epoch_us(max(ts)) FROM kpis;

-- name: midnight
-- The local midnight so many days before the local day of a moment.
SELECT epoch_us((make_timestamptz($moment_us)::DATE - $days::INTEGER)::TIMESTAMPTZ);

-- name: has_table
SELECT count(*) > 0 FROM duckdb_tables() WHERE table_name = $name;

-- name: days_before
SELECT count(DISTINCT ts::DATE), count(*) FROM {table} WHERE ts < make_timestamptz($until_us);

-- name: delete_before
DELETE FROM {table} WHERE ts < make_timestamptz($until_us);

-- name: rows_before_day
SELECT count(*) FROM kpi_daily WHERE day < make_timestamptz($until_us)::DATE;

-- name: delete_before_day
DELETE FROM kpi_daily WHERE day < make_timestamptz($until_us)::DATE;

-- name: rejected_before
SELECT count(*) FROM rejected_rows SEMI JOIN (
    SELECT delivery_id FROM deliveries WHERE loaded_at < make_timestamptz($until_us)
) USING (delivery_id);

-- name: delete_rejected_before
DELETE FROM rejected_rows r USING deliveries d
WHERE d.delivery_id = r.delivery_id AND d.loaded_at < make_timestamptz($until_us);
