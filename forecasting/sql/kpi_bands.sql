-- fc_hours summed over bands of age, per cell; ages in hours from the interval's end to the origin,
-- up to $reach. The youngest bands are short, so that a fault of the last hours is not drowned in
-- a calm day.
WITH known AS (
    SELECT *, epoch($origin::TIMESTAMPTZ - ts) / 3600.0 - hours AS age_h
    FROM fc_hours
    WHERE known_at <= $origin::TIMESTAMPTZ AND ts < $origin::TIMESTAMPTZ
        AND ts >= $origin::TIMESTAMPTZ - to_hours($reach + 24)
),
aged AS (
    SELECT *, CASE
        WHEN age_h < 2 THEN 0 WHEN age_h < 4 THEN 1 WHEN age_h < 6 THEN 2 WHEN age_h < 10 THEN 3
        WHEN age_h < 14 THEN 4 WHEN age_h < 18 THEN 5 WHEN age_h < 24 THEN 6
        WHEN age_h < 48 THEN 7 WHEN age_h < 72 THEN 8 ELSE 9
    END AS band
    FROM known
    WHERE age_h < $reach
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
    sum(round(1024 * greatest((h.v_{kpi} - r.near_{kpi}) * r.sign_{kpi}, 0)) * h.users) / 1024 AS near_{kpi},
FROM aged AS h
JOIN fc_cells AS i ON i.cell_id = h.cell_id
CROSS JOIN fc_rules AS r
GROUP BY h.cell_id, h.band
ORDER BY h.cell_id, h.band
