-- What customers of each cell have said: counts by age, low scores, repeats, what is still open.
-- worth: how many complaints a recorded one of that age stands for (see cells.delays); chance: of
-- ending as a low one. All lie on binary grids, so that sums are exact in any order.
WITH aged AS (
    SELECT *, epoch($origin::TIMESTAMPTZ - created_at) / 3600.0 AS age_h,
        count(*) OVER (PARTITION BY customer_hash, cell_id) AS by_customer
    FROM fc_tickets
)
SELECT
    cell_id,
    sum(weight * worth) FILTER (age_h < 6) AS tickets_6h,
    sum(weight * worth) FILTER (age_h < 24) AS tickets_24h,
    sum(weight * worth) FILTER (age_h < 72) AS tickets_72h,
    sum(weight * worth) FILTER (age_h < 168) AS tickets_7d,
    sum(weight * worth) AS tickets_28d,
    sum(weight * worth * round(65536 * exp(-age_h / 24)) / 65536) AS tickets_fresh,
    sum(weight * worth * round(65536 * exp(-age_h / 96)) / 65536) AS tickets_decayed,
    sum(weight * chance) FILTER (age_h < 72) AS likely_low_72h,
    sum(weight * chance) AS likely_low_28d,
    sum(weight * low) FILTER (age_h < 72) AS low_72h,
    sum(weight * low) FILTER (age_h < 168) AS low_7d,
    sum(weight * low) AS low_28d,
    sum(weight) FILTER (customer_hash IS NOT NULL AND by_customer > 1) AS repeats_28d,
    sum(weight) FILTER (is_open) AS open_tickets,
    sum(weight * satisfaction) / sum(weight) FILTER (satisfaction IS NOT NULL) AS satisfaction_28d,
    min(age_h) FILTER (weight >= 0.5) AS last_ticket_h,
FROM aged
GROUP BY cell_id
ORDER BY cell_id
