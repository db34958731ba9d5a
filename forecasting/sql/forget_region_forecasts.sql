-- An earlier forecast of the same moment goes.
DELETE FROM region_forecasts WHERE as_of = $as_of::TIMESTAMPTZ
