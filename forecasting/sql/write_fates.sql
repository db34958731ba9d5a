-- How these forecasts are judged.
INSERT INTO forecast_fates BY NAME SELECT * FROM fc_new_fates
