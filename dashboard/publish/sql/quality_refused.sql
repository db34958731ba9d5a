-- Files that were refused as a whole, and why.
SELECT loaded_at, source, feed, file, refused AS reason
FROM deliveries
WHERE refused IS NOT NULL AND loaded_at >= $since::TIMESTAMPTZ
    AND (mode = 'history' OR loaded_at <= $as_of::TIMESTAMPTZ)
ORDER BY loaded_at DESC, delivery_id DESC LIMIT $limit
