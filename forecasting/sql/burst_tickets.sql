-- Tickets with all that a burst is told by, as they were known at the origin.
SELECT
    ticket_id, created_at, coalesce(recorded_at, created_at) AS recorded_at, channel, service,
    category, description, cell_id, longitude, latitude, region_id
FROM tickets_as_of($origin::TIMESTAMPTZ)
WHERE created_at >= $since::TIMESTAMPTZ AND created_at <= $origin::TIMESTAMPTZ
ORDER BY created_at, ticket_id
