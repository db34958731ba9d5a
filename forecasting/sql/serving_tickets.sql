-- The newest 20,000 tickets that name a cell, as they were known at a moment, back to another; with
-- their words. More of them would not change what is learned, only the time it takes.
SELECT
    ticket_id, created_at, cell_id, longitude, latitude, service, category, description
FROM tickets_as_of($known_at::TIMESTAMPTZ)
WHERE cell_id IS NOT NULL
    AND created_at > $since::TIMESTAMPTZ AND created_at <= $known_at::TIMESTAMPTZ
ORDER BY created_at DESC, ticket_id DESC
LIMIT 20000
