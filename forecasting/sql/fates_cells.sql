-- Cells of some forecasts: all of those to be measured, else the flagged and the complaining ones.
SELECT f.as_of, f.cell_id, f.status, f.quiet, f.cause, f.probability, f.expected_low_complaints
FROM cell_forecasts AS f
JOIN fc_judged AS j ON j.as_of = f.as_of
WHERE j.daily OR f.status IN ('red', 'yellow')
    OR f.cell_id IN (SELECT c.cell_id FROM fc_complained AS c)
ORDER BY f.as_of, f.cell_id
