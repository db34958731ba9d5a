-- The wall. Parameters are named ($cell_id); lists are cut by $limit.

-- name: flagged_cells
-- Red and yellow cells with a position, the reds last so that they are drawn on top.
SELECT c.cell_id, c.name, c.region_id, r.name AS region_name, c.longitude, c.latitude, c.status,
       c.probability, c.cause, c.quality_now, c.quality_state, c.agreement
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

-- name: worst_cells
SELECT c.cell_id, c.name, c.region_id, r.name AS region_name, c.status, c.probability,
       c.expected_low_complaints, c.cause
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE c.status IN ('red', 'yellow', 'green')
ORDER BY CASE c.status WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 ELSE 2 END,
         c.probability DESC NULLS LAST, c.expected_low_complaints DESC NULLS LAST, c.cell_id
LIMIT $limit;

-- name: totals
SELECT count(*) AS cells, sum(expected_low_complaints) AS expected_low_complaints
FROM cells;

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
