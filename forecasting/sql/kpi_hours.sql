-- The last week, hour by hour: how far each KPI is from the cell's own normal, in its usual strays.
-- z is positive where users suffer; it lies on a grid of 1/256 so that sums are exact in any order.
CREATE OR REPLACE TEMP TABLE fc_hours AS
WITH known AS (
    SELECT *, epoch($origin::TIMESTAMPTZ - ts) / 3600.0 - period_min / 60.0 AS age_h
    FROM kpis_as_of($origin::TIMESTAMPTZ)
    WHERE ts >= $origin::TIMESTAMPTZ - INTERVAL 168 HOUR AND ts < $origin::TIMESTAMPTZ
),
away AS (
    SELECT
        k.cell_id,
        k.ts,
        k.age_h,
        k.period_min / 60.0 AS hours,
        round(16 * coalesce(greatest(k.active_users, c.active_users), 1)) / 16 AS users,
        k.{kpi} AS v_{kpi},
        c.{kpi} AS c_{kpi},
        s.{kpi} * CASE WHEN r.offset_{kpi} IS NULL THEN k.{kpi} - c.{kpi} ELSE ln((k.{kpi} + r.offset_{kpi}) / (c.{kpi} + r.offset_{kpi})) END AS z_{kpi},
    FROM known AS k
    JOIN fc_cells AS i ON i.cell_id = k.cell_id
    CROSS JOIN fc_rules AS r
    LEFT JOIN fc_centre AS c ON c.cell_id = k.cell_id AND c.local_hour = hour(k.ts)
    LEFT JOIN fc_step AS s ON s.cell_id = k.cell_id
)
SELECT * REPLACE (
    CASE WHEN z_{kpi} IS NOT NULL THEN round(256 * greatest(least(z_{kpi}, 40), -40)) / 256 END AS z_{kpi},
),
    CASE
        WHEN age_h < 6 THEN 0 WHEN age_h < 12 THEN 1 WHEN age_h < 24 THEN 2
        WHEN age_h < 48 THEN 3 WHEN age_h < 72 THEN 4 ELSE 5
    END AS band,
FROM away
