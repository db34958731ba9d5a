-- Weeks that no training looks at any more.
DELETE FROM cell_steps WHERE monday < $monday::DATE
