-- Cells with a position as known at as_of; regions as delivered.
SELECT cell_id AS name, longitude, latitude, azimuth_deg, region_id
FROM cells_as_of($as_of::TIMESTAMPTZ)
WHERE longitude IS NOT NULL AND latitude IS NOT NULL
ORDER BY cell_id
