-- Repairs reported in a span, with the place and the cells of their orders, as known at a moment.
SELECT e.order_id, e.known_at AS repaired_at, o.site_id, o.cell_ids
FROM work_order_events_as_of($known_at::TIMESTAMPTZ) AS e
JOIN work_orders_as_of($known_at::TIMESTAMPTZ) AS o USING (order_id)
WHERE e.kind = 'repair'
    AND e.known_at > $since::TIMESTAMPTZ AND e.known_at <= $until::TIMESTAMPTZ
ORDER BY e.event_id
