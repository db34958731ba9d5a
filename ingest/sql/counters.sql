-- Counters of one file on their way to KPIs. Placeholders in braces are moments and numbers, or columns written
-- from the formula catalogue.

-- name: measured
CREATE TEMP TABLE measured (
    row_number BIGINT, object VARCHAR, start TIMESTAMPTZ, period_s INTEGER, suspect BOOLEAN,
    counter VARCHAR, value DOUBLE
);

-- name: take
INSERT INTO measured
SELECT row_number, object::VARCHAR, start, period_s, suspect, counter::VARCHAR, value
FROM measured_batch;

-- name: lines
-- One row per measured object.
CREATE TEMP TABLE counter_lines AS
SELECT row_number, any_value(object) AS object, any_value(start) AS start,
    any_value(period_s) AS period_s, bool_or(suspect) AS suspect
FROM measured GROUP BY row_number;

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

-- name: counted
-- Good counters of the file; of several values the one of the last object counts.
CREATE TEMP TABLE counted AS
SELECT l.cell_id, l.ts, l.period_min, n.counter, n.cumulative,
    arg_max_null(m.value, {'row': m.row_number, 'raw': m.counter}) AS value
FROM measured m
JOIN used_lines l USING (row_number)
JOIN counter_names n ON n.raw = m.counter
GROUP BY ALL;

-- name: window
-- First moment, last moment and longest interval of the file's good counters, in microseconds and minutes.
SELECT epoch_us(min(ts)), epoch_us(max(ts)), max(period_min) FROM counted;

-- name: compared
-- The file's counters beside those that are stored.
CREATE TEMP TABLE counters_compared AS
SELECT f.*, k.counter IS NOT NULL AS known,
    k.counter IS NOT NULL AND (f.value IS DISTINCT FROM k.value OR f.cumulative <> k.cumulative) AS differs
FROM counted f
LEFT JOIN (SELECT * FROM counters WHERE ts BETWEEN {low} AND {high}) k
    USING (cell_id, ts, period_min, counter);

-- name: counter_keys
-- Cells and intervals of the file: whether anything was stored of them, whether a counter is new or other.
CREATE TEMP TABLE counter_keys AS
SELECT f.cell_id, f.ts, any_value(k.cell_id) IS NOT NULL AS had, bool_or(NOT f.known OR f.differs) AS news
FROM counters_compared f
LEFT JOIN (SELECT DISTINCT cell_id, ts FROM counters WHERE ts BETWEEN {low} AND {high}) k USING (cell_id, ts)
GROUP BY f.cell_id, f.ts;

-- name: forget
DELETE FROM counters k USING counters_compared f
WHERE f.differs AND k.cell_id = f.cell_id AND k.ts = f.ts AND k.period_min = f.period_min
    AND k.counter = f.counter AND k.ts BETWEEN {low} AND {high};

-- name: keep
INSERT INTO counters
SELECT cell_id, ts, period_min, counter, value, cumulative, {known_at}, {delivery_id}
FROM counters_compared f WHERE NOT known OR differs;

-- name: touched
-- Whose KPIs are computed: the file's cells and intervals, and the intervals after changed rising counters.
CREATE TEMP TABLE counters_touched AS
SELECT cell_id, ts, bool_or(in_file) AS in_file
FROM (
    SELECT cell_id, ts, true AS in_file FROM counter_keys
    UNION ALL
    SELECT cell_id, ts + to_minutes(CAST(period_min AS BIGINT)), false
    FROM counters_compared WHERE cumulative AND (NOT known OR differs)
)
GROUP BY cell_id, ts;

-- name: stored
-- All counters of these cells and intervals. A rising counter is its difference to the interval before; it is
-- unknown after a reset and after a gap. Any counter that cannot be negative is unknown where it is.
CREATE TEMP TABLE counters_stored AS
SELECT c.cell_id, c.ts, c.period_min, c.counter, t.in_file,
    CASE
        WHEN c.cumulative THEN CASE WHEN c.value >= b.value THEN c.value - b.value END
        WHEN c.value >= 0 OR c.counter IN ({signed}) THEN c.value
    END AS value,
    CASE
        WHEN c.cumulative THEN CASE WHEN c.value < b.value THEN 'counter_reset' END
        WHEN c.value < 0 AND c.counter NOT IN ({signed}) THEN 'negative_counter'
    END AS flag
FROM counters c
JOIN counters_touched t USING (cell_id, ts)
LEFT JOIN (
    SELECT cell_id, ts + to_minutes(CAST(period_min AS BIGINT)) AS ts, period_min, counter, cumulative, value
    FROM counters WHERE cumulative AND ts BETWEEN {low_before} AND {high_after}
) b USING (cell_id, ts, period_min, counter, cumulative)
WHERE c.ts BETWEEN {low} AND {high_after};

-- name: stored_names
SELECT counter, min(period_min), max(period_min) FROM counters_stored GROUP BY counter ORDER BY counter;

-- name: flags
SELECT flag, count(*) FROM counters_stored
WHERE flag IS NOT NULL AND in_file AND counter IN (SELECT counter FROM counted) GROUP BY flag;

-- name: brought
SELECT DISTINCT counter FROM counted;

-- name: wide
-- One row per cell and interval, a column per counter: v0, v1, … its value in the shortest interval that was
-- measured there, p0, p1, … whether it was measured at all.
CREATE TEMP TABLE counters_wide AS
SELECT cell_id, ts, bool_or(in_file) AS in_file, min(period_min) AS period_min, {columns}
FROM {source} GROUP BY cell_id, ts;

-- name: ruled
-- With the shortest interval of each cell and start.
SELECT s.*, s.period_min = r.shortest AS ruling
FROM counters_stored s
JOIN (SELECT cell_id, ts, min(period_min) AS shortest FROM counters_stored GROUP BY cell_id, ts) r
    USING (cell_id, ts);

-- name: outcomes
-- Of the file's cells and intervals: new, changed, the rest.
SELECT count(*) FILTER (NOT had AND NOT kpi_known),
    count(*) FILTER ((had OR kpi_known) AND (news OR kpi_changed)), count(*)
FROM counter_keys JOIN counters_evaluated USING (cell_id, ts);
