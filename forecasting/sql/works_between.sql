-- Works that begin in a span, as they were known at a moment.
SELECT work_id, cell_id, site_id, starts_at
FROM works_as_of($known_at::TIMESTAMPTZ)
WHERE starts_at > $since::TIMESTAMPTZ AND starts_at <= $until::TIMESTAMPTZ
ORDER BY starts_at, work_id
