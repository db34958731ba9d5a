-- Tickets as they were known at the origin, back to a moment.
SELECT
    ticket_id, created_at, recorded_at, closed_at, channel, service, category, description,
    cell_id, longitude, latitude, region_id, customer_hash, satisfaction, status
FROM tickets_as_of($origin::TIMESTAMPTZ)
WHERE created_at >= $since::TIMESTAMPTZ AND created_at <= $origin::TIMESTAMPTZ
ORDER BY created_at, ticket_id
