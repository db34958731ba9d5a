-- Hour by hour: how far each KPI is from the cell's own normal, in its usual strays.
-- z is positive where users suffer; it lies on a grid of 1/256 so that sums are exact in any order.
CREATE OR REPLACE TEMP TABLE fc_hours AS
WITH away AS (
    SELECT
        k.cell_id,
        k.ts,
        k.known_at,
        k.period_min / 60.0 AS hours,
        round(16 * coalesce(greatest(k.active_users, c.active_users), 1)) / 16 AS users,
        k.{kpi} AS v_{kpi},
        s.{kpi} * CASE WHEN r.offset_{kpi} IS NULL THEN k.{kpi} - c.{kpi} ELSE ln((k.{kpi} + r.offset_{kpi}) / (c.{kpi} + r.offset_{kpi})) END AS z_{kpi},
    FROM kpis_as_of($known_at::TIMESTAMPTZ) AS k
    CROSS JOIN fc_rules AS r
    LEFT JOIN fc_days AS d ON d.day = k.ts::DATE
    LEFT JOIN fc_centre AS c ON c.cell_id = k.cell_id AND c.local_hour = hour(k.ts) AND c.off = d.off
    LEFT JOIN fc_step AS s ON s.cell_id = k.cell_id
    WHERE k.ts >= $since::TIMESTAMPTZ AND k.ts < $until::TIMESTAMPTZ
)
SELECT * REPLACE (
    CASE WHEN z_{kpi} IS NOT NULL THEN round(256 * greatest(least(z_{kpi}, 40), -40)) / 256 END AS z_{kpi},
)
FROM away
