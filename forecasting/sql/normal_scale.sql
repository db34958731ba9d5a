-- How far a cell usually strays from its normal, per KPI: the median distance, all hours together,
-- each hour from the normal of its type of day.
-- Distances are differences of logarithms for KPIs that vary by factors (fc_rules.offset_*).
WITH strays AS (
    SELECT
        k.cell_id,
        CASE WHEN r.offset_{kpi} IS NULL THEN k.{kpi} - c.{kpi} ELSE ln((k.{kpi} + r.offset_{kpi}) / (c.{kpi} + r.offset_{kpi})) END AS {kpi},
    FROM fc_rows AS k
    JOIN fc_centre AS c ON c.cell_id = k.cell_id AND c.local_hour = k.local_hour AND c.off = k.off
    CROSS JOIN fc_rules AS r
)
SELECT
    cell_id,
    median(abs({kpi})) AS {kpi},
FROM strays
GROUP BY cell_id
ORDER BY cell_id
