-- Works on each cell, its site or its region: those of the last week, and those of the horizon.
SELECT
    c.cell_id,
    count(*) FILTER (w.starts_at <= $origin::TIMESTAMPTZ) AS works_7d,
    min(epoch($origin::TIMESTAMPTZ - w.starts_at) / 3600.0)
        FILTER (w.starts_at <= $origin::TIMESTAMPTZ) AS works_age_h,
    count(*) FILTER (w.starts_at > $origin::TIMESTAMPTZ) AS works_ahead,
    min(epoch(w.starts_at - $origin::TIMESTAMPTZ) / 3600.0)
        FILTER (w.starts_at > $origin::TIMESTAMPTZ) AS works_in_h,
FROM fc_cells AS c
JOIN works_as_of($origin::TIMESTAMPTZ) AS w
    ON w.cell_id = c.cell_id
    OR (w.cell_id IS NULL AND w.site_id = c.site_id)
    OR (w.cell_id IS NULL AND w.site_id IS NULL AND w.region_id = c.region_id)
WHERE w.starts_at > $origin::TIMESTAMPTZ - INTERVAL 168 HOUR
    AND w.starts_at <= $until::TIMESTAMPTZ
GROUP BY c.cell_id
ORDER BY c.cell_id
