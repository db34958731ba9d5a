-- What the first forecast of each local day said of the three days after it, per region and measure.
WITH firsts AS (
    SELECT min(as_of) AS as_of FROM forecast_runs
    WHERE as_of <= $as_of::TIMESTAMPTZ AND as_of >= $since::TIMESTAMPTZ
    GROUP BY as_of::DATE
)
SELECT f.as_of, f.region_id, f.measure, f.day, f.mean, f.lower, f.upper, f.model,
    f.day - f.as_of::DATE AS ahead
FROM region_forecasts f JOIN firsts USING (as_of)
WHERE f.day - f.as_of::DATE BETWEEN 1 AND 3
ORDER BY f.day, f.as_of, f.region_id, f.measure
