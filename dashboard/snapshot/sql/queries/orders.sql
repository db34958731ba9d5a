-- What an order opened by hand is about. Parameters are named ($site_id).

-- name: site_cells
-- Cells of a site; of a cell that has none, itself.
SELECT * FROM cells WHERE coalesce(site_id, cell_id) = $site_id ORDER BY cell_id;

-- name: causes_known
SELECT cause FROM playbook ORDER BY cause;
