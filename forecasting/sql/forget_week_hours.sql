-- The kept hours of a week go: its normals are made anew.
DELETE FROM cell_hours WHERE ts >= $start::TIMESTAMPTZ AND ts < $end::TIMESTAMPTZ
