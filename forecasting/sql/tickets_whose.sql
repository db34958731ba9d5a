-- Tickets created in a span, as they were known at a later moment, with the words that tell whose.
SELECT
    ticket_id, created_at, recorded_at, closed_at, service, category, description, cell_id,
    longitude, latitude, region_id, satisfaction, epoch($known_at::TIMESTAMPTZ - created_at) / 3600.0 AS age_h
FROM tickets_as_of($known_at::TIMESTAMPTZ)
WHERE created_at > $since::TIMESTAMPTZ AND created_at <= $until::TIMESTAMPTZ
ORDER BY created_at, ticket_id
