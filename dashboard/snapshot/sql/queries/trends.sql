-- Trends of complaints. $days, $periods: lists of whole local days with the number of their period (a
-- day may be in several); $part_days …: days of which only what lies after $since and up to $until
-- counts; $files: the months that hold these days. $region_ids and $shown: as which region each one
-- counts; $within: the regions looked at. Filters are NULL (all), 'unknown' or a value; $by_…: whether
-- each value gets a row of its own.

-- name: trend_regions
SELECT region_id, name, parent_id, level, subscribers FROM regions ORDER BY region_id;

-- name: trend_city
SELECT subscribers FROM areas WHERE kind = 'city';

-- name: trend_span
-- The first and the last local day with a complaint.
SELECT min(day) AS first, max(day) AS last FROM complaints;

-- name: trend_span_days
-- The same, from daily sums.
SELECT min(day) AS first, max(day) AS last FROM complaint_days
WHERE dimension = '' AND tickets IS NOT NULL;

-- name: trend_values
-- The values of every dimension, those with most complaints first; NULL: not known.
WITH counted AS (
    SELECT channel, service, category, technology, sum(weight) AS tickets
    FROM complaints GROUP BY ALL
)
SELECT 'channel' AS dimension, channel AS value, sum(tickets) AS tickets FROM counted GROUP BY value
UNION ALL
SELECT 'service', service, sum(tickets) FROM counted GROUP BY service
UNION ALL
SELECT 'category', category, sum(tickets) FROM counted GROUP BY category
UNION ALL
SELECT 'technology', technology, sum(tickets) FROM counted GROUP BY technology
ORDER BY dimension, tickets DESC, value NULLS LAST;

-- name: trend_values_days
-- The same, from daily sums.
SELECT dimension, value, sum(tickets) AS tickets FROM complaint_days
WHERE dimension <> '' AND tickets IS NOT NULL
GROUP BY dimension, value
ORDER BY dimension, tickets DESC, value NULLS LAST;

-- name: trend_counts
-- Complaints by the day on which they were made, and those that fell due by the day of that: whole
-- days, from their sums, by at most one dimension ($dimension; empty: none) beside regions.
WITH whole AS (
    SELECT unnest($days::DATE[]) AS day, unnest($periods::INTEGER[]) AS period
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
),
facts AS (
    SELECT period, region_id,
        CASE WHEN dimension = 'channel' THEN value END AS channel,
        CASE WHEN dimension = 'service' THEN value END AS service,
        CASE WHEN dimension = 'category' THEN value END AS category,
        CASE WHEN dimension = 'technology' THEN value END AS technology,
        tickets, low_complaints, rated, score, final_score, final_rated, repeats, identified,
        replied, score_1, score_2, score_3, score_4, score_5, score_6, score_7, score_8, score_9,
        score_10, score_unknown, due, timely
    FROM complaint_days c JOIN whole w USING (day)
    WHERE c.dimension = $dimension AND c.day >= $first::DATE AND c.day <= $last::DATE
)
SELECT period,
    CASE WHEN $by_region THEN coalesce(s.shown, f.region_id) END AS region,
    CASE WHEN $by_channel THEN channel END AS channel,
    CASE WHEN $by_service THEN service END AS service,
    CASE WHEN $by_category THEN category END AS category,
    CASE WHEN $by_technology THEN technology END AS technology,
    sum(tickets) AS tickets, sum(low_complaints) AS low_complaints, sum(rated) AS rated,
    sum(score) AS score, sum(final_score) AS final_score, sum(final_rated) AS final_rated,
    sum(repeats) AS repeats, sum(identified) AS identified, sum(replied) AS replied,
    sum(score_1) AS score_1, sum(score_2) AS score_2, sum(score_3) AS score_3,
    sum(score_4) AS score_4, sum(score_5) AS score_5, sum(score_6) AS score_6,
    sum(score_7) AS score_7, sum(score_8) AS score_8, sum(score_9) AS score_9,
    sum(score_10) AS score_10, sum(score_unknown) AS score_unknown, sum(due) AS due,
    sum(timely) AS timely
FROM facts f LEFT JOIN shown s USING (region_id)
WHERE ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], f.region_id))
    AND ($region IS DISTINCT FROM 'unknown' OR f.region_id IS NULL)
    AND ($channel::VARCHAR IS NULL OR coalesce(channel, 'unknown') = $channel::VARCHAR)
    AND ($service::VARCHAR IS NULL OR coalesce(service, 'unknown') = $service::VARCHAR)
    AND ($category::VARCHAR IS NULL OR coalesce(category, 'unknown') = $category::VARCHAR)
    AND ($technology::VARCHAR IS NULL OR coalesce(technology, 'unknown') = $technology::VARCHAR)
GROUP BY ALL
ORDER BY period, region, channel, service, category, technology;

-- name: trend_counts_rows
-- The same from the complaints themselves: parts of days, several dimensions, snapshots without sums.
WITH part AS (
    SELECT unnest($part_days::DATE[]) AS day, unnest($part_periods::INTEGER[]) AS period,
        unnest($since::TIMESTAMPTZ[]) AS since, unnest($until::TIMESTAMPTZ[]) AS until
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
),
facts AS (
    SELECT period, region_id, channel, service, category, technology,
        tickets, low_complaints, rated, score, final_score, final_rated, repeats, identified,
        replied, score_1, score_2, score_3, score_4, score_5, score_6, score_7, score_8, score_9,
        score_10, score_unknown, due, timely
    FROM complaint_events($files::VARCHAR[]) c JOIN part w USING (day)
    WHERE c.day >= $first::DATE AND c.day <= $last::DATE AND c.at > w.since AND c.at <= w.until
)
SELECT period,
    CASE WHEN $by_region THEN coalesce(s.shown, f.region_id) END AS region,
    CASE WHEN $by_channel THEN channel END AS channel,
    CASE WHEN $by_service THEN service END AS service,
    CASE WHEN $by_category THEN category END AS category,
    CASE WHEN $by_technology THEN technology END AS technology,
    sum(tickets) AS tickets, sum(low_complaints) AS low_complaints, sum(rated) AS rated,
    sum(score) AS score, sum(final_score) AS final_score, sum(final_rated) AS final_rated,
    sum(repeats) AS repeats, sum(identified) AS identified, sum(replied) AS replied,
    sum(score_1) AS score_1, sum(score_2) AS score_2, sum(score_3) AS score_3,
    sum(score_4) AS score_4, sum(score_5) AS score_5, sum(score_6) AS score_6,
    sum(score_7) AS score_7, sum(score_8) AS score_8, sum(score_9) AS score_9,
    sum(score_10) AS score_10, sum(score_unknown) AS score_unknown, sum(due) AS due,
    sum(timely) AS timely
FROM facts f LEFT JOIN shown s USING (region_id)
WHERE ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], f.region_id))
    AND ($region IS DISTINCT FROM 'unknown' OR f.region_id IS NULL)
    AND ($channel::VARCHAR IS NULL OR coalesce(channel, 'unknown') = $channel::VARCHAR)
    AND ($service::VARCHAR IS NULL OR coalesce(service, 'unknown') = $service::VARCHAR)
    AND ($category::VARCHAR IS NULL OR coalesce(category, 'unknown') = $category::VARCHAR)
    AND ($technology::VARCHAR IS NULL OR coalesce(technology, 'unknown') = $technology::VARCHAR)
GROUP BY ALL
ORDER BY period, region, channel, service, category, technology;

-- name: trend_replies
-- Minutes within which 80 % and 95 % of those complaints were answered that were answered at all.
WITH whole AS (
    SELECT unnest($days::DATE[]) AS day, unnest($periods::INTEGER[]) AS period
),
part AS (
    SELECT unnest($part_days::DATE[]) AS day, unnest($part_periods::INTEGER[]) AS period,
        unnest($since::TIMESTAMPTZ[]) AS since, unnest($until::TIMESTAMPTZ[]) AS until
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
),
facts AS (
    SELECT period, region_id, channel, service, category, technology, reply_min, weight
    FROM read_parquet($files::VARCHAR[]) c JOIN whole w USING (day)
    WHERE c.day >= $first::DATE AND c.day <= $last::DATE AND reply_min IS NOT NULL
    UNION ALL BY NAME
    SELECT period, region_id, channel, service, category, technology, reply_min, weight
    FROM read_parquet($files::VARCHAR[]) c JOIN part w USING (day)
    WHERE c.day IN $part_days::DATE[] AND c.created_at > w.since AND c.created_at <= w.until
        AND reply_min IS NOT NULL
),
minutes AS (
    SELECT period,
        CASE WHEN $by_region THEN coalesce(s.shown, f.region_id) END AS region,
        CASE WHEN $by_channel THEN channel END AS channel,
        CASE WHEN $by_service THEN service END AS service,
        CASE WHEN $by_category THEN category END AS category,
        CASE WHEN $by_technology THEN technology END AS technology,
        reply_min, sum(weight) AS tickets
    FROM facts f LEFT JOIN shown s USING (region_id)
    WHERE ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], f.region_id))
        AND ($region IS DISTINCT FROM 'unknown' OR f.region_id IS NULL)
        AND ($channel::VARCHAR IS NULL OR coalesce(channel, 'unknown') = $channel::VARCHAR)
        AND ($service::VARCHAR IS NULL OR coalesce(service, 'unknown') = $service::VARCHAR)
        AND ($category::VARCHAR IS NULL OR coalesce(category, 'unknown') = $category::VARCHAR)
        AND ($technology::VARCHAR IS NULL OR coalesce(technology, 'unknown') = $technology::VARCHAR)
    GROUP BY ALL
),
ranked AS (
    SELECT *,
        sum(tickets) OVER (PARTITION BY period, region, channel, service, category, technology
            ORDER BY reply_min) AS within_min,
        sum(tickets) OVER (PARTITION BY period, region, channel, service, category, technology)
            AS all_of_them
    FROM minutes
)
SELECT period, region, channel, service, category, technology,
    min(CASE WHEN within_min >= 0.80 * all_of_them THEN reply_min END) AS reply_p80_min,
    min(CASE WHEN within_min >= 0.95 * all_of_them THEN reply_min END) AS reply_p95_min
FROM ranked
GROUP BY period, region, channel, service, category, technology
ORDER BY period, region, channel, service, category, technology;

-- name: trend_series
-- Daily counts of tickets behind and ahead: of a region (NULL: the city) and a service (NULL: all).
SELECT day, observed, mean, lower, upper, model FROM region_series
WHERE region_id = $region AND measure = 'tickets' AND $service IS NULL
UNION ALL BY NAME
SELECT day, observed, mean, lower, upper, model FROM region_services
WHERE region_id = coalesce($region, '') AND service = coalesce($service, '')
    AND ($region IS NULL OR $service IS NOT NULL)
ORDER BY day;

-- name: trend_rhythm
-- Tickets of some local days ($days), and those made up to a time of each ($cuts).
WITH wanted AS (
    SELECT unnest($days::DATE[]) AS day, unnest($cuts::TIMESTAMPTZ[]) AS cut
)
SELECT sum(weight) AS tickets, sum(weight) FILTER (created_at <= w.cut) AS by_then
FROM read_parquet($files::VARCHAR[]) c JOIN wanted w USING (day)
WHERE c.day >= $first::DATE AND c.day <= $last::DATE;
