-- Weeks that no training looks at any more.
DELETE FROM cell_normals WHERE monday < $monday::DATE
