-- Alarms raised since a moment, or still standing.
SELECT alarm_id, cell_id, site_id, raised_at, cleared_at, severity, probable_cause, specific_problem
FROM alarms_as_of($origin::TIMESTAMPTZ)
WHERE raised_at <= $origin::TIMESTAMPTZ
    AND (raised_at >= $since::TIMESTAMPTZ OR cleared_at IS NULL
        AND raised_at >= $origin::TIMESTAMPTZ - INTERVAL 90 DAY)
ORDER BY raised_at, alarm_id
