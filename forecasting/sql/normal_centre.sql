-- A cell's own normal per local hour, type of day and KPI: the median of the weeks before the
-- anchor. With fewer than 4 days of a type known, the median of all days stands for it.
CREATE OR REPLACE TEMP TABLE fc_centre AS
WITH medians AS (
    SELECT
        k.cell_id,
        hour(k.ts) AS local_hour,
        count(DISTINCT d.day) FILTER (d.off) AS days_off,
        count(DISTINCT d.day) FILTER (NOT d.off) AS days_worked,
        median(k.{kpi}) AS {kpi},
        median(k.{kpi}) FILTER (d.off) AS off_{kpi},
        median(k.{kpi}) FILTER (NOT d.off) AS worked_{kpi},
    FROM kpis_as_of($anchor::TIMESTAMPTZ) AS k
    JOIN fc_days AS d ON d.day = k.ts::DATE
    WHERE k.ts >= $since::TIMESTAMPTZ AND k.ts < $anchor::TIMESTAMPTZ
    GROUP BY k.cell_id, local_hour
)
SELECT
    m.cell_id,
    m.local_hour,
    t.off,
    coalesce(CASE WHEN t.off AND m.days_off >= 4 THEN m.off_{kpi} WHEN NOT t.off AND m.days_worked >= 4 THEN m.worked_{kpi} END, m.{kpi}) AS {kpi},
FROM medians AS m
CROSS JOIN (VALUES (false), (true)) AS t (off)
