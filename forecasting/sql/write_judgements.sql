-- How these forecasts are judged.
INSERT INTO forecast_judgements BY NAME SELECT * FROM fc_new_judgements
