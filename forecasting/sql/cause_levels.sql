-- Of some cells: what each KPI was in the last hours, and what is normal at those hours, in its unit.
SELECT
    h.cell_id,
    sum(round(1024 * h.v_{kpi}::DOUBLE)) / 1024 / nullif(count(h.v_{kpi}), 0) AS "{kpi}.value",
    sum(round(1024 * c.{kpi}::DOUBLE)) / 1024 / nullif(count(c.{kpi}), 0) AS "{kpi}.normal",
FROM fc_hours AS h
JOIN fc_asked AS a ON a.cell_id = h.cell_id
LEFT JOIN fc_days AS d ON d.day = h.ts::DATE
LEFT JOIN cell_normals AS c
    ON c.monday = d.monday AND c.cell_id = h.cell_id AND c.local_hour = hour(h.ts)
    AND c.off = d.off
WHERE h.known_at <= $origin::TIMESTAMPTZ
    AND h.ts >= $since::TIMESTAMPTZ AND h.ts < $origin::TIMESTAMPTZ
GROUP BY h.cell_id
ORDER BY h.cell_id
