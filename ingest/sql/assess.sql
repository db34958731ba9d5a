-- The quality of the data as known at a moment. {…} is filled in by ingest.quality.
-- $today: the local day of the moment; hours are those of local days.

-- name: late_days
-- Days whose stored counts hold rows that were not known yet.
CREATE OR REPLACE TEMP TABLE quality_late_days AS
SELECT DISTINCT day FROM quality_cells
WHERE known_at > make_timestamptz($as_of_us) AND day BETWEEN $today::DATE - 14 AND $today::DATE;

-- name: late_hours
CREATE OR REPLACE TEMP TABLE quality_late_hours AS
SELECT DISTINCT hour FROM quality_kpis
WHERE known_at > make_timestamptz($as_of_us)
    AND hour >= ($today::DATE - 42)::TIMESTAMPTZ AND hour < make_timestamptz($as_of_us);

-- name: days
-- What arrived of each cell on the last fifteen local days, as known then.
CREATE OR REPLACE TEMP TABLE quality_days AS
SELECT * FROM quality_cells
WHERE day BETWEEN $today::DATE - 14 AND $today::DATE
    AND day NOT IN (SELECT day FROM quality_late_days);

-- name: profile
-- What a cell usually delivers: an hour counts when it came on more than half of the days since the
-- cell was first seen in the fourteen days before today.
CREATE OR REPLACE TEMP TABLE quality_profile AS
SELECT cell_id, arg_max(source, day) AS source, arg_max(period_min, day) AS period_min,
    min(day) AS first_day, list_value({usual})::INTEGER[] AS usual
FROM quality_days WHERE day < $today::DATE GROUP BY cell_id;

-- name: due
-- Hours of local days whose intervals should have arrived; an hour that a change of clocks leaves
-- out is never due.
CREATE OR REPLACE TEMP TABLE quality_due AS
WITH hours AS (
    SELECT (d + to_hours(h::INTEGER))::TIMESTAMPTZ AS start, d::DATE AS day, h
    FROM generate_series($today::DATE - 14, $today::DATE, INTERVAL 1 DAY) t(d), range(24) r(h)
)
SELECT day, period_min,
    list(CASE WHEN hour(start) = h AND start + to_minutes(greatest(period_min, 60) + $slack_min)
        <= make_timestamptz($as_of_us) THEN 1 ELSE 0 END ORDER BY h) AS due
FROM hours, (SELECT DISTINCT period_min FROM quality_profile) p
GROUP BY day, period_min;

-- name: grid
-- Expected and arrived intervals of each cell, day and hour; what nobody expects does not count. The
-- day on which a cell was first seen is not judged: nobody knows when it was switched on.
CREATE OR REPLACE TEMP TABLE quality_grid AS
SELECT cell_id, source, day, expected, data_time, list_value({arrived})::INTEGER[] AS arrived
FROM (
    SELECT p.cell_id, p.source, u.day, d.data_time, d.arrived AS came,
        list_value({expected})::INTEGER[] AS expected
    FROM quality_profile p
    JOIN quality_due u ON u.period_min = p.period_min
        AND (u.day > p.first_day OR p.first_day = $today::DATE - 14)
    LEFT JOIN quality_days d ON d.cell_id = p.cell_id AND d.day = u.day
);

-- name: hours
SELECT source, (day + to_hours(h::INTEGER))::TIMESTAMPTZ AS hour, cells_expected[h + 1] AS
    cells_expected, cells_present[h + 1] AS cells_present, expected[h + 1] AS intervals_expected,
    arrived[h + 1] AS intervals_present
FROM (
    SELECT source, day, list_value({cells_expected})::BIGINT[] AS cells_expected,
        list_value({cells_present})::BIGINT[] AS cells_present,
        list_value({sum_expected})::BIGINT[] AS expected,
        list_value({sum_arrived})::BIGINT[] AS arrived
    FROM quality_grid GROUP BY source, day
), range(24) r(h)
WHERE expected[h + 1] > 0
ORDER BY source, hour;

-- name: cells
-- Days of cells with something missing.
SELECT cell_id, source, day, list_sum(expected)::BIGINT AS expected,
    list_sum(arrived)::BIGINT AS present
FROM quality_grid WHERE list_sum(arrived) < list_sum(expected)
ORDER BY day DESC, list_sum(expected) - list_sum(arrived) DESC, cell_id LIMIT $limit;

-- name: sources
-- Each source and feed: its last delivery, what was refused, and how old its data are.
WITH files AS (
    SELECT source, feed,
        max(loaded_at) FILTER (refused IS NULL) AS delivered_at,
        count(*) FILTER (refused IS NULL AND loaded_at >= make_timestamptz($since_us)) AS files,
        count(*) FILTER (refused IS NOT NULL AND loaded_at >= make_timestamptz($since_us)) AS
            files_refused
    FROM deliveries WHERE mode = 'history' OR loaded_at <= make_timestamptz($as_of_us)
    GROUP BY source, feed
),
times AS (
    SELECT source, 'kpis' AS feed, max(data_time) AS data_time, max(known_at) AS known_at
    FROM quality_days GROUP BY source
    UNION ALL
    SELECT d.source, 'tickets', max(t.created_at), max(t.known_at)
    FROM ticket_states t JOIN deliveries d USING (delivery_id)
    WHERE t.known_at <= make_timestamptz($as_of_us)
        AND t.created_at BETWEEN make_timestamptz($since_us) AND make_timestamptz($as_of_us)
    GROUP BY d.source
    UNION ALL
    SELECT d.source, 'alarms', max(a.raised_at), max(a.known_at)
    FROM alarm_states a JOIN deliveries d USING (delivery_id)
    WHERE a.known_at <= make_timestamptz($as_of_us)
        AND a.raised_at BETWEEN make_timestamptz($since_us) AND make_timestamptz($as_of_us)
    GROUP BY d.source
    UNION ALL
    SELECT d.source, 'handovers', max(h.ts + to_minutes(h.period_min)), max(h.known_at)
    FROM handovers h JOIN deliveries d USING (delivery_id)
    WHERE h.known_at <= make_timestamptz($as_of_us)
        AND h.ts BETWEEN make_timestamptz($since_us) AND make_timestamptz($as_of_us)
    GROUP BY d.source
)
SELECT source, feed, delivered_at, t.data_time, t.known_at,
    coalesce(f.files, 0) AS files, coalesce(f.files_refused, 0) AS files_refused,
    ($as_of_us - epoch_us(t.data_time)) / 60e6 AS age_min
FROM files f FULL JOIN times t USING (source, feed)
ORDER BY source, feed;

-- name: crews
-- Teams known then, and those that only shifts of the days shown, or to come, name.
SELECT team_id, skills, true AS known FROM teams_as_of(make_timestamptz($as_of_us))
UNION ALL
SELECT DISTINCT s.team_id, NULL, false
FROM shifts_as_of(make_timestamptz($as_of_us)) s
ANTI JOIN teams_as_of(make_timestamptz($as_of_us)) t ON t.team_id = s.team_id
WHERE s.ends_at >= make_timestamptz($since_us)
ORDER BY known, team_id;

-- name: rejected
-- Rows read and rejected per source, feed and local day of loading, with the reasons.
WITH recent AS (
    SELECT source, feed, loaded_at::DATE AS day, rows_read, rows_rejected, reasons
    FROM deliveries
    WHERE refused IS NULL AND loaded_at >= make_timestamptz($since_us)
        AND (mode = 'history' OR loaded_at <= make_timestamptz($as_of_us))
),
reasons AS (
    SELECT source, feed, day, key AS reason, sum(value::BIGINT)::BIGINT AS rows
    FROM recent, json_each(reasons) GROUP BY ALL
)
SELECT source, feed, day, sum(rows_read)::BIGINT AS rows_read,
    sum(rows_rejected)::BIGINT AS rows_rejected,
    coalesce((SELECT to_json(map_from_entries(list((reason, rows) ORDER BY rows DESC, reason)))
        FROM reasons x WHERE x.source = r.source AND x.feed = r.feed AND x.day = r.day), '{}')
        ::VARCHAR AS reasons
FROM recent r GROUP BY source, feed, day
ORDER BY day DESC, source, feed;

-- name: kpi_hours
-- Medians per KPI and group of the last six weeks, as known then, on the scale on which they vary.
CREATE OR REPLACE TEMP TABLE quality_scaled AS
SELECT q.*, hour::DATE AS day, hour(hour) AS local_hour, r.step,
    CASE WHEN r.start IS NULL THEN q.median
        WHEN q.median + r.start > 0 THEN ln(q.median + r.start) END AS level
FROM {rows} q JOIN quality_rules r USING (kpi);

-- name: kpi_rows
-- Stored medians that were known by then.
CREATE OR REPLACE TEMP TABLE quality_hours_known AS
SELECT * FROM quality_kpis
WHERE hour >= ($today::DATE - 42)::TIMESTAMPTZ AND hour < make_timestamptz($as_of_us)
    AND hour NOT IN (SELECT hour FROM quality_late_hours);

-- name: judged
-- How far each hour of the last fifteen days is from the same hour of the four weeks before it,
-- working days and weekends apart; of its own source, or of all where that source is new.
CREATE OR REPLACE TEMP TABLE quality_judged AS
WITH own AS (
    SELECT a.kpi, a.source, a.vendor, a.technology, a.hour, a.day, a.local_hour, a.rows, a.nulls,
        a.p10, a.median, a.p90, a.level, a.step, median(b.median) AS usual,
        count(b.level) AS compared, median(b.level) AS centre, mad(b.level) AS away,
        median(b.nulls / b.rows) AS usual_nulls
    FROM quality_scaled a
    LEFT JOIN quality_scaled b ON b.kpi = a.kpi AND b.source = a.source AND b.vendor = a.vendor
        AND b.technology = a.technology AND b.local_hour = a.local_hour
        AND (isodow(b.day) >= 6) = (isodow(a.day) >= 6)
        AND b.day BETWEEN a.day - 28 AND a.day - 1
    WHERE a.day >= $today::DATE - 14
    GROUP BY ALL
),
others AS (
    SELECT a.kpi, a.source, a.vendor, a.technology, a.hour, a.day, a.local_hour, a.rows, a.nulls,
        a.p10, a.median, a.p90, a.level, a.step, median(b.median) AS usual,
        count(b.level) AS compared, median(b.level) AS centre, mad(b.level) AS away,
        median(b.nulls / b.rows) AS usual_nulls
    FROM (SELECT * FROM own WHERE compared < $least_days) a
    LEFT JOIN quality_scaled b ON b.kpi = a.kpi AND b.vendor = a.vendor
        AND b.technology = a.technology AND b.local_hour = a.local_hour
        AND (isodow(b.day) >= 6) = (isodow(a.day) >= 6)
        AND b.day BETWEEN a.day - 28 AND a.day - 1
    GROUP BY ALL
),
beside AS (
    SELECT * FROM own WHERE compared >= $least_days UNION ALL BY NAME SELECT * FROM others
)
SELECT kpi, source, vendor, technology, hour, day, rows, nulls, p10, median, p90, usual, compared,
    (level - centre) / greatest(1.4826 * away, step) AS z, nulls / rows - usual_nulls AS more_nulls
FROM beside;

-- name: flagged
-- Hours of groups in which something jumped, beside all hours of those groups.
SELECT kpi, source, vendor, technology, hour, rows, median, usual, z, more_nulls, compared
FROM quality_judged q SEMI JOIN (
    SELECT kpi, source, vendor, technology FROM quality_judged
    WHERE compared >= $least_days AND (abs(z) >= $jump OR more_nulls >= $nulls)
        AND rows >= $least_rows
) f USING (kpi, source, vendor, technology)
WHERE compared >= $least_days AND rows >= $least_rows
ORDER BY kpi, source, vendor, technology, hour;

-- name: kpis
-- Each KPI by group and local day.
SELECT day, kpi, source, vendor, technology, sum(rows)::BIGINT AS rows, sum(nulls)::BIGINT AS nulls,
    median(p10) AS p10, median(median) AS median, median(p90) AS p90, median(usual) AS usual,
    count(*) FILTER (abs(z) >= $jump AND compared >= $least_days) AS hours_flagged
FROM quality_judged GROUP BY ALL HAVING sum(rows) > sum(nulls)
ORDER BY day DESC, kpi, source, vendor, technology;

-- name: inventory
-- Where KPIs and inventory differ, and cells that are new.
WITH seen AS (
    SELECT cell_id, arg_max(source, day) AS source, min(day) AS first_day,
        max(data_time) AS data_time
    FROM quality_days GROUP BY cell_id
),
starts AS (SELECT source, min(first_day) AS first_day FROM seen GROUP BY source),
known AS (SELECT cell_id FROM cells_as_of(make_timestamptz($as_of_us)))
SELECT cell_id, 'not_in_inventory' AS kind, source, data_time FROM seen ANTI JOIN known USING (cell_id)
UNION ALL
SELECT cell_id, 'no_kpis', NULL, NULL FROM known ANTI JOIN seen USING (cell_id)
WHERE (SELECT count(*) FROM seen) > 0
UNION ALL
SELECT cell_id, 'new', s.source, s.data_time FROM seen s JOIN starts b USING (source)
WHERE s.first_day >= $today::DATE - 1 AND b.first_day < $today::DATE - 1
ORDER BY kind, cell_id;

-- name: attribution
-- Tickets of the last fifteen local days by what tells their place.
WITH known AS (SELECT cell_id, longitude FROM cells_as_of(make_timestamptz($as_of_us))),
said AS (
    SELECT t.created_at::DATE AS day, t.cell_id IS NOT NULL AND k.cell_id IS NULL AS unknown_cell,
        CASE WHEN k.cell_id IS NOT NULL THEN 'cell'
            WHEN t.longitude IS NOT NULL AND t.latitude IS NOT NULL
                AND (SELECT count(longitude) FROM known) > 0 THEN 'position'
            WHEN t.region_id IS NOT NULL THEN 'region' ELSE 'none' END AS attribution
    FROM tickets_as_of(make_timestamptz($as_of_us)) t LEFT JOIN known k USING (cell_id)
    WHERE t.created_at BETWEEN ($today::DATE - 14)::TIMESTAMPTZ AND make_timestamptz($as_of_us)
)
SELECT day, attribution, count(*) AS tickets,
    count(*) FILTER (unknown_cell) AS unknown_cell
FROM said GROUP BY ALL ORDER BY day, attribution;
