-- What people and crews said of the orders' named causes up to a moment, an order a row: the newest
-- cause that a crew found, or the code of its rejection.
SELECT
    o.order_id,
    any_value(o.cause) AS named,
    arg_max(e.found_cause, e.event_id) FILTER (e.found_cause IS NOT NULL) AS found,
    arg_max(e.reason, e.event_id) FILTER (e.kind = 'reject') AS rejected,
FROM work_order_events_as_of($known_at::TIMESTAMPTZ) AS e
JOIN work_orders_as_of($known_at::TIMESTAMPTZ) AS o ON o.order_id = e.order_id
GROUP BY o.order_id
HAVING found IS NOT NULL OR rejected IS NOT NULL
ORDER BY o.order_id
