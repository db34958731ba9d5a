-- Each cell's newest interval, if it began no earlier than a moment.
SELECT
    cell_id,
    users,
    {kpi},
FROM fc_area_day
WHERE ts >= $fresh::TIMESTAMPTZ
QUALIFY ts = max(ts) OVER (PARTITION BY cell_id)
ORDER BY cell_id
