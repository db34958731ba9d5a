-- A cell's own normal per local hour and KPI: the median of the weeks before the anchor.
CREATE OR REPLACE TEMP TABLE fc_centre AS
SELECT
    cell_id,
    hour(ts) AS local_hour,
    median({kpi}) AS {kpi},
FROM kpis_as_of($anchor::TIMESTAMPTZ)
WHERE ts >= $since::TIMESTAMPTZ AND ts < $anchor::TIMESTAMPTZ
GROUP BY cell_id, local_hour
