-- The days ahead of one forecast, per region and measure.
INSERT INTO region_forecasts BY NAME
SELECT $as_of::TIMESTAMPTZ AS as_of, region_id, measure, day::DATE AS day, mean, lower, upper, model
FROM fc_run_regions
