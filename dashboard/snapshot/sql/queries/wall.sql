-- The wall. Parameters are named ($cell_id); lists are cut by $limit. $within: regions; null: all.

-- name: flagged_cells
-- Red and yellow cells with a position, the reds last so that they are drawn on top.
SELECT c.cell_id, c.name, c.region_id, r.name AS region_name, c.longitude, c.latitude, c.status,
       c.probability, c.expected_low_complaints, c.cause, c.quality_now, c.quality_state,
       c.agreement
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE c.status IN ('red', 'yellow') AND c.longitude IS NOT NULL AND c.latitude IS NOT NULL
ORDER BY c.status DESC, c.probability, c.cell_id;

-- name: map_cells
-- What the map shows of every cell.
SELECT cell_id, name, status, probability, quality_state FROM cells ORDER BY cell_id;

-- name: map_hexagons
-- What the map shows of every hexagon.
SELECT area_id, status, probability FROM areas WHERE kind = 'hexagon' ORDER BY area_id;

-- name: bad_quality_cells
-- Cells with a position whose KPIs are bad now, whatever their risk.
SELECT c.cell_id, c.name, c.region_id, c.longitude, c.latitude, c.status, c.probability, c.cause,
       c.quality_now, c.quality_state, c.agreement
FROM cells c
WHERE c.quality_state = 'bad' AND c.longitude IS NOT NULL AND c.latitude IS NOT NULL
ORDER BY c.cell_id;

-- name: totals
SELECT count(*) AS cells, sum(expected_low_complaints) AS expected_low_complaints
FROM cells;

-- name: wall_counts
-- Cells by status.
SELECT status, count(*) AS cells FROM cells
WHERE $within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], region_id)
GROUP BY status;

-- name: wall_quality
-- Share of each region's subscribers whose cell's KPIs are bad now, among those of known quality.
SELECT region_id,
       sum(subscribers) FILTER (quality_state = 'bad')
           / nullif(sum(subscribers) FILTER (quality_state <> 'unknown'), 0) AS poor_share
FROM (SELECT region_id, quality_state, coalesce(subscribers, 1) AS subscribers FROM cells)
WHERE region_id IS NOT NULL
GROUP BY region_id;

-- name: wall_risk
-- Cells and subscribers by region and class of risk: how many of the $edges the probability reaches;
-- null where it is unknown.
SELECT region_id, risk, count(*) AS cells, sum(subscribers) AS subscribers
FROM (
    SELECT region_id, subscribers,
           CASE WHEN probability IS NOT NULL THEN
               len(list_filter($edges::DOUBLE[], lambda edge: edge <= probability)) END AS risk
    FROM cells
    WHERE $within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], region_id)
)
GROUP BY region_id, risk ORDER BY region_id, risk;

-- name: wall_areas
-- What is told of the areas named.
SELECT kind, area_id, expected_low_complaints, cause FROM areas
WHERE kind = $kind AND list_contains($ids, area_id);

-- name: wall_area_level
-- The hexagons' resolution; null without hexagons.
SELECT max(level) AS level FROM areas WHERE kind = 'hexagon';

-- name: wall_outlook
-- The horizon's total of the city (empty) or a region.
SELECT * FROM outlook WHERE region_id = $region_id;

-- name: wall_hours
-- The horizon's hours of the city (empty) or a region.
SELECT hour, share, expected FROM outlook_hours WHERE region_id = $region_id ORDER BY hour;

-- name: wall_plans
-- Works and events that touch the time from $since to $until, and where they are.
WITH sites AS (
    SELECT site_id, any_value(region_id ORDER BY cell_id) AS region_id,
           any_value(name ORDER BY cell_id) AS name, count(*) AS cells
    FROM cells WHERE site_id IN (SELECT site_id FROM works) GROUP BY site_id
)
SELECT 'works' AS kind, w.work_id AS id, w.kind AS code, w.description AS text, w.starts_at,
       w.ends_at, coalesce(w.region_id, c.region_id, s.region_id) AS region_id,
       coalesce(c.name, s.name, w.cell_id, w.site_id) AS place, c.cell_id
FROM works w LEFT JOIN cells c ON c.cell_id = w.cell_id LEFT JOIN sites s ON s.site_id = w.site_id
WHERE w.starts_at < $until AND coalesce(w.ends_at, w.starts_at + INTERVAL 1 HOUR) > $since
UNION ALL
SELECT 'events', event_id, kind, name, starts_at, ends_at, region_id, NULL, NULL
FROM events
WHERE starts_at < $until AND coalesce(ends_at, starts_at + INTERVAL 1 HOUR) > $since
ORDER BY starts_at, 1, 2;

-- name: wall_fates
-- The newest judged day: what became of its red cells, and complaints that came where none was.
SELECT day, any_value(as_of) AS as_of, bool_and(settled) AS settled,
       count(*) FILTER (status = 'red' AND fate = 'hit') AS hits,
       count(*) FILTER (status = 'red' AND fate = 'false_alarm') AS false_alarms,
       count(*) FILTER (status = 'red' AND fate = 'treated') AS treated,
       count(*) FILTER (status = 'red' AND fate = 'treated_not') AS treated_not,
       count(*) FILTER (fate = 'miss') AS misses,
       count(*) FILTER (status = 'yellow' AND fate = 'hit') AS watched
FROM fates
WHERE day = (SELECT max(day) FROM accuracy)
  AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], region_id))
GROUP BY day;

-- name: wall_judged
-- The newest judged day, also where nothing was flagged and nothing happened.
SELECT max(day) AS day, max(as_of) AS as_of FROM accuracy;

-- name: region_totals
SELECT count(*) AS regions, sum(expected_tickets) AS expected_tickets,
       sum(expected_low_complaints) AS expected_low_complaints
FROM regions;

-- name: earlier
-- The forecast nearest to $moment, at most $hours away from it.
SELECT * FROM history
WHERE abs(epoch(as_of) - epoch($moment::TIMESTAMPTZ)) <= $hours * 3600
ORDER BY abs(epoch(as_of) - epoch($moment::TIMESTAMPTZ))
LIMIT 1;
