-- Of weeks before a moment only the normals are kept.
UPDATE kept_weeks SET hours_from = NULL, hours_until = NULL, hours_delivery = NULL
WHERE monday < $monday::DATE AND hours_from IS NOT NULL
