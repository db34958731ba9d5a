-- Forecasts of cells made for a span of moments, and how they are judged so far.
SELECT
    r.as_of, r.made_at, r.details,
    j.known_at AS judged_known_at, j.made_at AS judged_made_at, j.daily AS judged_daily
FROM forecast_runs AS r
LEFT JOIN forecast_judgements AS j ON j.as_of = r.as_of
WHERE r.mode = 'cells' AND r.as_of >= $since::TIMESTAMPTZ AND r.as_of <= $until::TIMESTAMPTZ
ORDER BY r.as_of
