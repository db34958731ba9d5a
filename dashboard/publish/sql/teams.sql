-- Crews as they were known at as_of.
SELECT team_id, name, skills, longitude, latitude, region_ids
FROM teams_as_of($as_of::TIMESTAMPTZ)
ORDER BY team_id
