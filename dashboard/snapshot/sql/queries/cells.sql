-- The table of cells. Parameters are named ($cell_id).

-- name: cell_table
-- Every cell with its district's name, in the order of ids: the order of the map's points too.
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
ORDER BY c.cell_id;

-- name: regions_below
-- A region and all regions below it.
WITH RECURSIVE below AS (
    SELECT region_id FROM regions WHERE region_id = $region_id
    UNION
    SELECT r.region_id FROM regions r JOIN below b ON r.parent_id = b.region_id
)
SELECT region_id FROM below ORDER BY region_id;

-- name: area_name
-- An area with the region of its centre.
SELECT a.name, r.name AS parent_name
FROM areas a LEFT JOIN regions r ON r.region_id = a.parent_id
WHERE a.kind = $kind AND a.area_id = $area_id;

-- name: cell_names
SELECT cell_id, name, status FROM cells WHERE list_contains($cell_ids, cell_id) ORDER BY cell_id;
