-- Teams and their shifts, beside the board of work orders.

-- name: dispatch_teams
SELECT team_id, name, skills, longitude, latitude FROM teams ORDER BY name, team_id;

-- name: dispatch_shifts
SELECT team_id, starts_at, ends_at FROM shifts ORDER BY starts_at, team_id;
