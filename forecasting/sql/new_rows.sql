-- KPI rows of some cells and a span that are not among the kept hours: those that lie after what is
-- kept, and those that a later delivery brought.
CREATE OR REPLACE TEMP TABLE fc_rows AS
SELECT
    k.cell_id,
    k.ts,
    k.period_min,
    k.known_at,
    hour(k.ts)::UTINYINT AS local_hour,
    d.monday,
    d.off,
    k.{kpi},
FROM kpis AS k
JOIN fc_days AS d ON d.day = k.ts::DATE
WHERE k.ts >= $since::TIMESTAMPTZ AND k.ts < $until::TIMESTAMPTZ
    AND (k.ts >= $kept_until::TIMESTAMPTZ OR k.delivery_id > $delivery_id)
    AND k.cell_id >= $low AND ($high::VARCHAR IS NULL OR k.cell_id < $high::VARCHAR)
