-- Columns of the files that no feed knows: since when, until when, in how many of how many files.
WITH taken AS (
    SELECT delivery_id, source, feed, loaded_at, ignored FROM deliveries
    WHERE refused IS NULL AND feed <> '' AND loaded_at >= $since::TIMESTAMPTZ
        AND (mode = 'history' OR loaded_at <= $as_of::TIMESTAMPTZ)
),
feeds AS (
    SELECT source, feed, count(*) AS files, min(loaded_at) AS first_file, max(loaded_at) AS last_file
    FROM taken GROUP BY source, feed
),
seen AS (
    SELECT source, feed, unnest(ignored) AS column_name, loaded_at FROM taken
)
SELECT s.source, s.feed, s.column_name, min(s.loaded_at) AS first_seen,
    max(s.loaded_at) AS last_seen, count(*) AS files_with, any_value(f.files) AS files,
    min(s.loaded_at) > any_value(f.first_file) AS came,
    max(s.loaded_at) < any_value(f.last_file) AS gone
FROM seen s JOIN feeds f USING (source, feed)
GROUP BY s.source, s.feed, s.column_name
ORDER BY greatest(CASE WHEN gone THEN last_seen END, CASE WHEN came THEN first_seen END) DESC NULLS LAST,
    s.source, s.feed, s.column_name LIMIT $limit
