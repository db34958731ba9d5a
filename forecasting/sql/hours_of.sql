-- Interval by interval of fc_rows: how far each KPI is from the cell's own normal of that week, in
-- its usual strays. z is positive where users suffer; whole numbers, in 1/256 of a stray, so that
-- sums are exact in any order.
WITH normals AS (
    SELECT * FROM cell_normals
    SEMI JOIN (SELECT DISTINCT monday, local_hour, off FROM fc_rows)
        USING (monday, local_hour, off)
    WHERE cell_id >= $low AND ($high::VARCHAR IS NULL OR cell_id < $high::VARCHAR)
),
away AS (
    SELECT
        k.cell_id,
        k.ts,
        k.known_at,
        k.period_min,
        round(16 * coalesce(greatest(k.active_users, c.active_users), 1)::DOUBLE) / 16 AS users,
        k.{kpi} AS v_{kpi},
        s.{kpi} * CASE WHEN r.offset_{kpi} IS NULL THEN k.{kpi} - c.{kpi} ELSE ln((k.{kpi} + r.offset_{kpi}) / (c.{kpi} + r.offset_{kpi})) END AS z_{kpi},
    FROM fc_rows AS k
    CROSS JOIN fc_rules AS r
    LEFT JOIN normals AS c USING (monday, cell_id, local_hour, off)
    LEFT JOIN cell_steps AS s ON s.monday = k.monday AND s.cell_id = k.cell_id
)
SELECT * REPLACE (
    CASE WHEN z_{kpi} IS NOT NULL THEN round(256 * greatest(least(z_{kpi}, 40), -40))::SMALLINT END AS z_{kpi},
)
FROM away
ORDER BY cell_id, ts
