-- What trends are read beside: each event, and the works begun per local day and region.
SELECT
    'event' AS kind, coalesce(name, kind) AS name, region_id, 1 AS count,
    starts_at::DATE AS first, greatest(starts_at::DATE, (coalesce(ends_at, starts_at)
        - INTERVAL 1 MILLISECOND)::DATE) AS last
FROM events_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at < $until::TIMESTAMPTZ AND coalesce(ends_at, starts_at) >= $since::TIMESTAMPTZ
UNION ALL
SELECT 'works', NULL, region_id, count(*), starts_at::DATE, starts_at::DATE
FROM works_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at < $until::TIMESTAMPTZ AND starts_at >= $since::TIMESTAMPTZ
GROUP BY region_id, starts_at::DATE
ORDER BY first, kind, name, region_id
