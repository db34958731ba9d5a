-- How large each KPI usually is: the median over all cells' normals of a week.
SELECT
    median(abs({kpi})) AS {kpi},
FROM cell_normals
WHERE monday = $monday::DATE
