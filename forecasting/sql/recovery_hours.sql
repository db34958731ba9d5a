-- KPIs of repaired cells beside the cells' own normal: in the window that decides, and since the
-- repair. fc_hours as known at the origin; fc_asked: ask, cell_id, since, and
-- told: the Monday of the week in which the trouble was told. A fault that lasts becomes the normal
-- of the weeks after it: KPIs are held against the newest week kept that is not later than told,
-- else against the oldest; none is later than the origin's own ($monday).
-- An hour in which hardly anybody uses the cell is neither good nor bad, and a load far below its
-- limit troubles nobody. Only KPIs that have a normal in that week are asked about; those of which
-- nothing arrived have no hours.
WITH weeks AS (
    SELECT DISTINCT cell_id, monday FROM cell_normals
    WHERE monday <= $monday::DATE AND cell_id IN (SELECT a.cell_id FROM fc_asked AS a)
),
asked AS (
    SELECT
        a.ask,
        a.cell_id,
        a.since,
        greatest(a.since, $origin::TIMESTAMPTZ - to_hours($window_h)) AS start,
        coalesce(max(w.monday) FILTER (w.monday <= a.told::DATE), min(w.monday)) AS monday,
    FROM fc_asked AS a
    JOIN weeks AS w ON w.cell_id = a.cell_id
    GROUP BY a.ask, a.cell_id, a.since, a.told
),
usual AS (
    SELECT monday, cell_id, unnest([
        {'kpi': '{kpi}', 'known': count({kpi})},
    ], recursive := true)
    FROM cell_normals
    SEMI JOIN asked USING (monday, cell_id)
    GROUP BY monday, cell_id
),
away AS (
    SELECT a.ask, h.cell_id, h.ts, h.hours, h.users, a.start, unnest([
        {'kpi': '{kpi}', 'value': h.v_{kpi}::DOUBLE, 'stray': s.{kpi} * CASE WHEN r.offset_{kpi} IS NULL THEN h.v_{kpi} - c.{kpi} ELSE ln((h.v_{kpi} + r.offset_{kpi}) / (c.{kpi} + r.offset_{kpi})) END, 'normal': c.{kpi}::DOUBLE, 'far': h.v_{kpi} <= r.near_{kpi}},
    ], recursive := true)
    FROM fc_hours AS h
    JOIN asked AS a ON a.cell_id = h.cell_id
    LEFT JOIN fc_days AS d ON d.day = h.ts::DATE
    LEFT JOIN cell_normals AS c
        ON c.monday = a.monday AND c.cell_id = h.cell_id AND c.local_hour = hour(h.ts)
        AND c.off = d.off
    LEFT JOIN cell_steps AS s ON s.monday = a.monday AND s.cell_id = h.cell_id
    CROSS JOIN fc_rules AS r
    WHERE h.known_at <= $origin::TIMESTAMPTZ
        AND h.ts >= a.since AND h.ts < $origin::TIMESTAMPTZ
),
judged AS (
    SELECT *, users >= $least_users AS used, stray > $band AND far IS NOT true AS out
    FROM away WHERE stray IS NOT NULL
),
told AS (
    SELECT
        ask,
        cell_id,
        kpi,
        sum(hours) FILTER (ts >= start) AS window_h,
        sum(hours) FILTER (ts >= start AND used) AS used_h,
        sum(hours) FILTER (ts >= start AND used AND out) AS out_h,
        sum(hours) FILTER (used) AS since_used_h,
        sum(hours) FILTER (used AND out) AS since_out_h,
        min(ts) FILTER (ts >= start AND used AND out) AS out_since,
        max(stray) FILTER (ts >= start AND used) AS worst,
        arg_max(value, (out, stray, ts)) FILTER (ts >= start AND used) AS value,
        arg_max(normal, (out, stray, ts)) FILTER (ts >= start AND used) AS normal,
        min(ts) AS first,
        max(ts) AS last,
    FROM judged
    GROUP BY ask, cell_id, kpi
)
SELECT
    a.ask,
    u.cell_id,
    u.kpi,
    coalesce(t.window_h, 0) AS window_h,
    coalesce(t.used_h, 0) AS used_h,
    coalesce(t.out_h, 0) AS out_h,
    coalesce(t.since_used_h, 0) AS since_used_h,
    coalesce(t.since_out_h, 0) AS since_out_h,
    t.out_since, t.worst, t.value, t.normal, t.first, t.last,
FROM asked AS a
JOIN usual AS u ON u.cell_id = a.cell_id AND u.monday = a.monday
LEFT JOIN told AS t ON t.ask = a.ask AND t.cell_id = u.cell_id AND t.kpi = u.kpi
WHERE u.known > 0
ORDER BY a.ask, u.cell_id, u.kpi
