-- Of some cells: in how many of the last hours each KPI was more than two usual strays off, the bad
-- way (over) or the other way (under); fc_hours as the features left it.
SELECT
    h.cell_id,
    coalesce(sum(h.hours) FILTER (h.z_{kpi} > 2), 0) AS over_{kpi},
    coalesce(sum(h.hours) FILTER (h.z_{kpi} < -2), 0) AS under_{kpi},
FROM fc_hours AS h
JOIN fc_asked AS a ON a.cell_id = h.cell_id
WHERE h.known_at <= $origin::TIMESTAMPTZ
    AND h.ts >= $since::TIMESTAMPTZ AND h.ts < $origin::TIMESTAMPTZ
GROUP BY h.cell_id
ORDER BY h.cell_id
