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

-- name: quality_source_rhythm
-- Each source and feed with what is usual of it; both times end where the snapshot's knowledge ends.
SELECT coalesce(s.source, r.source) AS source, coalesce(s.feed, r.feed) AS feed,
       coalesce(s.delivered_at, r.newest_at) AS delivered_at, s.data_time, s.age_min,
       coalesce(s.files, 0) AS files, coalesce(s.files_refused, 0) AS files_refused,
       r.usual_min, r.deliveries
FROM quality_sources s FULL JOIN quality_rhythm r USING (source, feed)
ORDER BY ALL;

-- name: quality_all_hours
SELECT * FROM quality_hours ORDER BY source, hour;

-- name: quality_rejected_rows
-- The newest rows set aside; null chooses all of them.
SELECT *, count(*) OVER () AS found FROM quality_rejected_rows
WHERE ($source IS NULL OR source = $source) AND ($feed IS NULL OR feed = $feed)
  AND ($reason IS NULL OR reason = $reason)
ORDER BY loaded_at DESC, file, row_number, column_name LIMIT $limit;

-- name: quality_rejected_values
SELECT source, feed, reason, count(*) AS n FROM quality_rejected_rows
GROUP BY ALL ORDER BY n DESC, source, feed, reason;

-- name: quality_refused
SELECT * FROM quality_refused ORDER BY loaded_at DESC, file LIMIT $limit;

-- name: quality_columns
-- Columns that no feed knows; those that came or went first.
SELECT * FROM quality_columns
ORDER BY (came OR gone) DESC, greatest(first_seen, last_seen) DESC, source, feed, column_name;

-- name: quality_coordinates
SELECT * FROM coordinates ORDER BY first, second;

-- name: quality_boundaries
SELECT *, count(*) OVER () AS found FROM boundary_remarks
ORDER BY grave DESC, area_m2 DESC NULLS LAST, region_id, other_id LIMIT $limit;
