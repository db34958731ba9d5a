-- Regions and areas. Parameters are named ($cell_id); lists are cut by $limit.

-- name: regions
SELECT * FROM regions ORDER BY region_id;

-- name: worst_regions
-- In tickets mode: the regions with the most tickets to come.
SELECT * FROM regions
ORDER BY expected_tickets DESC NULLS LAST, region_id
LIMIT $limit;

-- name: region
SELECT * FROM regions WHERE region_id = $region_id;

-- name: areas
-- Areas of the layers asked for, the worst first; hexagons of a region and of the regions below it.
WITH RECURSIVE below AS (
    SELECT $region_id::VARCHAR AS region_id
    UNION
    SELECT r.region_id FROM regions r JOIN below b ON r.parent_id = b.region_id
)
SELECT a.*, p.name AS parent_name
FROM areas a LEFT JOIN regions p ON p.region_id = a.parent_id
WHERE ($kind IS NULL OR a.kind = $kind)
  AND ($level IS NULL OR a.level = $level)
  AND ($status IS NULL OR a.status = $status)
  AND ($region_id IS NULL OR a.parent_id IN (SELECT region_id FROM below)
       OR (a.kind = 'region' AND a.area_id = $region_id))
ORDER BY CASE a.status WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'green' THEN 2 ELSE 3 END,
         a.expected_low_complaints DESC NULLS LAST, a.kind, a.level, a.area_id
LIMIT $limit;

-- name: region_series
SELECT * FROM region_series
WHERE region_id = $region_id AND measure = $measure
ORDER BY day;

-- name: region_services
SELECT * FROM region_services
WHERE region_id = $region_id AND service <> ''
ORDER BY service, day;
