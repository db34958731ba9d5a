-- A cell's own normal per local hour, type of day and KPI: the median of fc_rows of some cells. With
-- fewer than 4 days of a type known, the median of all days stands for it.
CREATE OR REPLACE TEMP TABLE fc_centre AS
WITH medians AS (
    SELECT
        cell_id,
        local_hour,
        count(DISTINCT day) FILTER (off) AS days_off,
        count(DISTINCT day) FILTER (NOT off) AS days_worked,
        median({kpi}) AS {kpi},
        median({kpi}) FILTER (off) AS off_{kpi},
        median({kpi}) FILTER (NOT off) AS worked_{kpi},
    FROM fc_rows
    WHERE cell_id >= $low AND ($high::VARCHAR IS NULL OR cell_id < $high::VARCHAR)
    GROUP BY cell_id, local_hour
)
SELECT
    m.cell_id,
    m.local_hour,
    t.off,
    coalesce(CASE WHEN t.off AND m.days_off >= 4 THEN m.off_{kpi} WHEN NOT t.off AND m.days_worked >= 4 THEN m.worked_{kpi} END, m.{kpi}) AS {kpi},
FROM medians AS m
CROSS JOIN (VALUES (false), (true)) AS t (off)
