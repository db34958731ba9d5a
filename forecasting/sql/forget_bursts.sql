-- Bursts of an earlier forecast of the same moment go.
DELETE FROM bursts WHERE as_of = $as_of::TIMESTAMPTZ
