-- Works known at as_of that had begun, of a cell or a site.
SELECT site_id, cell_id, starts_at, kind
FROM works_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at >= $since::TIMESTAMPTZ AND starts_at <= $as_of::TIMESTAMPTZ
    AND (cell_id IS NOT NULL OR site_id IS NOT NULL)
ORDER BY starts_at, work_id
