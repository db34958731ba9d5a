-- One source of fc_hours: what was known at the origin of kept hours, strays in units.
SELECT
    cell_id,
    ts,
    known_at,
    period_min / 60.0 AS hours,
    users,
    v_{kpi},
    z_{kpi} / 256.0 AS z_{kpi},
FROM {source}
WHERE {known}
