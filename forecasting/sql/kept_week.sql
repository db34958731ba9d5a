-- How far a week is kept.
SELECT made_with, facts_from, normals_delivery, hours_from, hours_until, hours_delivery
FROM kept_weeks WHERE monday = $monday::DATE
