-- The rows of fc_centre.
SELECT * FROM fc_centre ORDER BY cell_id, local_hour, off
