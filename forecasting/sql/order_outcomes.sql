-- What became of the orders opened in a span, as known at its end. Each has exactly one outcome:
-- verified, verified_later (after a reopening), reopened (and not proven since), waiting (repaired,
-- not proven yet), rejected, cancelled, or open. The reason is that of its rejection or of its last
-- reopening.
WITH lives AS (
    SELECT
        order_id,
        min(known_at) AS opened_at,
        arg_max(state, event_id) AS state,
        min(known_at) FILTER (kind = 'repair') AS repaired_at,
        max(known_at) FILTER (kind = 'verify') AS verified_at,
        count(*) FILTER (kind = 'reopen') AS reopened,
        max(event_id) FILTER (kind = 'verify') AS verified,
        max(event_id) FILTER (kind = 'reopen') AS torn,
        arg_max(found_cause, event_id) FILTER (found_cause IS NOT NULL) AS found_cause,
        arg_max(reason, event_id) FILTER (kind = 'reject') AS rejected,
        arg_max(reason, event_id) FILTER (kind = 'reopen') AS reopened_for,
    FROM work_order_events_as_of($as_of::TIMESTAMPTZ)
    GROUP BY order_id
)
SELECT
    l.order_id,
    l.opened_at,
    o.region_id,
    o.cell_ids,
    o.cause,
    l.found_cause,
    CASE
        WHEN l.state IN ('rejected', 'cancelled') THEN l.state
        WHEN l.state IN ('verified', 'closed') AND l.reopened > 0 THEN 'verified_later'
        WHEN l.state IN ('verified', 'closed') THEN 'verified'
        WHEN l.reopened > 0 THEN 'reopened'
        WHEN l.state = 'repaired' THEN 'waiting'
        ELSE 'open'
    END AS outcome,
    CASE WHEN l.state = 'rejected' THEN l.rejected WHEN l.reopened > 0 THEN l.reopened_for END AS reason,
    l.reopened,
    l.repaired_at,
    CASE WHEN l.torn IS NULL OR l.verified > l.torn THEN l.verified_at END AS verified_at,
FROM lives AS l
JOIN work_orders_as_of($as_of::TIMESTAMPTZ) AS o ON o.order_id = l.order_id
WHERE l.opened_at >= $since::TIMESTAMPTZ
ORDER BY l.opened_at, l.order_id
