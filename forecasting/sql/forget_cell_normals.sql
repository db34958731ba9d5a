-- A week is made anew.
DELETE FROM cell_normals WHERE monday = $monday::DATE
