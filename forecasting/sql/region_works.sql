-- Works as announced until the origin that touch a span of days.
SELECT work_id, starts_at, ends_at, cell_id, site_id, region_id
FROM works_as_of($origin::TIMESTAMPTZ)
WHERE starts_at <= $until::TIMESTAMPTZ
    AND coalesce(ends_at, starts_at + INTERVAL 4 HOUR) >= $since::TIMESTAMPTZ
ORDER BY starts_at, work_id
