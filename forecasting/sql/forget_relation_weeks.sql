-- A week that is made anew, and weeks that no training looks at any more.
DELETE FROM relation_weeks WHERE monday = $monday::DATE OR monday < $oldest::DATE
