-- The kept sums of a week.
SELECT cell_id, neighbour_id, attempts, successes FROM relation_sums
WHERE monday = $monday::DATE ORDER BY cell_id, neighbour_id
