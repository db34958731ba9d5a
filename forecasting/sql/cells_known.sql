-- The inventory as it was known at the origin.
SELECT
    cell_id, site_id, name, technology, band, vendor, region_id, longitude, latitude, azimuth_deg,
    antenna_height_m, subscribers
FROM cells_as_of($origin::TIMESTAMPTZ)
ORDER BY cell_id
