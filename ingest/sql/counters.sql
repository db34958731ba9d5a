-- Counters of one file on their way to KPIs. Placeholders in braces are moments and numbers, or columns written
-- from the formula catalogue. Cells, intervals and counters go by numbers until they are stored: texts would cost
-- several times the room and time.

-- name: measured
-- Values by measured object and by the name that the file has (counter_names.raw_id).
CREATE TEMP TABLE measured (row_number BIGINT, raw_id INTEGER, value DOUBLE);
CREATE TEMP TABLE counter_lines (
    row_number BIGINT, object VARCHAR, start TIMESTAMPTZ, period_s INTEGER, suspect BOOLEAN
);

-- name: take_lines
INSERT INTO counter_lines SELECT row_number, object::VARCHAR, start, period_s, suspect FROM lines_batch;

-- name: take_values
INSERT INTO measured SELECT row_number, raw_id, value FROM values_batch;

-- name: objects
SELECT DISTINCT object FROM counter_lines;

-- name: checked
-- The first reason against each measured object, NULL when there is none.
CREATE TEMP TABLE checked AS
SELECT row_number, cell_id, ts, CAST(period_s // 60 AS INTEGER) AS period_min, reason,
    CASE reason WHEN 'bad_period' THEN 'period' WHEN 'in_future' THEN 'start'
        WHEN 'too_old' THEN 'start' END AS place,
    CASE reason WHEN 'bad_period' THEN period_s || ' s' WHEN 'in_future' THEN CAST(ts AS VARCHAR)
        WHEN 'too_old' THEN CAST(ts AS VARCHAR) ELSE object END AS content
FROM (
    SELECT l.row_number, l.object, c.cell_id, l.start AS ts, l.period_s,
        CASE
            WHEN l.suspect THEN 'suspect'
            WHEN c.cell_id IS NULL THEN 'not_a_cell'
            WHEN l.period_s IS NULL OR l.period_s % 60 <> 0
                OR l.period_s NOT BETWEEN {shortest_s} AND {longest_s} THEN 'bad_period'
            WHEN l.start IS NULL THEN 'bad_time'
            WHEN l.start > {late} THEN 'in_future'
            WHEN l.start < {gone} THEN 'too_old'
        END AS reason
    FROM counter_lines l LEFT JOIN object_cells c USING (object)
);

-- name: keys
-- Cells and intervals of the file's good objects, numbered.
CREATE TEMP TABLE counter_keys AS
SELECT CAST(row_number() OVER () AS INTEGER) AS key_id, cell_id, ts, period_min
FROM (SELECT DISTINCT cell_id, ts, period_min FROM checked WHERE reason IS NULL);

-- name: counted
-- Good counters of the file; of several values the one of the last object counts.
CREATE TEMP TABLE counted AS
SELECT l.key_id, n.counter_id, arg_max_null(m.value, m.row_number * 65536 + m.raw_id) AS value
FROM measured m
JOIN (SELECT row_number, key_id FROM checked JOIN counter_keys USING (cell_id, ts, period_min) WHERE reason IS NULL) l
    USING (row_number)
JOIN counter_names n USING (raw_id)
GROUP BY l.key_id, n.counter_id;

-- name: window
-- First moment, last moment and longest interval of the file's good counters, in microseconds and minutes.
SELECT epoch_us(min(ts)), epoch_us(max(ts)), max(period_min) FROM counter_keys;

-- name: compared
-- The file's counters beside those that are stored: unknown so far, or other than before.
CREATE TEMP TABLE counters_compared AS
SELECT c.key_id, c.counter_id, c.value, s.key_id IS NOT NULL AS known,
    s.key_id IS NOT NULL AND (c.value IS DISTINCT FROM s.value OR i.rises <> s.cumulative) AS differs
FROM counted c
JOIN counter_ids i USING (counter_id)
LEFT JOIN (
    SELECT k.key_id, i.counter_id, o.value, o.cumulative
    FROM counters o
    JOIN counter_keys k USING (cell_id, ts, period_min)
    JOIN counter_ids i USING (counter)
    WHERE o.ts BETWEEN {low} AND {high}
) s ON s.key_id = c.key_id AND s.counter_id = c.counter_id;

-- name: news
-- Cells and starts of the file: whether anything was stored of them, whether a counter is new or other.
CREATE TEMP TABLE counter_news AS
SELECT k.cell_id, k.ts, any_value(o.cell_id) IS NOT NULL AS had, bool_or(n.news) AS news
FROM counter_keys k
JOIN (SELECT key_id, bool_or(NOT known OR differs) AS news FROM counters_compared GROUP BY key_id) n USING (key_id)
LEFT JOIN (SELECT DISTINCT cell_id, ts FROM counters WHERE ts BETWEEN {low} AND {high}) o USING (cell_id, ts)
GROUP BY k.cell_id, k.ts;

-- name: forget
DELETE FROM counters o
USING (
    SELECT k.cell_id, k.ts, k.period_min, i.counter
    FROM counters_compared c JOIN counter_keys k USING (key_id) JOIN counter_ids i USING (counter_id)
    WHERE c.differs
) f
WHERE o.cell_id = f.cell_id AND o.ts = f.ts AND o.period_min = f.period_min AND o.counter = f.counter
    AND o.ts BETWEEN {low} AND {high};

-- name: keep
INSERT INTO counters
SELECT f.cell_id, f.ts, f.period_min, i.counter, c.value, i.rises, {known_at}, {delivery_id}
FROM counters_compared c JOIN counter_keys f USING (key_id) JOIN counter_ids i USING (counter_id)
WHERE NOT c.known OR c.differs;

-- name: touched
-- Whose KPIs are computed: the file's cells and intervals, and the intervals after changed rising counters.
CREATE TEMP TABLE counters_touched AS
SELECT CAST(row_number() OVER () AS INTEGER) AS touched_id, *
FROM (
    SELECT cell_id, ts, bool_or(in_file) AS in_file
    FROM (
        SELECT cell_id, ts, true AS in_file FROM counter_news
        UNION ALL
        SELECT k.cell_id, k.ts + to_minutes(CAST(k.period_min AS BIGINT)), false
        FROM counters_compared c JOIN counter_keys k USING (key_id) JOIN counter_ids i USING (counter_id)
        WHERE i.rises AND (NOT c.known OR c.differs)
    )
    GROUP BY cell_id, ts
);

-- name: stored
-- All counters of these cells and intervals. A rising counter is its difference to the interval before; it is
-- unknown after a reset and after a gap. Any counter that cannot be negative is unknown where it is.
CREATE TEMP TABLE counters_stored AS
SELECT t.touched_id, c.period_min, i.counter_id, t.in_file,
    CASE
        WHEN c.cumulative THEN CASE WHEN c.value >= b.value THEN c.value - b.value END
        WHEN c.value >= 0 OR i.signed THEN c.value
    END AS value,
    CASE
        WHEN c.cumulative THEN CASE WHEN c.value < b.value THEN 'counter_reset' END
        WHEN c.value < 0 AND NOT i.signed THEN 'negative_counter'
    END AS flag
FROM counters c
JOIN counters_touched t USING (cell_id, ts)
JOIN counter_ids i USING (counter)
LEFT JOIN (
    SELECT cell_id, ts + to_minutes(CAST(period_min AS BIGINT)) AS ts, period_min, counter, cumulative, value
    FROM counters WHERE cumulative AND ts BETWEEN {low_before} AND {high_after}
) b USING (cell_id, ts, period_min, counter, cumulative)
WHERE c.ts BETWEEN {low} AND {high_after};

-- name: stored_ids
-- Counters that are stored, their shortest and longest interval, how many of their values are unknown.
SELECT counter_id, min(period_min), max(period_min), count(*) - count(value) FROM counters_stored
GROUP BY counter_id;

-- name: flags
SELECT flag, count(*) FROM counters_stored
WHERE flag IS NOT NULL AND in_file AND counter_id IN (SELECT counter_id FROM counted) GROUP BY flag;

-- name: brought
SELECT DISTINCT counter FROM counted JOIN counter_ids USING (counter_id);

-- name: wide
-- One row per cell and interval, a column per counter: v0, v1, … its value in the shortest interval that was
-- measured there, p0, p1, … whether it was measured at all.
CREATE TEMP TABLE counters_wide AS
SELECT cell_id, ts, in_file, w.* EXCLUDE (touched_id)
FROM (SELECT touched_id, min(period_min) AS period_min, {columns} FROM {source} GROUP BY touched_id) w
JOIN counters_touched USING (touched_id);

-- name: ruled
-- With the shortest interval of each cell and start.
SELECT s.*, s.period_min = r.shortest AS ruling
FROM counters_stored s
JOIN (SELECT touched_id, min(period_min) AS shortest FROM counters_stored GROUP BY touched_id) r
    USING (touched_id);

-- name: outcomes
-- Of the file's cells and intervals: new, changed, all.
SELECT count(*) FILTER (NOT had AND NOT kpi_known),
    count(*) FILTER ((had OR kpi_known) AND (news OR kpi_changed)), count(*)
FROM counter_news JOIN counters_evaluated USING (cell_id, ts);
