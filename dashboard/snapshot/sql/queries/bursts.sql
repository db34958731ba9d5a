-- Batch complaints. Parameters are named ($cell_id); lists are cut by $limit.

-- name: bursts
-- Batch complaints, the least probable first; all, or those at a cell or in a region.
SELECT b.*, r.name AS region_name
FROM bursts b LEFT JOIN regions r USING (region_id)
WHERE ($cell_id IS NULL OR contains(b.cell_ids, '"' || $cell_id || '"'))
  AND ($region_id IS NULL OR b.region_id = $region_id OR r.parent_id = $region_id)
ORDER BY b.llr DESC, b.burst_id;
