-- Hashes of the days of fc_unhashed as they were known at the origin; they hold for it alone. A day
-- without rows has one too, so that it is not looked for again.
INSERT INTO kpi_day_hashes BY NAME
WITH seen AS (
    SELECT
        ts::DATE AS day,
        count(*) AS rows,
        bit_xor(hash(
            {kpi},
            cell_id, ts, period_min, known_at
        )) AS hash
    FROM kpis_as_of($origin::TIMESTAMPTZ)
    WHERE ts >= $since::TIMESTAMPTZ AND ts < $until::TIMESTAMPTZ
        AND ts::DATE IN (SELECT day FROM fc_unhashed)
    GROUP BY ts::DATE
)
SELECT
    u.day::DATE AS day,
    $made_then AS made_with,
    $origin::TIMESTAMPTZ AS known_at,
    coalesce(s.rows, 0) AS rows,
    coalesce(s.hash, 0) AS hash
FROM fc_unhashed AS u
LEFT JOIN seen AS s ON s.day = u.day
ORDER BY day
