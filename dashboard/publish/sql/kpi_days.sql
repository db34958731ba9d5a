-- Which local days have KPI rows, and a fingerprint that changes with any of the day's rows.
-- A row's content never changes without a new delivery, so its origin stands for it.
SELECT
    ts::DATE AS day,
    count(*) AS rows,
    bit_xor(hash(cell_id, ts, known_at, delivery_id)) AS fingerprint
FROM kpis_as_of($as_of::TIMESTAMPTZ)
WHERE ts >= $since::DATE::TIMESTAMPTZ
GROUP BY day
ORDER BY day
