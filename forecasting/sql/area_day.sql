-- The KPIs of the last day as known at the origin, with who used them; users on a grid of 1/16.
CREATE OR REPLACE TEMP TABLE fc_area_day AS
SELECT
    cell_id,
    ts,
    period_min,
    round(16 * coalesce(active_users, 1)::DOUBLE) AS users,
    {kpi},
FROM kpis_as_of($origin::TIMESTAMPTZ)
WHERE ts >= $origin::TIMESTAMPTZ - INTERVAL 24 HOUR AND ts < $origin::TIMESTAMPTZ
