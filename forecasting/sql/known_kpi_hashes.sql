-- Kept hashes of the days of a span that hold at the origin: all rows were known then.
SELECT day, rows, hash
FROM kpi_day_hashes
WHERE day >= $first::DATE AND day <= $last::DATE AND known_at <= $origin::TIMESTAMPTZ
ORDER BY day
