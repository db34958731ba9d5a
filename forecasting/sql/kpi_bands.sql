-- fc_hours summed over bands of age (0-6, 6-12, 12-24, 24-48, 48-72, 72-168 hours), per cell.
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
    sum(round(1024 * h.v_{kpi}::DOUBLE)) / 1024 AS v_{kpi},
    count(h.c_{kpi}) AS nc_{kpi},
    sum(round(1024 * h.c_{kpi}::DOUBLE)) / 1024 AS c_{kpi},
FROM fc_hours AS h, fc_rules AS r
GROUP BY h.cell_id, h.band
ORDER BY h.cell_id, h.band
