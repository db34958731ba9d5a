-- Every red cell of the forecasts of a span.
SELECT as_of, cell_id, cause
FROM cell_forecasts
WHERE status = 'red' AND as_of >= $since::TIMESTAMPTZ AND as_of <= $until::TIMESTAMPTZ
ORDER BY as_of, cell_id
