-- The scoreboard: what became of the forecasts. Parameters are named ($cell_id); lists are cut by $limit.

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

-- name: accuracy_treatments
-- Treated cells by what was done (works or order).
SELECT treatment, status, fate, count(*) AS cells
FROM fates WHERE day >= $since AND (settled OR NOT $settled) AND fate IN ('treated', 'treated_not')
GROUP BY ALL ORDER BY treatment, status, fate;

-- name: accuracy_reds
-- Every red of all forecasts by fate; waiting: the horizon is not over.
SELECT fate, treatment, sum(reds)::BIGINT AS reds
FROM accuracy_reds WHERE day >= $since GROUP BY ALL ORDER BY fate, treatment;

-- name: accuracy_orders
-- What became of the work orders opened since, and why.
SELECT outcome, reason, count(*) AS orders, sum(reopened)::BIGINT AS reopened
FROM accuracy_orders
WHERE day >= $since AND ($region_id IS NULL OR region_id = $region_id)
  AND ($cause IS NULL OR cause = $cause)
  AND ($technology IS NULL OR technology = $technology)
GROUP BY ALL ORDER BY outcome, reason;

-- name: accuracy_causes
-- The cause that was named against the one that the crew found.
SELECT cause AS named, found_cause AS found, count(*) AS orders
FROM accuracy_orders
WHERE day >= $since AND found_cause IS NOT NULL
  AND ($region_id IS NULL OR region_id = $region_id)
  AND ($cause IS NULL OR cause = $cause)
  AND ($technology IS NULL OR technology = $technology)
GROUP BY ALL ORDER BY named, found;

-- name: accuracy_order_rows
-- The orders opened since, one by one.
SELECT o.*, r.name AS region_name
FROM accuracy_orders o LEFT JOIN regions r ON r.region_id = o.region_id
WHERE o.day >= $since AND ($region_id IS NULL OR o.region_id = $region_id)
  AND ($cause IS NULL OR o.cause = $cause)
  AND ($technology IS NULL OR o.technology = $technology)
ORDER BY o.opened_at DESC, o.order_id LIMIT $limit;

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

-- name: record_fates
-- Fates by day of the forecasts and groups chosen; null chooses all of them.
SELECT day, settled, status, fate, treatment, region_id, technology, cause, count(*) AS cells
FROM fates
WHERE day >= $since AND (NOT $quiet OR quiet)
  AND ($region_id IS NULL OR region_id = $region_id)
  AND ($cause IS NULL OR cause = $cause)
  AND ($technology IS NULL OR technology = $technology)
GROUP BY ALL ORDER BY ALL;

-- name: record_scores
-- The forecast and the rules beside it, day by day.
SELECT day, settled, score, cells, positives, visits, found, average_precision, expected, observed
FROM accuracy WHERE day >= $since AND scope = $scope
ORDER BY day, score <> 'forecast', score;

-- name: record_reliability
SELECT day, settled, bin, cells, forecast, observed
FROM accuracy_reliability WHERE day >= $since ORDER BY day, bin;

-- name: record_leads
-- Hours from the first red of a run to the first complaint; null: none came, and the wait is over.
SELECT lead_h FROM accuracy_leads
WHERE timezone($zone, red_since)::DATE >= $since AND (over OR complaint_at IS NOT NULL)
  AND ($region_id IS NULL OR region_id = $region_id)
  AND ($cause IS NULL OR cause = $cause)
  AND ($technology IS NULL OR technology = $technology)
ORDER BY lead_h;

-- name: record_firsts
-- First complaints of cells: how many of them came after a red.
SELECT count(*) AS complaints, count(*) FILTER (warned) AS warned
FROM accuracy_firsts
WHERE timezone($zone, created_at)::DATE >= $since
  AND ($region_id IS NULL OR region_id = $region_id)
  AND ($technology IS NULL OR technology = $technology);

-- name: record_regions
-- What was forecast of regions' days beside what came, counted by day.
SELECT a.day, a.settled, a.measure, a.ahead, a.region_id, any_value(r.name) AS name,
       count(*) AS days, count(*) FILTER (observed BETWEEN lower AND upper) AS inside,
       count(*) FILTER (observed < lower) AS below, count(*) FILTER (observed > upper) AS above
FROM accuracy_regions a LEFT JOIN regions r USING (region_id)
WHERE a.day >= $since AND ($region_id IS NULL OR a.region_id = $region_id)
GROUP BY ALL ORDER BY ALL;

-- name: record_values
-- What one can choose among: the regions, causes and technologies of all forecasts judged.
SELECT DISTINCT region_id, cause, technology FROM fates ORDER BY ALL;

-- name: record_days
-- The days judged: the moment of their forecast, reds by fate, and complaints that were not foreseen.
SELECT day, any_value(as_of) AS as_of, bool_and(settled) AS settled,
       count(*) FILTER (status = 'red') AS reds,
       count(*) FILTER (status = 'red' AND fate = 'hit') AS hits,
       count(*) FILTER (status = 'red' AND fate = 'treated') AS treated,
       count(*) FILTER (status = 'red' AND fate = 'treated_not') AS treated_not,
       count(*) FILTER (status = 'red' AND fate = 'false_alarm') AS false_alarms,
       count(*) FILTER (fate = 'miss') AS misses
FROM fates
WHERE (NOT $quiet OR quiet)
  AND ($region_id IS NULL OR region_id = $region_id)
  AND ($cause IS NULL OR cause = $cause)
  AND ($technology IS NULL OR technology = $technology)
GROUP BY day ORDER BY day;

-- name: record_forecasts
-- Single forecasts with their fates: of one day ($day), or of all days where a cell is looked for.
SELECT f.*, c.name, r.name AS region_name
FROM fates f LEFT JOIN cells c USING (cell_id) LEFT JOIN regions r ON r.region_id = f.region_id
WHERE ($day IS NULL OR f.day = $day) AND f.day >= $since AND (NOT $quiet OR f.quiet)
  AND ($region_id IS NULL OR f.region_id = $region_id)
  AND ($cause IS NULL OR f.cause = $cause)
  AND ($technology IS NULL OR f.technology = $technology)
  AND ($status IS NULL OR f.status = $status)
  AND ($fate IS NULL OR f.fate = $fate)
  AND ($q IS NULL OR contains(lower(f.cell_id), lower($q)) OR contains(lower(c.name), lower($q)))
ORDER BY f.day DESC, f.probability DESC NULLS LAST, f.cell_id
LIMIT $limit;

-- name: record_oldest
-- The oldest forecast that is remembered.
SELECT min(as_of) AS made FROM history;
