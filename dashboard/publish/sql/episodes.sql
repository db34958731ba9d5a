-- Stretches of consecutive forecasts in which a cell was red or yellow; a pause of the forecasts
-- longer than the horizon ends one, since nobody knows what was between.
WITH runs AS (
    SELECT
        as_of,
        row_number() OVER (ORDER BY as_of) AS number,
        lag(as_of) OVER (ORDER BY as_of) AS before
    FROM forecast_runs
    WHERE mode = 'cells' AND as_of >= $since::TIMESTAMPTZ AND as_of <= $as_of::TIMESTAMPTZ
),
flagged AS (
    SELECT
        f.cell_id, f.as_of, f.status, f.probability, f.cause, r.number,
        r.before IS NULL OR r.as_of - r.before > to_hours($horizon_h)
            OR lag(r.number) OVER earlier IS DISTINCT FROM r.number - 1 AS begins
    FROM cell_forecasts AS f JOIN runs AS r USING (as_of)
    WHERE f.status IN ('red', 'yellow')
    WINDOW earlier AS (PARTITION BY f.cell_id ORDER BY r.number)
),
counted AS (
    SELECT
        *,
        count(*) FILTER (begins) OVER (PARTITION BY cell_id ORDER BY number) AS episode
    FROM flagged
)
SELECT
    cell_id,
    min(as_of) AS since,
    max(as_of) AS until,
    CASE WHEN bool_or(status = 'red') THEN 'red' ELSE 'yellow' END AS status,
    max(probability) AS probability,
    arg_max(cause, probability) AS cause,
    count(*) AS forecasts
FROM counted
GROUP BY cell_id, episode
ORDER BY cell_id, since
