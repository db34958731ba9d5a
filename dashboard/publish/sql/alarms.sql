-- Alarms known at as_of that were raised in the span shown, or still stand.
SELECT
    alarm_id, cell_id, site_id, raised_at, cleared_at, acknowledged_at, severity, kind,
    probable_cause, specific_problem, description, state
FROM alarms_as_of($as_of::TIMESTAMPTZ)
WHERE raised_at <= $as_of::TIMESTAMPTZ
    AND (raised_at >= $since::TIMESTAMPTZ OR cleared_at IS NULL AND raised_at >= $oldest::TIMESTAMPTZ)
ORDER BY raised_at, alarm_id
