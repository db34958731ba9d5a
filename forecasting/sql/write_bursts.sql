-- The bursts of one forecast.
INSERT INTO bursts BY NAME SELECT $as_of::TIMESTAMPTZ AS as_of, * FROM fc_run_bursts
