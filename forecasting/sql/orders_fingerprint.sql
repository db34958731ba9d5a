-- Tells whether the same repairs and labels of work orders are known; nothing where there are none.
SELECT concat_ws('/', count(*), bit_xor(hash(e.event_id, e.order_id, e.kind, e.known_at, e.reason, e.found_cause, o.site_id, o.cause, o.cell_ids))) AS orders
FROM work_order_events_as_of($origin::TIMESTAMPTZ) AS e
JOIN work_orders_as_of($origin::TIMESTAMPTZ) AS o ON o.order_id = e.order_id
WHERE e.kind IN ('repair', 'reject') OR e.found_cause IS NOT NULL
HAVING count(*) > 0
