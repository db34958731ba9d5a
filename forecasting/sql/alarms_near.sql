-- Alarms of each cell, and of its site where they name no cell: standing ones, and those of the last
-- day and week. One that stands longer than 14 days is taken to be forgotten.
WITH known AS (
    SELECT cell_id, site_id, raised_at, cleared_at,
        lower(coalesce(severity, '')) IN ('critical', 'major') AS grave
    FROM alarms_as_of($origin::TIMESTAMPTZ)
    WHERE raised_at <= $origin::TIMESTAMPTZ AND raised_at > $origin::TIMESTAMPTZ - INTERVAL 14 DAY
        AND (cleared_at IS NULL OR raised_at > $origin::TIMESTAMPTZ - INTERVAL 7 DAY)
),
touched AS (
    SELECT c.cell_id, a.* EXCLUDE (cell_id, site_id)
    FROM known AS a JOIN fc_cells AS c ON c.cell_id = a.cell_id
    UNION ALL
    SELECT c.cell_id, a.* EXCLUDE (cell_id, site_id)
    FROM known AS a JOIN fc_cells AS c ON c.site_id = a.site_id
    WHERE a.cell_id IS NULL
)
SELECT
    cell_id,
    count(*) FILTER (cleared_at IS NULL) AS alarms_standing,
    count(*) FILTER (cleared_at IS NULL AND grave) AS alarms_grave,
    count(*) FILTER (raised_at > $origin::TIMESTAMPTZ - INTERVAL 24 HOUR) AS alarms_24h,
    count(*) FILTER (raised_at > $origin::TIMESTAMPTZ - INTERVAL 7 DAY) AS alarms_7d,
    min(epoch($origin::TIMESTAMPTZ - raised_at) / 3600.0) AS alarm_age_h,
FROM touched
GROUP BY cell_id
ORDER BY cell_id
