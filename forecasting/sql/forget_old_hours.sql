-- Kept hours that no forecast looks at any more.
DELETE FROM cell_hours WHERE ts < $since::TIMESTAMPTZ
