-- How these forecasts are judged.
INSERT INTO forecast_reliability BY NAME SELECT * FROM fc_new_reliability
