-- One cell. Parameters are named ($cell_id); lists are cut by $limit.

-- name: cell
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE c.cell_id = $cell_id;

-- name: drivers
SELECT * FROM drivers WHERE cell_id = $cell_id ORDER BY rank;

-- name: cell_evidence
SELECT * FROM causes WHERE cell_id = $cell_id ORDER BY rank;

-- name: play
SELECT * FROM playbook WHERE cause = $cause;

-- name: neighbours
-- Cells of the mast first, then by what they share: hand-overs and beams, else the border.
SELECT n.neighbour_id AS cell_id, n.kind, n.distance_m, n.weight, n.border_m, n.share, c.name,
       c.status, c.probability, c.technology, c.cause
FROM neighbours n JOIN cells c ON c.cell_id = n.neighbour_id
WHERE n.cell_id = $cell_id
ORDER BY n.kind <> 'cosite', n.weight DESC, n.border_m DESC, n.distance_m, c.cell_id;

-- name: cell_tickets
SELECT * FROM tickets
WHERE cell_id = $cell_id AND created_at >= $since
ORDER BY created_at DESC, ticket_id
LIMIT $limit;

-- name: cell_works
-- Works on the cell, its site or its district.
SELECT w.*
FROM works w, (SELECT * FROM cells WHERE cell_id = $cell_id) c
WHERE w.cell_id = c.cell_id
   OR (w.cell_id IS NULL AND w.site_id = c.site_id)
   OR (w.cell_id IS NULL AND w.site_id IS NULL AND w.region_id = c.region_id)
ORDER BY w.starts_at DESC, w.work_id
LIMIT $limit;

-- name: cell_kpis
-- {kpis}: the KPI rows of the days from $since (to $until).
SELECT * FROM {kpis} WHERE cell_id = $cell_id AND ts >= $since ORDER BY ts;

-- name: cell_alarms
-- Alarms of the cell, or of its site where they name no cell.
SELECT a.*
FROM alarms a, (SELECT * FROM cells WHERE cell_id = $cell_id) c
WHERE a.cell_id = c.cell_id OR (a.cell_id IS NULL AND a.site_id = c.site_id)
ORDER BY a.raised_at DESC, a.alarm_id
LIMIT $limit;

-- name: cell_events
-- Events with the cell's place: of its district or of everywhere; whether a circle holds it is
-- reckoned by who asks.
SELECT e.*, c.longitude AS cell_longitude, c.latitude AS cell_latitude
FROM events e, (SELECT * FROM cells WHERE cell_id = $cell_id) c
WHERE e.longitude IS NOT NULL OR e.region_id IS NULL OR e.region_id = c.region_id
ORDER BY e.starts_at DESC, e.event_id;

-- name: usual_probability
-- The middle of all cells' probabilities: half of the cells have less.
SELECT median(probability) AS median, count(probability) AS cells FROM cells;

-- name: near_kpis
-- KPI rows of some cells; $columns that the snapshot lacks are left out.
SELECT COLUMNS(lambda name: list_contains($columns, name)) FROM {kpis}
WHERE list_contains($cell_ids, cell_id) AND ts >= $since AND ts < $until
ORDER BY cell_id, ts;

-- name: near_cells
-- The cell itself and its neighbours with their places, the cell first.
SELECT c.cell_id, c.name, c.status, c.probability, c.cause, c.technology, c.longitude, c.latitude,
       c.azimuth_deg, c.site_id, n.kind, n.distance_m, n.share
FROM cells c LEFT JOIN neighbours n ON n.cell_id = $cell_id AND n.neighbour_id = c.cell_id
WHERE c.cell_id = $cell_id OR n.neighbour_id IS NOT NULL
ORDER BY c.cell_id <> $cell_id, n.kind <> 'cosite', n.weight DESC, n.border_m DESC, n.distance_m,
         c.cell_id
LIMIT $limit;

-- name: compared_cells
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE list_contains($cell_ids, c.cell_id);

-- name: episodes
-- Earlier times at risk: of this cell, of its mast, and of cells of the same technology with the
-- same cause. The one that lasts at the snapshot's moment is the present one, and no episode.
SELECT e.*, c.name, c.site_id = $site_id AS same_site
FROM episodes e LEFT JOIN cells c USING (cell_id)
WHERE NOT (e.cell_id = $cell_id AND e.until >= $as_of)
  AND (e.cell_id = $cell_id
       OR (e.cause = $cause AND (e.technology = $technology OR c.site_id = $site_id)))
ORDER BY e.cell_id <> $cell_id, NOT coalesce(c.site_id = $site_id, FALSE),
         abs(e.probability - $probability), e.since DESC, e.cell_id
LIMIT $limit;

-- name: cells_like
-- Cells whose name or id holds a text, the shortest names first.
SELECT cell_id, name FROM cells
WHERE contains(lower(coalesce(name, '')), lower($text)) OR contains(lower(cell_id), lower($text))
ORDER BY length(coalesce(name, cell_id)), name, cell_id
LIMIT $limit;
