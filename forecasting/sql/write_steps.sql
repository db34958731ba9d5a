-- What one unit of each KPI is worth, per cell.
INSERT INTO cell_steps BY NAME
SELECT $monday::DATE AS monday, * FROM fc_steps ORDER BY cell_id
