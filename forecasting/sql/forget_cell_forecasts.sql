-- An earlier forecast of the same moment goes.
DELETE FROM cell_forecasts WHERE as_of = $as_of::TIMESTAMPTZ
