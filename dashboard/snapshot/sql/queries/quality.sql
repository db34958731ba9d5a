-- Data quality. Parameters are named ($cell_id); lists are cut by $limit.

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
