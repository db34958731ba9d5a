-- Revisions that stand for rows of a span that were not known yet at the origin.
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
FROM kpi_revisions AS k
SEMI JOIN (
    SELECT cell_id, ts FROM kpis
    WHERE known_at > $origin::TIMESTAMPTZ
        AND ts >= $since::TIMESTAMPTZ AND ts < $origin::TIMESTAMPTZ
) AS later USING (cell_id, ts)
JOIN fc_days AS d ON d.day = k.ts::DATE
WHERE k.known_at <= $origin::TIMESTAMPTZ
    AND k.ts >= $since::TIMESTAMPTZ AND k.ts < $origin::TIMESTAMPTZ
QUALIFY row_number() OVER (PARTITION BY k.cell_id, k.ts ORDER BY k.known_at DESC, k.delivery_id DESC) = 1
