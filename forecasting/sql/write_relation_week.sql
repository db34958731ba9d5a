-- How the sums of a week were made.
INSERT INTO relation_weeks (monday, delivery_id, purged_at)
VALUES ($monday::DATE, $delivery_id, $purged_at::TIMESTAMPTZ)
