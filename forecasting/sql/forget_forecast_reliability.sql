-- Earlier judgements of these forecasts go.
DELETE FROM forecast_reliability WHERE as_of IN (SELECT as_of FROM fc_judged)
