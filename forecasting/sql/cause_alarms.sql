-- Alarms raised in the days before the origin, or still standing, as known there.
SELECT
    alarm_id, cell_id, site_id, raised_at, cleared_at, severity,
    probable_cause, specific_problem, description
FROM alarms_as_of($origin::TIMESTAMPTZ)
WHERE raised_at <= $origin::TIMESTAMPTZ
    AND (raised_at >= $since::TIMESTAMPTZ OR (cleared_at IS NULL AND raised_at >= $oldest::TIMESTAMPTZ))
ORDER BY raised_at, alarm_id
