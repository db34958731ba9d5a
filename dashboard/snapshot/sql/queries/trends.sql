-- Trends of complaints. $days, $periods, $cuts: lists of local days with the number of their period
-- (a day may be in several) and the moment after which nothing of it counts;
-- $region_ids and $shown: as which region each one counts; $within: the regions looked at.
-- Filters are NULL (all), 'unknown' or a value; $by_…: whether each value gets a row of its own.

-- name: trend_regions
SELECT region_id, name, parent_id, level, subscribers FROM regions ORDER BY region_id;

-- name: trend_city
SELECT subscribers FROM areas WHERE kind = 'city';

-- name: trend_span
-- The first and the last local day with a complaint.
SELECT min(day) AS first, max(day) AS last, count(*) AS rows FROM complaints;

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

-- name: trend_counts
-- Complaints by the day on which they were made, and those that fell due by the day of that.
WITH wanted AS (
    SELECT unnest($days::DATE[]) AS day, unnest($periods::INTEGER[]) AS period,
        unnest($cuts::TIMESTAMPTZ[]) AS cut
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
),
made AS (
    SELECT w.period,
        CASE WHEN $by_region THEN coalesce(s.shown, c.region_id) END AS region,
        CASE WHEN $by_channel THEN channel END AS channel,
        CASE WHEN $by_service THEN service END AS service,
        CASE WHEN $by_category THEN category END AS category,
        CASE WHEN $by_technology THEN technology END AS technology,
        sum(weight) AS tickets,
        sum(CASE WHEN low THEN weight END) AS low_complaints,
        sum(CASE WHEN low IS NOT NULL THEN weight END) AS rated,
        sum(satisfaction * weight) AS score,
        sum(final_satisfaction * weight) AS final_score,
        sum(CASE WHEN final_satisfaction IS NOT NULL THEN weight END) AS final_rated,
        sum(CASE WHEN repeat THEN weight END) AS repeats,
        sum(CASE WHEN repeat IS NOT NULL THEN weight END) AS identified,
        sum(CASE WHEN reply_min IS NOT NULL THEN weight END) AS replied,
        NULL::DOUBLE AS due, NULL::DOUBLE AS timely
    FROM complaints c JOIN wanted w USING (day) LEFT JOIN shown s ON s.region_id = c.region_id
    WHERE c.day >= $first::DATE AND c.day <= $last::DATE AND c.created_at <= w.cut
        AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], c.region_id))
        AND ($region IS DISTINCT FROM 'unknown' OR c.region_id IS NULL)
        AND ($channel IS NULL OR coalesce(channel, 'unknown') = $channel)
        AND ($service IS NULL OR coalesce(service, 'unknown') = $service)
        AND ($category IS NULL OR coalesce(category, 'unknown') = $category)
        AND ($technology IS NULL OR coalesce(technology, 'unknown') = $technology)
    GROUP BY ALL
),
fell_due AS (
    SELECT w.period,
        CASE WHEN $by_region THEN coalesce(s.shown, c.region_id) END AS region,
        CASE WHEN $by_channel THEN channel END AS channel,
        CASE WHEN $by_service THEN service END AS service,
        CASE WHEN $by_category THEN category END AS category,
        CASE WHEN $by_technology THEN technology END AS technology,
        sum(weight) AS due, sum(CASE WHEN in_time THEN weight END) AS timely
    FROM complaints c JOIN wanted w ON w.day = c.due_day
        LEFT JOIN shown s ON s.region_id = c.region_id
    WHERE c.due_day >= $first::DATE AND c.due_day <= $last::DATE AND c.due_at <= w.cut
        AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], c.region_id))
        AND ($region IS DISTINCT FROM 'unknown' OR c.region_id IS NULL)
        AND ($channel IS NULL OR coalesce(channel, 'unknown') = $channel)
        AND ($service IS NULL OR coalesce(service, 'unknown') = $service)
        AND ($category IS NULL OR coalesce(category, 'unknown') = $category)
        AND ($technology IS NULL OR coalesce(technology, 'unknown') = $technology)
    GROUP BY ALL
)
SELECT period, region, channel, service, category, technology,
    sum(tickets) AS tickets, sum(low_complaints) AS low_complaints, sum(rated) AS rated,
    sum(score) AS score, sum(final_score) AS final_score, sum(final_rated) AS final_rated,
    sum(repeats) AS repeats, sum(identified) AS identified, sum(replied) AS replied,
    sum(due) AS due, sum(timely) AS timely
FROM (SELECT * FROM made UNION ALL BY NAME SELECT * FROM fell_due)
GROUP BY period, region, channel, service, category, technology
ORDER BY period, region, channel, service, category, technology;

-- name: trend_replies
-- Minutes within which 80 % and 95 % of those complaints were answered that were answered at all.
WITH wanted AS (
    SELECT unnest($days::DATE[]) AS day, unnest($periods::INTEGER[]) AS period,
        unnest($cuts::TIMESTAMPTZ[]) AS cut
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
),
minutes AS (
    SELECT w.period,
        CASE WHEN $by_region THEN coalesce(s.shown, c.region_id) END AS region,
        CASE WHEN $by_channel THEN channel END AS channel,
        CASE WHEN $by_service THEN service END AS service,
        CASE WHEN $by_category THEN category END AS category,
        CASE WHEN $by_technology THEN technology END AS technology,
        reply_min, sum(weight) AS tickets
    FROM complaints c JOIN wanted w USING (day) LEFT JOIN shown s ON s.region_id = c.region_id
    WHERE c.day >= $first::DATE AND c.day <= $last::DATE AND c.created_at <= w.cut
        AND reply_min IS NOT NULL
        AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], c.region_id))
        AND ($region IS DISTINCT FROM 'unknown' OR c.region_id IS NULL)
        AND ($channel IS NULL OR coalesce(channel, 'unknown') = $channel)
        AND ($service IS NULL OR coalesce(service, 'unknown') = $service)
        AND ($category IS NULL OR coalesce(category, 'unknown') = $category)
        AND ($technology IS NULL OR coalesce(technology, 'unknown') = $technology)
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

-- name: trend_scores
-- How many gave which score; NULL: not known.
WITH wanted AS (
    SELECT unnest($days::DATE[]) AS day, unnest($periods::INTEGER[]) AS period,
        unnest($cuts::TIMESTAMPTZ[]) AS cut
),
shown AS (
    SELECT unnest($region_ids::VARCHAR[]) AS region_id, unnest($shown::VARCHAR[]) AS shown
)
SELECT w.period,
    CASE WHEN $by_region THEN coalesce(s.shown, c.region_id) END AS region,
    CASE WHEN $by_channel THEN channel END AS channel,
    CASE WHEN $by_service THEN service END AS service,
    CASE WHEN $by_category THEN category END AS category,
    CASE WHEN $by_technology THEN technology END AS technology,
    satisfaction, sum(weight) AS tickets
FROM complaints c JOIN wanted w USING (day) LEFT JOIN shown s ON s.region_id = c.region_id
WHERE c.day >= $first::DATE AND c.day <= $last::DATE AND c.created_at <= w.cut
    AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], c.region_id))
    AND ($region IS DISTINCT FROM 'unknown' OR c.region_id IS NULL)
    AND ($channel IS NULL OR coalesce(channel, 'unknown') = $channel)
    AND ($service IS NULL OR coalesce(service, 'unknown') = $service)
    AND ($category IS NULL OR coalesce(category, 'unknown') = $category)
    AND ($technology IS NULL OR coalesce(technology, 'unknown') = $technology)
GROUP BY ALL
ORDER BY ALL;

-- name: trend_series
-- Daily counts of tickets behind and ahead: of a region (NULL: the city) and a service (NULL: all).
SELECT day, observed, mean, lower, upper, model FROM region_series
WHERE region_id = $region AND measure = 'tickets' AND $service IS NULL
UNION ALL BY NAME
SELECT day, observed, mean, lower, upper, model FROM region_services
WHERE region_id = coalesce($region, '') AND service = coalesce($service, '')
    AND ($region IS NULL OR $service IS NOT NULL)
ORDER BY day;

-- name: trend_today
-- What the wall shows of one region and those below it ($within; NULL: the city), and the same a
-- week earlier. $days: the local days that today's rhythm is taken from.
SELECT
    sum(weight) FILTER (day = $today::DATE) AS tickets,
    sum(weight) FILTER (day = $today::DATE - 7
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS tickets_before,
    sum(weight) FILTER (low IS NOT NULL AND created_at > $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS rated,
    sum(weight) FILTER (low AND created_at > $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS low_complaints,
    sum(weight * satisfaction) FILTER (created_at > $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS score,
    sum(weight) FILTER (low IS NOT NULL
        AND created_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS rated_before,
    sum(weight) FILTER (low AND created_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS low_complaints_before,
    sum(weight * satisfaction) FILTER (created_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS score_before,
    sum(weight) FILTER (repeat IS NOT NULL
        AND created_at > $now::TIMESTAMPTZ - INTERVAL 30 DAY) AS identified,
    sum(weight) FILTER (repeat AND created_at > $now::TIMESTAMPTZ - INTERVAL 30 DAY) AS repeats,
    sum(weight) FILTER (repeat IS NOT NULL AND created_at > $now::TIMESTAMPTZ - INTERVAL 37 DAY
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS identified_before,
    sum(weight) FILTER (repeat AND created_at > $now::TIMESTAMPTZ - INTERVAL 37 DAY
        AND created_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS repeats_before,
    sum(weight) FILTER (due_day = $today::DATE AND due_at <= $now::TIMESTAMPTZ) AS due_today,
    sum(weight) FILTER (due_day = $today::DATE AND due_at <= $now::TIMESTAMPTZ AND in_time)
        AS timely_today,
    sum(weight) FILTER (due_day = $today::DATE - 7
        AND due_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS due_today_before,
    sum(weight) FILTER (due_day = $today::DATE - 7
        AND due_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY AND in_time) AS timely_today_before,
    sum(weight) FILTER (due_at <= $now::TIMESTAMPTZ
        AND due_at > $now::TIMESTAMPTZ - INTERVAL 7 DAY) AS due,
    sum(weight) FILTER (due_at <= $now::TIMESTAMPTZ
        AND due_at > $now::TIMESTAMPTZ - INTERVAL 7 DAY AND in_time) AS timely,
    sum(weight) FILTER (due_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY
        AND due_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY) AS due_before,
    sum(weight) FILTER (due_at <= $now::TIMESTAMPTZ - INTERVAL 7 DAY
        AND due_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY AND in_time) AS timely_before
FROM complaints
WHERE (created_at > $now::TIMESTAMPTZ - INTERVAL 37 DAY
        OR due_at > $now::TIMESTAMPTZ - INTERVAL 14 DAY)
    AND created_at <= $now::TIMESTAMPTZ
    AND ($within::VARCHAR[] IS NULL OR list_contains($within::VARCHAR[], region_id));

-- name: trend_rhythm
-- Tickets of some local days ($days, with their midnights), and those made up to a time of day.
WITH wanted AS (
    SELECT unnest($days::DATE[]) AS day, unnest($cuts::TIMESTAMPTZ[]) AS cut
)
SELECT sum(weight) AS tickets, sum(weight) FILTER (created_at <= w.cut) AS by_then,
    count(DISTINCT day) AS days
FROM complaints c JOIN wanted w USING (day)
WHERE c.day >= $first::DATE AND c.day <= $last::DATE;
