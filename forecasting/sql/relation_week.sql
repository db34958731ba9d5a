-- How the sums of a week were made.
SELECT delivery_id, purged_at FROM relation_weeks WHERE monday = $monday::DATE
