-- Reds of some judged forecasts by fate and treatment.
SELECT s.as_of, s.fate, s.treatment, count(*) AS reds
FROM forecast_fates AS s JOIN fc_judged AS j ON j.as_of = s.as_of
WHERE s.status = 'red'
GROUP BY s.as_of, s.fate, s.treatment
ORDER BY s.as_of, s.fate, s.treatment
