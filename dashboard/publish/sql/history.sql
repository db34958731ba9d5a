-- What earlier forecasts said, one row per origin.
SELECT
    as_of,
    count(*) FILTER (status = 'red') AS red,
    count(*) FILTER (status = 'yellow') AS yellow,
    count(*) FILTER (status = 'green') AS green,
    count(*) FILTER (status = 'unknown') AS unknown,
    sum(expected_low_complaints) AS expected_low_complaints
FROM cell_forecasts
WHERE as_of <= $as_of::TIMESTAMPTZ AND as_of >= $since::TIMESTAMPTZ
GROUP BY as_of
ORDER BY as_of
