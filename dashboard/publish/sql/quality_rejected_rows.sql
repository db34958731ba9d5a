-- The newest rows that were set aside: of one file no more than $each, so that none hides the others.
WITH recent AS (
    SELECT delivery_id, source, loaded_at FROM deliveries
    WHERE refused IS NULL AND rows_rejected > 0 AND loaded_at >= $since::TIMESTAMPTZ
        AND (mode = 'history' OR loaded_at <= $as_of::TIMESTAMPTZ)
)
SELECT d.loaded_at, d.source, r.feed, r.file, r.row_number, r.column_name, r.value, r.reason
FROM rejected_rows r JOIN recent d USING (delivery_id)
QUALIFY row_number() OVER (PARTITION BY r.delivery_id ORDER BY r.row_number, r.column_name) <= $each
ORDER BY d.loaded_at DESC, r.delivery_id DESC, r.row_number, r.column_name LIMIT $limit
