-- Every cell that the inventory has ever named.
SELECT DISTINCT cell_id FROM cell_states ORDER BY cell_id
