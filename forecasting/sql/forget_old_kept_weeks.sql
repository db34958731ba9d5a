-- Weeks that no training looks at any more.
DELETE FROM kept_weeks WHERE monday < $monday::DATE
