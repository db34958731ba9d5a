-- One forecast: replaces an earlier one of the same moment.
INSERT INTO forecast_runs BY NAME SELECT * FROM fc_run
