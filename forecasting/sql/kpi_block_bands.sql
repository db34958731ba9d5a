-- Blocks summed over the bands of kpi_bands: of two hours (fc_short_blocks) within the last day, of
-- six (fc_long_blocks) before. The origin is the end of long block $turn, so that blocks and bands
-- have the same edges.
WITH known AS (
    SELECT *, CASE
        WHEN ends > 3 * $turn - 1 THEN 0 WHEN ends > 3 * $turn - 2 THEN 1
        WHEN ends > 3 * $turn - 3 THEN 2 WHEN ends > 3 * $turn - 5 THEN 3
        WHEN ends > 3 * $turn - 7 THEN 4 WHEN ends > 3 * $turn - 9 THEN 5 ELSE 6
    END AS band
    FROM fc_short_blocks
    WHERE ends > 3 * $turn - 12 AND ends <= 3 * $turn AND slot <= $turn
    UNION ALL BY NAME
    SELECT *, CASE WHEN ends > $turn - 8 THEN 7 WHEN ends > $turn - 12 THEN 8 ELSE 9 END AS band
    FROM fc_long_blocks
    WHERE ends > $turn - 28 AND ends <= $turn - 4 AND slot <= $turn
)
SELECT
    b.cell_id,
    b.band,
    sum(b.hours) AS hours,
    min($turn * 6 + $phase / 3600.0 - b.end_s / 3600.0) AS age_h,
    sum(b.users) AS users,
    sum(b.n_{kpi}) AS n_{kpi},
    sum(b.z_{kpi}) AS z_{kpi},
    sum(b.pain_{kpi}) AS pain_{kpi},
    sum(b.m_{kpi}) AS m_{kpi},
    sum(b.beyond_{kpi}) AS beyond_{kpi},
    sum(b.near_{kpi}) AS near_{kpi},
FROM known AS b
JOIN fc_cells AS i ON i.cell_id = b.cell_id
GROUP BY b.cell_id, b.band
ORDER BY b.cell_id, b.band
