-- Events as announced until the origin that touch a span of days.
SELECT event_id, starts_at, ends_at, region_id, longitude, latitude
FROM events_as_of($origin::TIMESTAMPTZ)
WHERE starts_at <= $until::TIMESTAMPTZ
    AND coalesce(ends_at, starts_at + INTERVAL 4 HOUR) >= $since::TIMESTAMPTZ
ORDER BY starts_at, event_id
