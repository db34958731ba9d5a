-- Works known at as_of that touch the span shown.
SELECT
    work_id, site_id, cell_id, region_id, starts_at, ends_at, announced_at, kind, description
FROM works_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at < $until::TIMESTAMPTZ AND coalesce(ends_at, starts_at) >= $since::TIMESTAMPTZ
ORDER BY starts_at, work_id
