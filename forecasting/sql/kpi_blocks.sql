-- A week of hours summed over blocks of some hours, for training: many origins look at the same
-- days. A block holds intervals that end after its start and not after its end; slot is the first
-- possible origin at which its rows were known.
CREATE OR REPLACE TEMP TABLE {blocks} AS
WITH hours AS (
    SELECT
        cell_id,
        ceil((epoch(ts) + 60 * period_min - {phase}) / {block_s})::BIGINT AS ends,
        ceil((epoch(known_at) - {phase}) / 21600)::BIGINT AS slot,
        epoch(ts) + 60 * period_min AS end_s,
        period_min / 60.0 AS hours,
        users,
        v_{kpi},
        z_{kpi} / 256.0 AS z_{kpi},
    FROM {source}
)
SELECT
    h.cell_id,
    h.ends,
    h.slot,
    max(h.end_s) AS end_s,
    sum(h.hours) AS hours,
    sum(h.users) AS users,
    count(h.z_{kpi}) AS n_{kpi},
    sum(h.z_{kpi}) AS z_{kpi},
    sum(greatest(h.z_{kpi} - 2, 0) * h.users) AS pain_{kpi},
    count(h.v_{kpi}) AS m_{kpi},
    count(*) FILTER ((h.v_{kpi} - r.limit_{kpi}) * r.sign_{kpi} > 0) AS beyond_{kpi},
    sum(round(1024 * greatest((h.v_{kpi} - r.near_{kpi}) * r.sign_{kpi}, 0)) * h.users) / 1024 AS near_{kpi},
FROM hours AS h
CROSS JOIN fc_rules AS r
GROUP BY h.cell_id, h.ends, h.slot
ORDER BY h.ends, h.cell_id
