-- All KPI rows of one local day as known at as_of (the writer sorts); {kpis}: the catalogue's columns.
SELECT cell_id, ts, period_min, {kpis}
FROM kpis_as_of($as_of::TIMESTAMPTZ)
WHERE ts >= $day::DATE::TIMESTAMPTZ AND ts < ($day::DATE + 1)::TIMESTAMPTZ
