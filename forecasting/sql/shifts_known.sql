-- Shifts as they were known at a moment, cancelled ones left out.
SELECT team_id, starts_at, ends_at
FROM shifts_as_of($origin::TIMESTAMPTZ)
WHERE ends_at > starts_at AND ends_at > $since::TIMESTAMPTZ
ORDER BY team_id, starts_at
