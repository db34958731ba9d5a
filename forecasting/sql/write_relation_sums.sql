-- The sums of a week.
INSERT INTO relation_sums (monday, cell_id, neighbour_id, attempts, successes)
SELECT $monday::DATE, cell_id, neighbour_id, attempts, successes FROM fc_relations
