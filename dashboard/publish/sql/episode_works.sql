-- What was done to cells and sites, as known at as_of: works that had begun, and work orders that
-- were reported as repaired (kind: order).
WITH repairs AS (
    SELECT e.order_id, e.known_at AS starts_at, o.site_id, o.cell_ids
    FROM work_order_events_as_of($as_of::TIMESTAMPTZ) AS e
    JOIN work_orders_as_of($as_of::TIMESTAMPTZ) AS o ON o.order_id = e.order_id
    WHERE e.kind = 'repair' AND e.known_at >= $since::TIMESTAMPTZ
)
SELECT site_id, cell_id, starts_at, kind, work_id AS id
FROM works_as_of($as_of::TIMESTAMPTZ)
WHERE starts_at >= $since::TIMESTAMPTZ AND starts_at <= $as_of::TIMESTAMPTZ
    AND (cell_id IS NOT NULL OR site_id IS NOT NULL)
UNION ALL
SELECT site_id, NULL, starts_at, 'order', order_id FROM repairs
UNION ALL
SELECT NULL, unnest(cell_ids), starts_at, 'order', order_id FROM repairs
ORDER BY starts_at, id, cell_id NULLS FIRST
