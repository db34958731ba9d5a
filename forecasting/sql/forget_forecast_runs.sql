-- An earlier forecast of the same moment goes.
DELETE FROM forecast_runs WHERE as_of = $as_of::TIMESTAMPTZ
