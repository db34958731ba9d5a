-- What trends are read beside.

-- name: trend_marks
-- Holidays, events and works that touch some days; of a region: its own and those of all.
SELECT kind, name_zh, name_en, first, last, region_id, count FROM trend_marks
WHERE first <= $last::DATE AND last >= $first::DATE
    AND ($region_id IS NULL OR region_id IS NULL OR region_id = $region_id)
ORDER BY first, kind, name_en, region_id;
