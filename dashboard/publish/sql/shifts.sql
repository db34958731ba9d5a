-- Shifts known at as_of that touch the span shown; cancelled ones, which have no length, left out.
SELECT team_id, starts_at, ends_at
FROM shifts_as_of($as_of::TIMESTAMPTZ)
WHERE ends_at > starts_at AND ends_at >= $since::TIMESTAMPTZ AND starts_at <= $until::TIMESTAMPTZ
ORDER BY starts_at, team_id
