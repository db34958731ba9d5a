-- May fc_hours stand for what was known at the origin? Rows of the week before it, in both.
-- Every row of fc_hours known by then was the newest one then, so equal numbers mean equal rows.
SELECT
    (SELECT count(*) FROM kpis_as_of($origin::TIMESTAMPTZ)
        WHERE ts >= $origin::TIMESTAMPTZ - INTERVAL 168 HOUR AND ts < $origin::TIMESTAMPTZ) AS known,
    (SELECT count(*) FROM fc_hours
        WHERE known_at <= $origin::TIMESTAMPTZ
            AND ts >= $origin::TIMESTAMPTZ - INTERVAL 168 HOUR
            AND ts < $origin::TIMESTAMPTZ) AS shared
