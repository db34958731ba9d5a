-- Queries on a snapshot; parameters are named ($cell_id). Lists are cut by $limit.

-- name: cells
-- Every cell with its district's name, the worst first.
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE ($status IS NULL OR c.status = $status)
  AND ($region_id IS NULL OR c.region_id = $region_id)
ORDER BY CASE c.status WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'green' THEN 2 ELSE 3 END,
         c.probability DESC NULLS LAST, c.cell_id
LIMIT $limit;

-- name: cell
SELECT c.*, r.name AS region_name
FROM cells c LEFT JOIN regions r USING (region_id)
WHERE c.cell_id = $cell_id;

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

-- name: regions
SELECT * FROM regions ORDER BY region_id;

-- name: worst_regions
-- In tickets mode: the regions with the most tickets to come.
SELECT * FROM regions
ORDER BY expected_tickets DESC NULLS LAST, region_id
LIMIT $limit;

-- name: region
SELECT * FROM regions WHERE region_id = $region_id;

-- name: totals
SELECT count(*) AS cells, sum(expected_low_complaints) AS expected_low_complaints
FROM cells;

-- name: region_totals
SELECT count(*) AS regions, sum(expected_tickets) AS expected_tickets,
       sum(expected_low_complaints) AS expected_low_complaints
FROM regions;

-- name: areas
-- Areas of the layers asked for, the worst first; hexagons of a region and of the regions below it.
WITH RECURSIVE below AS (
    SELECT $region_id::VARCHAR AS region_id
    UNION
    SELECT r.region_id FROM regions r JOIN below b ON r.parent_id = b.region_id
)
SELECT a.*, p.name AS parent_name
FROM areas a LEFT JOIN regions p ON p.region_id = a.parent_id
WHERE ($kind IS NULL OR a.kind = $kind)
  AND ($level IS NULL OR a.level = $level)
  AND ($status IS NULL OR a.status = $status)
  AND ($region_id IS NULL OR a.parent_id IN (SELECT region_id FROM below)
       OR (a.kind = 'region' AND a.area_id = $region_id))
ORDER BY CASE a.status WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN 'green' THEN 2 ELSE 3 END,
         a.expected_low_complaints DESC NULLS LAST, a.kind, a.level, a.area_id
LIMIT $limit;

-- name: earlier
-- The forecast nearest to $moment, at most $hours away from it.
SELECT * FROM history
WHERE abs(epoch(as_of) - epoch($moment::TIMESTAMPTZ)) <= $hours * 3600
ORDER BY abs(epoch(as_of) - epoch($moment::TIMESTAMPTZ))
LIMIT 1;

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

-- name: region_series
SELECT * FROM region_series
WHERE region_id = $region_id AND measure = $measure
ORDER BY day;

-- name: region_services
SELECT * FROM region_services
WHERE region_id = $region_id AND service <> ''
ORDER BY service, day;

-- name: cell_alarms
-- Alarms of the cell, or of its site where they name no cell.
SELECT a.*
FROM alarms a, (SELECT * FROM cells WHERE cell_id = $cell_id) c
WHERE a.cell_id = c.cell_id OR (a.cell_id IS NULL AND a.site_id = c.site_id)
ORDER BY a.raised_at DESC, a.alarm_id
LIMIT $limit;

-- name: bursts
-- Batch complaints, the least probable first; all, or those at a cell or in a region.
SELECT b.*, r.name AS region_name
FROM bursts b LEFT JOIN regions r USING (region_id)
WHERE ($cell_id IS NULL OR contains(b.cell_ids, '"' || $cell_id || '"'))
  AND ($region_id IS NULL OR b.region_id = $region_id OR r.parent_id = $region_id)
ORDER BY b.llr DESC, b.burst_id;

-- name: cell_names
SELECT cell_id, name, status FROM cells WHERE list_contains($cell_ids, cell_id) ORDER BY cell_id;

-- name: quality_flaws
SELECT code, weight, about FROM quality_flaws ORDER BY rank;

-- name: quality_hours
SELECT * FROM quality_hours WHERE hour >= $since ORDER BY source, hour;

-- name: quality_days
-- Completeness by source and local day.
SELECT source, timezone($zone, hour)::DATE AS day, sum(intervals_expected)::BIGINT AS
    intervals_expected, sum(intervals_present)::BIGINT AS intervals_present
FROM quality_hours GROUP BY ALL ORDER BY source, day;

-- name: quality_cells
SELECT * FROM quality_cells ORDER BY day DESC, expected - present DESC, cell_id LIMIT $limit;

-- name: quality_sources
SELECT * FROM quality_sources ORDER BY source, feed;

-- name: quality_rejected
SELECT * FROM quality_rejected ORDER BY day DESC, source, feed;

-- name: quality_shifts
SELECT * FROM quality_shifts ORDER BY lasting DESC, since DESC, kpi, source, vendor, technology;

-- name: quality_inventory
SELECT * FROM quality_inventory ORDER BY kind, cell_id;

-- name: quality_attribution
SELECT * FROM quality_attribution ORDER BY day, attribution;

-- name: quality_complete
-- Per source: what arrived in the last 24 hours that are due.
SELECT source, sum(intervals_present) / sum(intervals_expected) AS share
FROM quality_hours JOIN (SELECT max(hour) AS newest FROM quality_hours) n
    ON hour > n.newest - INTERVAL 24 HOUR
GROUP BY source ORDER BY source;

-- name: quality_rejected_share
SELECT source, feed, sum(rows_rejected) / greatest(sum(rows_read), 1) AS share
FROM quality_rejected GROUP BY ALL ORDER BY source, feed;

-- name: quality_codes
SELECT code, count(*) AS flaws FROM quality_flaws GROUP BY code ORDER BY code;

-- name: accuracy_span
-- The days judged since $since: all of them, and those that will not be revised any more.
SELECT min(day) AS first, max(day) AS last, count(DISTINCT day) AS days,
       count(DISTINCT day) FILTER (settled) AS settled_days
FROM accuracy WHERE day >= $since;

-- name: accuracy_scores
-- The forecast and the rules beside it, over all days.
SELECT scope, score, sum(cells)::BIGINT AS cells, sum(positives) AS positives,
       sum(found) / nullif(sum(visits), 0) AS precision,
       sum(found) / nullif(sum(positives), 0) AS recall,
       sum(found) / nullif(sum(visits), 0) / nullif(sum(positives) / sum(cells), 0) AS lift,
       sum(found_1pct) / nullif(sum(visits_1pct), 0) AS precision_1pct,
       sum(found_1pct) / nullif(sum(positives), 0) AS recall_1pct,
       sum(average_precision * positives) / nullif(sum(positives), 0) AS mean_average_precision,
       sum(expected) / nullif(sum(observed), 0) AS expected_over_observed
FROM accuracy
WHERE day >= $since AND (settled OR NOT $settled)
GROUP BY scope, score
ORDER BY scope, score <> 'forecast', score;

-- name: accuracy_score_periods
-- The same of all cells by local day or week ($unit).
SELECT date_trunc($unit, day)::DATE AS period, score,
       sum(found) / nullif(sum(visits), 0) AS precision,
       sum(found) / nullif(sum(positives), 0) AS recall,
       sum(expected) / nullif(sum(observed), 0) AS expected_over_observed
FROM accuracy WHERE day >= $since AND scope = 'all'
GROUP BY period, score ORDER BY period, score <> 'forecast', score;

-- name: accuracy_fate_periods
-- Fates by local day or week ($unit) and status.
SELECT date_trunc($unit, day)::DATE AS period, bool_and(settled) AS settled, status, fate,
       count(*) AS cells
FROM fates WHERE day >= $since
GROUP BY period, status, fate ORDER BY period, status, fate;

-- name: accuracy_fates
SELECT status, fate, count(*) AS cells
FROM fates WHERE day >= $since AND (settled OR NOT $settled)
GROUP BY ALL ORDER BY status, fate;

-- name: accuracy_fates_by_region
SELECT f.region_id AS value, r.name, f.status, f.fate, count(*) AS cells
FROM fates f LEFT JOIN regions r USING (region_id)
WHERE f.day >= $since AND (f.settled OR NOT $settled)
GROUP BY ALL ORDER BY value, f.status, f.fate;

-- name: accuracy_fates_by_technology
SELECT technology AS value, status, fate, count(*) AS cells
FROM fates WHERE day >= $since AND (settled OR NOT $settled)
GROUP BY ALL ORDER BY value, status, fate;

-- name: accuracy_fates_by_cause
-- By the cause that the forecast named; misses name none.
SELECT cause AS value, status, fate, count(*) AS cells
FROM fates WHERE day >= $since AND (settled OR NOT $settled) AND status IN ('red', 'yellow')
GROUP BY ALL ORDER BY value, status, fate;

-- name: accuracy_reliability
SELECT bin, sum(cells)::BIGINT AS cells, sum(forecast) / sum(cells) AS forecast,
       sum(observed) / sum(cells) AS observed
FROM accuracy_reliability WHERE day >= $since AND (settled OR NOT $settled)
GROUP BY bin ORDER BY bin;

-- name: accuracy_leads
-- Runs of red whose wait is over, and the hours from their beginning to the first complaint.
SELECT count(*) AS runs, count(lead_h) AS runs_with_complaint,
       quantile_cont(lead_h, 0.25) AS lower_quartile_h, quantile_cont(lead_h, 0.5) AS median_h,
       quantile_cont(lead_h, 0.75) AS upper_quartile_h,
       count(*) FILTER (lead_h >= 24) / nullif(count(lead_h), 0) AS share_24h
FROM accuracy_leads
WHERE timezone($zone, red_since)::DATE >= $since AND (over OR complaint_at IS NOT NULL);

-- name: accuracy_firsts
SELECT count(*) AS first_complaints,
       count(*) FILTER (warned) / nullif(count(*), 0) AS share_preceded_by_red
FROM accuracy_firsts WHERE timezone($zone, created_at)::DATE >= $since;

-- name: coordinates
-- How cells, tickets and regions lie against each other.
SELECT * FROM coordinates ORDER BY first, second;

-- name: boundary_remarks
-- What the people who draw the regions should know, the gravest first.
SELECT * FROM boundary_remarks ORDER BY grave DESC, area_m2 DESC NULLS LAST, code, region_id, other_id;
