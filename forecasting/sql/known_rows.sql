-- KPI rows of some cells and a span as they were known at a moment, with their type of day.
CREATE OR REPLACE TEMP TABLE fc_rows AS
SELECT
    k.cell_id,
    hour(k.ts)::UTINYINT AS local_hour,
    d.day,
    d.off,
    k.{kpi},
FROM kpis_as_of($known_at::TIMESTAMPTZ) AS k
JOIN fc_days AS d ON d.day = k.ts::DATE
WHERE k.ts >= $since::TIMESTAMPTZ AND k.ts < $until::TIMESTAMPTZ
    AND k.cell_id >= $low AND ($high::VARCHAR IS NULL OR k.cell_id < $high::VARCHAR)
