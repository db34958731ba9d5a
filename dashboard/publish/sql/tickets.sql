-- Tickets as known at as_of, with their texts.
SELECT
    ticket_id, created_at, recorded_at, closed_at, channel, service, category, description,
    cell_id, longitude, latitude, region_id, satisfaction, status
FROM tickets_as_of($as_of::TIMESTAMPTZ)
WHERE created_at >= $since::TIMESTAMPTZ AND created_at <= $as_of::TIMESTAMPTZ
ORDER BY created_at, ticket_id
