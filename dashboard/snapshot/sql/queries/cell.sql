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
SELECT * FROM kpis WHERE cell_id = $cell_id AND ts >= $since ORDER BY ts;

-- name: cell_alarms
-- Alarms of the cell, or of its site where they name no cell.
SELECT a.*
FROM alarms a, (SELECT * FROM cells WHERE cell_id = $cell_id) c
WHERE a.cell_id = c.cell_id OR (a.cell_id IS NULL AND a.site_id = c.site_id)
ORDER BY a.raised_at DESC, a.alarm_id
LIMIT $limit;
