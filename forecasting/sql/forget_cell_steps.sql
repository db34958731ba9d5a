-- A week is made anew.
DELETE FROM cell_steps WHERE monday = $monday::DATE
