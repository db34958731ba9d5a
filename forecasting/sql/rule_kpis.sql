-- The KPI threshold rule: per cell the hours of the last day, those beyond the limit, and the users.
-- Users lie on a grid of 1/16, so that the sum is exact in any order.
SELECT
    k.cell_id,
    sum(round(16 * k.active_users)) / 16 / nullif(count(k.active_users), 0) AS users,
    count(k.{kpi}) FILTER (l.limit_{kpi} IS NOT NULL) AS known_{kpi},
    count(*) FILTER ((k.{kpi} - l.limit_{kpi}) * l.sign_{kpi} > 0) AS beyond_{kpi},
FROM kpis_as_of($origin::TIMESTAMPTZ) AS k
CROSS JOIN fc_limits AS l
WHERE k.ts >= $origin::TIMESTAMPTZ - INTERVAL 24 HOUR AND k.ts < $origin::TIMESTAMPTZ
GROUP BY k.cell_id
ORDER BY k.cell_id
