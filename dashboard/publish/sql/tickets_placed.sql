-- The newest tickets with a position that name a cell or a region, as known at as_of.
SELECT cell_id AS name, longitude, latitude, region_id
FROM tickets_as_of($as_of::TIMESTAMPTZ)
WHERE created_at <= $as_of::TIMESTAMPTZ
    AND longitude IS NOT NULL AND latitude IS NOT NULL
    AND (cell_id IS NOT NULL OR region_id IS NOT NULL)
ORDER BY created_at DESC, ticket_id
LIMIT $limit
