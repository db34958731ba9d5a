-- The normals of some cells.
INSERT INTO cell_normals BY NAME
SELECT $monday::DATE AS monday, * FROM fc_centre ORDER BY cell_id, local_hour, off
