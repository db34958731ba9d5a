-- What the page of a work order asks for. Parameters are named ($cell_ids).

-- name: order_cells
-- The cells of an order, the worst first, with the other cells of its site behind them.
SELECT c.*, list_contains($cell_ids, c.cell_id) AS named
FROM cells c
WHERE list_contains($cell_ids, c.cell_id) OR c.site_id = $site_id
ORDER BY NOT list_contains($cell_ids, c.cell_id), c.probability DESC NULLS LAST, c.cell_id;

-- name: order_causes
-- What a crew can have found: the causes of the playbook.
SELECT cause FROM playbook WHERE cause <> 'unknown' ORDER BY cause;
