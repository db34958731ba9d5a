-- The operator's regions as they were known at the origin; geometry as WKB.
SELECT region_id, name, subscribers, parent_id, level, geometry
FROM regions_as_of($origin::TIMESTAMPTZ)
ORDER BY region_id
