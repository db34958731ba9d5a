-- Events known at as_of that touch the span shown.
SELECT
    event_id, name, kind, starts_at, ends_at, announced_at, region_id, longitude, latitude, radius_m
FROM events_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at < $until::TIMESTAMPTZ AND coalesce(ends_at, starts_at) >= $since::TIMESTAMPTZ
ORDER BY starts_at, event_id
