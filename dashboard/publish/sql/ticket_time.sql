-- The newest ticket known at as_of.
SELECT max(created_at) AS newest
FROM tickets_as_of($as_of::TIMESTAMPTZ)
WHERE created_at <= $as_of::TIMESTAMPTZ
