-- Per cell and KPI the sum over users of the last day and of the newest interval, and those users.
-- Values lie on a grid of 1/65536, users on one of 1/16, so that sums are exact in any order.
WITH day AS (
    SELECT
        *,
        round(16 * coalesce(active_users, 1)::DOUBLE) AS users,
        ts = max(ts) OVER (PARTITION BY cell_id) AND ts >= $fresh::TIMESTAMPTZ AS newest
    FROM kpis_as_of($origin::TIMESTAMPTZ)
    WHERE ts >= $origin::TIMESTAMPTZ - INTERVAL 24 HOUR AND ts < $origin::TIMESTAMPTZ
)
SELECT
    cell_id,
    sum(round(65536 * {kpi}::DOUBLE) * users) / 65536 AS "{kpi}.day",
    sum(users) FILTER ({kpi} IS NOT NULL) AS "{kpi}.day_users",
    sum(round(65536 * {kpi}::DOUBLE) * users) FILTER (newest) / 65536 AS "{kpi}.newest",
    sum(users) FILTER (newest AND {kpi} IS NOT NULL) AS "{kpi}.newest_users",
FROM day
GROUP BY cell_id
ORDER BY cell_id
