-- The list of cells. Parameters are named ($cell_id); lists are cut by $limit.

-- name: cells
-- Every cell with its district's name, the worst first.
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE ($status IS NULL OR c.status = $status)
  AND ($region_id IS NULL OR c.region_id = $region_id)
ORDER BY CASE c.status WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'green' THEN 2 ELSE 3 END,
         c.probability DESC NULLS LAST, c.cell_id
LIMIT $limit;

-- name: cell_names
SELECT cell_id, name, status FROM cells WHERE list_contains($cell_ids, cell_id) ORDER BY cell_id;
