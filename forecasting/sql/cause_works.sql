-- Works that began in the weeks before the origin, as known there.
SELECT work_id, cell_id, site_id, region_id, starts_at, ends_at, kind, description
FROM works_as_of($origin::TIMESTAMPTZ)
WHERE starts_at >= $since::TIMESTAMPTZ AND starts_at <= $origin::TIMESTAMPTZ
ORDER BY starts_at, work_id
