-- How often each source delivers a feed: nine of ten waits are no longer than usual_min. Files that
-- come within one minute are one delivery; what was loaded by hand has no rhythm.
WITH taken AS (
    SELECT DISTINCT source, feed, date_trunc('minute', loaded_at) AS came_at FROM deliveries
    WHERE refused IS NULL AND mode = 'live' AND loaded_at >= $since::TIMESTAMPTZ
        AND loaded_at <= $as_of::TIMESTAMPTZ
),
waits AS (
    SELECT source, feed, came_at, epoch(came_at - lag(came_at) OVER (
        PARTITION BY source, feed ORDER BY came_at)) / 60 AS wait
    FROM taken
)
SELECT source, feed, count(*) AS deliveries, quantile_disc(wait, 0.9) AS usual_min,
    max(came_at) AS newest_at
FROM waits GROUP BY source, feed HAVING count(wait) >= 4
ORDER BY source, feed
