-- Rows of the four weeks that came after the sums were made and yet were known at the Monday.
SELECT (
    SELECT count(*) FROM handovers
    WHERE delivery_id > $delivery_id AND known_at <= $until::TIMESTAMPTZ
        AND ts >= $since::TIMESTAMPTZ AND ts < $until::TIMESTAMPTZ
) + (
    SELECT count(*) FROM handover_revisions
    WHERE delivery_id > $delivery_id AND known_at <= $until::TIMESTAMPTZ
        AND ts >= $since::TIMESTAMPTZ AND ts < $until::TIMESTAMPTZ
) AS rows
