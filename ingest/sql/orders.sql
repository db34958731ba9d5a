-- Work orders mirrored from the ops database: append-only, by the number of the event.

-- name: last
-- The newest event that is here; none before the first.
SELECT event_id, order_id, seq, kind, epoch_us(known_at) FROM work_order_events
ORDER BY event_id DESC LIMIT 1;

-- name: add_orders
INSERT INTO work_orders BY NAME SELECT * FROM incoming_orders ORDER BY event_id;

-- name: add_events
INSERT INTO work_order_events BY NAME SELECT * FROM incoming_events ORDER BY event_id;

-- name: forget_orders
DELETE FROM work_orders;

-- name: forget_events
DELETE FROM work_order_events;

-- name: forget_judgements
-- Judgements of forecasts by the knowledge of a moment to which an event comes late: they are made
-- anew.
DELETE FROM forecast_judgements WHERE known_at >= make_timestamptz($earliest_us);
