-- Kept hashes of the days of a span that hold at the origin: all rows were known then, or they were
-- made as of the origin.
SELECT day, rows, hash
FROM kpi_day_hashes
WHERE day >= $first::DATE AND day <= $last::DATE AND known_at <= $origin::TIMESTAMPTZ
    AND made_with IN ($made_with, $made_then)
ORDER BY day
