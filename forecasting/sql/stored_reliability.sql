-- Stored judgements of some forecasts.
SELECT s.* FROM forecast_reliability AS s JOIN fc_judged AS j ON j.as_of = s.as_of
