-- Kept hours whose rows came anew.
DELETE FROM cell_hours AS h USING fc_rows AS r
WHERE h.cell_id = r.cell_id AND h.ts = r.ts AND h.ts < $kept_until::TIMESTAMPTZ
    AND h.ts >= $since::TIMESTAMPTZ
