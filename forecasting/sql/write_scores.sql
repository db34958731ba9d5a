-- How these forecasts are judged.
INSERT INTO forecast_scores BY NAME SELECT * FROM fc_new_scores
