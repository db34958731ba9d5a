-- fc_hours summed over bands of age (0-6, 6-12, 12-24, 24-48, 48-72, 72-168 hours), per cell.
WITH known AS (
    SELECT *, epoch($origin::TIMESTAMPTZ - ts) / 3600.0 - hours AS age_h
    FROM fc_hours
    WHERE known_at <= $origin::TIMESTAMPTZ
        AND ts >= $origin::TIMESTAMPTZ - INTERVAL 168 HOUR AND ts < $origin::TIMESTAMPTZ
),
aged AS (
    SELECT *, CASE
        WHEN age_h < 6 THEN 0 WHEN age_h < 12 THEN 1 WHEN age_h < 24 THEN 2
        WHEN age_h < 48 THEN 3 WHEN age_h < 72 THEN 4 ELSE 5
    END AS band
    FROM known
)
SELECT
    h.cell_id,
    h.band,
    sum(h.hours) AS hours,
    min(h.age_h) AS age_h,
    sum(h.users) AS users,
    count(h.z_{kpi}) AS n_{kpi},
    sum(h.z_{kpi}) AS z_{kpi},
    sum(greatest(h.z_{kpi} - 2, 0) * h.users) AS pain_{kpi},
    count(h.v_{kpi}) AS m_{kpi},
    count(*) FILTER ((h.v_{kpi} - r.limit_{kpi}) * r.sign_{kpi} > 0) AS beyond_{kpi},
FROM aged AS h
JOIN fc_cells AS i ON i.cell_id = h.cell_id
CROSS JOIN fc_rules AS r
GROUP BY h.cell_id, h.band
ORDER BY h.cell_id, h.band
