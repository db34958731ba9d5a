-- What users of each probable cell of a complaint suffered in the 24 hours before it: strays beyond
-- two, each cut at 12, summed over the KPIs that can hurt, mean over users.
WITH felt AS (
    SELECT
        p.ticket_id,
        p.cell_id,
        h.users,
        0.0
        + coalesce(least(greatest(h.z_{kpi} - 2, 0), 12), 0) * r.hurts_{kpi}
        AS pain,
    FROM fc_pairs AS p
    JOIN fc_hours AS h
        ON h.cell_id = p.cell_id
        AND h.ts >= p.created_at - INTERVAL 24 HOUR AND h.ts < p.created_at
    CROSS JOIN fc_rules AS r
)
SELECT ticket_id, cell_id, sum(pain * users) / sum(users) AS pain
FROM felt
GROUP BY ticket_id, cell_id
ORDER BY ticket_id, cell_id
