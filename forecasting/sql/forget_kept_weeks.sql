-- A week is made anew.
DELETE FROM kept_weeks WHERE monday = $monday::DATE
