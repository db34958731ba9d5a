-- Local months with complaints as known at as_of, with a fingerprint that changes with any of them:
-- which state of a ticket is shown, and what of it is known.
SELECT
    date_trunc('month', created_at::DATE)::DATE AS month,
    count(*) AS rows,
    bit_xor(hash(
        ticket_id, created_at, state_at, known_at, facts, delivery_id, replied_at, closed_at,
        satisfaction, callback_satisfaction
    )) AS fingerprint,
    min(created_at) AS first
FROM tickets_as_of($as_of::TIMESTAMPTZ)
WHERE created_at <= $as_of::TIMESTAMPTZ
GROUP BY month
ORDER BY month
