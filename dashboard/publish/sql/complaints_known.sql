-- Complaints since a moment as known at as_of, slim. A repeat has one of the same customer and
-- category in the 30 days before; unknown where customer or category are, and before told_from, while
-- the history does not reach back 30 days. Rows of the first 30 days stand for those after them.
CREATE OR REPLACE TEMP TABLE complaints_known AS
WITH known AS (
    SELECT
        ticket_id, created_at, channel, service, category, cell_id, longitude, latitude, region_id,
        customer_hash, satisfaction,
        coalesce(callback_satisfaction, satisfaction) AS final_satisfaction, due_at,
        CASE WHEN closed_at IS NOT NULL THEN closed_at <= due_at END AS in_time,
        CASE WHEN replied_at >= created_at
            THEN ceil((epoch_us(replied_at) - epoch_us(created_at)) / 60e6)::INTEGER END AS reply_min
    FROM tickets_as_of($as_of::TIMESTAMPTZ)
    WHERE created_at <= $as_of::TIMESTAMPTZ AND created_at >= $since::TIMESTAMPTZ
),
beside AS (
    SELECT *, lag(created_at) OVER (
        PARTITION BY hash(customer_hash, category) ORDER BY created_at, ticket_id) AS before
    FROM known
)
SELECT * EXCLUDE (customer_hash, before),
    CASE WHEN customer_hash IS NOT NULL AND category IS NOT NULL
            AND created_at >= $told_from::TIMESTAMPTZ
        THEN coalesce(before >= created_at - INTERVAL 720 HOUR, false) END AS repeat
FROM beside
