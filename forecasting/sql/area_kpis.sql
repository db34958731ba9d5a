-- Per cell and KPI the sum over users of the last day, and those users.
-- Values lie on a grid of 1/65536, so that sums are exact in any order.
SELECT
    cell_id,
    sum(round(65536 * {kpi}::DOUBLE) * users) / 65536 AS "{kpi}.sum",
    sum(CASE WHEN {kpi} IS NOT NULL THEN users END) AS "{kpi}.users",
FROM fc_area_day
GROUP BY cell_id
ORDER BY cell_id
