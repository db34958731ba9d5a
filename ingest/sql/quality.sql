-- What the quality of the data is told from. {…} is filled in by ingest.quality.

-- name: newest_day
SELECT max(ts)::DATE::VARCHAR FROM kpis;

-- name: touched
-- Hours with rows that came after the mark, as far back as quality is looked at.
CREATE OR REPLACE TEMP TABLE quality_touched AS
SELECT DISTINCT date_trunc('hour', ts) AS hour, ts::DATE AS day FROM kpis
WHERE delivery_id > $mark AND ts >= $since::DATE::TIMESTAMPTZ;

-- name: forget_old_cells
DELETE FROM quality_cells WHERE day < $since::DATE;

-- name: forget_old_kpis
DELETE FROM quality_kpis WHERE hour < $since::DATE::TIMESTAMPTZ;

-- name: touched_days
-- Touched days with the rows that they hold.
SELECT ts::DATE::VARCHAR AS day, count(*) FROM kpis
WHERE ts >= $since::DATE::TIMESTAMPTZ AND ts::DATE IN (SELECT day FROM quality_touched)
GROUP BY day ORDER BY day;

-- name: batch
CREATE OR REPLACE TEMP TABLE quality_batch AS
SELECT * FROM quality_touched WHERE day >= $low::DATE AND day < $high::DATE;

-- name: forget_cells
DELETE FROM quality_cells WHERE day IN (SELECT day FROM quality_batch);

-- name: forget_kpis
DELETE FROM quality_kpis WHERE hour IN (SELECT hour FROM quality_batch);

-- name: cells_of
-- Rows of quality_cells from the KPIs of whole days; {kpis} and {days} are relations.
WITH counted AS (
    SELECT cell_id, ts::DATE AS day, hour(ts) AS hour, period_min,
        coalesce(d.source, 'ingest') AS source, count(*) AS n,
        max(ts + to_minutes(period_min)) AS data_time, max(known_at) AS known_at
    FROM {kpis} k LEFT JOIN (SELECT delivery_id, source FROM deliveries) d USING (delivery_id)
    WHERE ts::DATE IN (SELECT day FROM {days})
        AND ts >= (SELECT min(day) FROM {days})::TIMESTAMPTZ
        AND ts < (SELECT max(day) + 1 FROM {days})::TIMESTAMPTZ
    GROUP BY ALL
),
main AS (
    SELECT cell_id, day, arg_max(source, (n, source)) AS source FROM (
        SELECT cell_id, day, source, sum(n) AS n FROM counted GROUP BY ALL
    ) GROUP BY ALL
),
period AS (
    SELECT cell_id, day, arg_max(period_min, (n, period_min)) AS period_min FROM (
        SELECT cell_id, day, period_min, sum(n) AS n FROM counted GROUP BY ALL
    ) GROUP BY ALL
)
SELECT c.cell_id, c.day, m.source, p.period_min,
    list_value({hours})::INTEGER[] AS arrived,
    max(c.data_time) AS data_time, max(c.known_at) AS known_at
FROM counted c JOIN main m USING (cell_id, day) JOIN period p USING (cell_id, day)
GROUP BY c.cell_id, c.day, m.source, p.period_min
ORDER BY c.day, c.cell_id;

-- name: kpis_of
-- Rows of quality_kpis from the KPIs of hours; {kpis} and {hours} are relations.
WITH rows AS (
    SELECT date_trunc('hour', ts) AS hour, coalesce(d.source, 'ingest') AS source,
        coalesce(c.vendor, '') AS vendor, coalesce(c.technology, '') AS technology,
        k.known_at, {columns}
    FROM {kpis} k
    LEFT JOIN (SELECT delivery_id, source FROM deliveries) d USING (delivery_id)
    LEFT JOIN (SELECT cell_id, vendor, technology FROM cells) c USING (cell_id)
    WHERE ts >= (SELECT min(hour) FROM {hours})
        AND ts < (SELECT max(hour) FROM {hours}) + INTERVAL 1 HOUR
        AND date_trunc('hour', ts) IN (SELECT hour FROM {hours})
),
groups AS (
    SELECT hour, source, vendor, technology, count(*) AS rows, max(known_at) AS known_at, {measures}
    FROM rows GROUP BY ALL
)
SELECT hour, kpi, source, vendor, technology, rows::INTEGER AS rows,
    (rows - m.known)::INTEGER AS nulls, m.quantiles[1] AS p10, m.quantiles[2] AS median,
    m.quantiles[3] AS p90, known_at
FROM (UNPIVOT groups ON {names} INTO NAME kpi VALUE m)
ORDER BY hour, kpi, source, vendor, technology;
