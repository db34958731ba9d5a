-- Events that touch each cell within the horizon: hours, and how soon the next one starts.
-- An event with a position touches cells within its radius (2 km if not given), one with a region
-- the cells of that region, one with neither all cells. Distances: equirectangular, metres.
SELECT
    c.cell_id,
    count(*) AS events_ahead,
    sum(round(epoch(least(coalesce(e.ends_at, e.starts_at + INTERVAL 4 HOUR), $until::TIMESTAMPTZ)
        - greatest(e.starts_at, $origin::TIMESTAMPTZ)) / 60)) / 60.0 AS event_hours,
    count(*) FILTER (e.kind = 'exam') AS exams_ahead,
    min(greatest(epoch(e.starts_at - $origin::TIMESTAMPTZ) / 3600.0, 0)) AS event_in_h,
FROM fc_cells AS c
JOIN events_as_of($origin::TIMESTAMPTZ) AS e
    ON CASE
        WHEN e.longitude IS NOT NULL AND e.latitude IS NOT NULL THEN
            pow((c.latitude - e.latitude) * 111195, 2)
            + pow((c.longitude - e.longitude) * 111195 * cos(radians(e.latitude)), 2)
            <= pow(coalesce(e.radius_m, 2000), 2)
        WHEN e.region_id IS NOT NULL THEN e.region_id = c.region_id
        ELSE true
    END
WHERE e.starts_at <= $until::TIMESTAMPTZ
    AND coalesce(e.ends_at, e.starts_at + INTERVAL 4 HOUR) > $origin::TIMESTAMPTZ
GROUP BY c.cell_id
ORDER BY c.cell_id
