-- Hashes of the days of fc_unhashed as they were known at the origin.
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
GROUP BY day
ORDER BY day
