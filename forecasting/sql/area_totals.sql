-- Per cell and KPI that is no measure of quality (users, traffic) what the last day comes to: the
-- sum, and the mean over minutes.
SELECT
    cell_id,
    sum(round(65536 * {kpi}::DOUBLE)) / 65536 AS "{kpi}.sum",
    sum(round(65536 * {kpi}::DOUBLE) * period_min) / 65536 / sum(CASE WHEN {kpi} IS NOT NULL THEN period_min END) AS "{kpi}.mean",
FROM fc_area_day
GROUP BY cell_id
ORDER BY cell_id
