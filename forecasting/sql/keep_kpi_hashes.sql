-- Hashes of the days of fc_unhashed all of whose rows were known at the origin; they hold until a
-- delivery touches the day. Of days that are not over, not all rows are known.
INSERT INTO kpi_day_hashes BY NAME
SELECT
    ts::DATE AS day,
    $made_with AS made_with,
    count(*) AS rows,
    bit_xor(hash(
        {kpi},
        cell_id, ts, period_min, known_at
    )) AS hash,
    max(known_at) AS known_at
FROM kpis
WHERE ts >= $since::TIMESTAMPTZ AND ts < $until::TIMESTAMPTZ
    AND ts::DATE IN (SELECT day FROM fc_unhashed)
GROUP BY ALL
HAVING max(known_at) <= $origin::TIMESTAMPTZ
ORDER BY day
