-- The cells of one forecast.
INSERT INTO cell_forecasts BY NAME
SELECT $as_of::TIMESTAMPTZ AS as_of, cell_id, expected_low_complaints, probability, status, quiet,
    cause
FROM fc_run_cells
