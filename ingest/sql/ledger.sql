-- The ledger of deliveries, and the rows set aside.

-- name: next_id
SELECT coalesce(max(delivery_id), 0) + 1 FROM deliveries;

-- name: newest
-- The newest delivery: its id and the hash of its content.
SELECT delivery_id, sha256 FROM deliveries ORDER BY delivery_id DESC LIMIT 1;

-- name: entries_after
-- Entries as the journal holds them, with the rows that could not be taken apart.
SELECT delivery_id, file, sha256, feed, profile, mode, epoch_us(loaded_at) AS loaded_at_us,
    rows_read, rows_loaded, rows_updated, rows_unchanged, rows_rejected, rows_merged, reasons,
    ignored, refused, source, bytes, how, archived, file_number, changed_ns, coalesce((
        SELECT list([CAST(r.row_number AS VARCHAR), r.reason, r.value] ORDER BY r.row_number)
        FROM rejected_rows r WHERE r.delivery_id = d.delivery_id AND r.column_name IS NULL
            AND r.reason IN ('wrong_field_count', 'bad_quotes')), []) AS broken
FROM deliveries d WHERE delivery_id > $delivery_id ORDER BY delivery_id;

-- name: known
-- A taken delivery of the same content, read the same way.
SELECT rows_read FROM deliveries
WHERE sha256 = $sha256 AND feed = $feed AND profile = $profile AND refused IS NULL
ORDER BY delivery_id LIMIT 1;

-- name: known_by_look
-- A taken delivery of this very file, read the same way and not changed since.
SELECT rows_read FROM deliveries
WHERE file = $file AND bytes = $bytes AND file_number = $file_number AND changed_ns = $changed_ns
    AND feed = $feed AND profile = $profile AND refused IS NULL
ORDER BY delivery_id LIMIT 1;

-- name: has_size
SELECT count(*) > 0 FROM deliveries WHERE bytes = $bytes AND refused IS NULL;

-- name: copies
-- Archived copies of a content.
SELECT archived FROM deliveries WHERE sha256 = $sha256 AND archived IS NOT NULL;

-- name: enter
INSERT INTO deliveries (
    delivery_id, file, sha256, feed, profile, mode, loaded_at, rows_read, rows_loaded,
    rows_updated, rows_unchanged, rows_rejected, rows_merged, reasons, ignored, refused,
    source, bytes, how, archived, file_number, changed_ns
) VALUES (
    $delivery_id, $file, $sha256, $feed, $profile, $mode, make_timestamptz($loaded_at_us),
    $rows_read, $rows_loaded, $rows_updated, $rows_unchanged, $rows_rejected, $rows_merged,
    $reasons, $ignored, $refused, $source, $bytes, $how, $archived, $file_number, $changed_ns
);

-- name: set_aside
-- Rows with a bad value, of which so much is kept as tells what it is.
INSERT INTO rejected_rows
SELECT $delivery_id, $file, $feed, row_number, place, left(content, 200), reason
FROM checked WHERE reason IS NOT NULL ORDER BY row_number;

-- name: set_aside_broken
-- A row that could not be taken apart.
INSERT INTO rejected_rows VALUES ($delivery_id, $file, $feed, $row_number, NULL, $value, $reason);

-- name: reasons
SELECT reason || coalesce(':' || place, ''), count(*) FROM checked WHERE reason IS NOT NULL GROUP BY ALL;
