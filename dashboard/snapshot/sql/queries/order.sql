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

-- name: order_reds
-- Cells that are to be mended, and the red ones of the same site and cause.
SELECT c.*
FROM cells c
JOIN (
    SELECT DISTINCT coalesce(site_id, cell_id) AS site, coalesce(cause, 'unknown') AS cause
    FROM cells WHERE list_contains($cell_ids, cell_id)
) k ON coalesce(c.site_id, c.cell_id) = k.site AND coalesce(c.cause, 'unknown') = k.cause
WHERE c.status = 'red' OR list_contains($cell_ids, c.cell_id)
ORDER BY c.cell_id;

-- name: order_evidence
SELECT * FROM causes WHERE list_contains($cell_ids, cell_id) ORDER BY cell_id, rank;

-- name: order_playbook
SELECT * FROM playbook;

-- name: order_works
SELECT * FROM works WHERE coalesce(ends_at, starts_at) > $since;

-- name: order_teams
SELECT * FROM teams;
