-- Works of the days around the origin: just done, under way, planned.
SELECT work_id, site_id, cell_id, region_id, starts_at, ends_at, kind, description
FROM works_as_of($origin::TIMESTAMPTZ)
WHERE starts_at <= $until::TIMESTAMPTZ
    AND coalesce(ends_at, starts_at + INTERVAL 4 HOUR) >= $since::TIMESTAMPTZ
ORDER BY starts_at, work_id
