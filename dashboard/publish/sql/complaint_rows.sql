-- The complaints of one local month.
SELECT *, created_at::DATE AS day, due_at::DATE AS due_day
FROM complaints_known
WHERE created_at >= $month::DATE::TIMESTAMPTZ
    AND created_at < ($month::DATE + INTERVAL 1 MONTH)::DATE::TIMESTAMPTZ
ORDER BY created_at, ticket_id
