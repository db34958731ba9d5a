-- Per cell and KPI that is no measure of quality (users, traffic): what it comes to in the last day
-- and in the newest interval; sums, and minutes to take means over.
WITH day AS (
    SELECT
        *,
        ts = max(ts) OVER (PARTITION BY cell_id) AND ts >= $fresh::TIMESTAMPTZ AS newest
    FROM kpis_as_of($origin::TIMESTAMPTZ)
    WHERE ts >= $origin::TIMESTAMPTZ - INTERVAL 24 HOUR AND ts < $origin::TIMESTAMPTZ
)
SELECT
    cell_id,
    sum(round(65536 * {kpi}::DOUBLE)) / 65536 AS "{kpi}.day_sum",
    sum(round(65536 * {kpi}::DOUBLE) * period_min) / 65536 / sum(period_min) FILTER ({kpi} IS NOT NULL) AS "{kpi}.day_mean",
    sum(round(65536 * {kpi}::DOUBLE)) FILTER (newest) / 65536 AS "{kpi}.newest_sum",
    sum(round(65536 * {kpi}::DOUBLE)) FILTER (newest) / 65536 AS "{kpi}.newest_mean",
FROM day
GROUP BY cell_id
ORDER BY cell_id
