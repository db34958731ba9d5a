-- Cells that were red, with the cause named then, in the forecasts of a span.
SELECT DISTINCT cell_id, cause
FROM cell_forecasts
WHERE as_of > $since::TIMESTAMPTZ AND as_of <= $until::TIMESTAMPTZ AND status = 'red'
ORDER BY cell_id, cause
