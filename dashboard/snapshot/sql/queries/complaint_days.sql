-- name: complaint_days
-- Sums per local day and region, alone and by the values of one dimension each.
SELECT day,
    CASE WHEN grouping(channel) = 0 THEN 'channel'
        WHEN grouping(service) = 0 THEN 'service'
        WHEN grouping(category) = 0 THEN 'category'
        WHEN grouping(technology) = 0 THEN 'technology'
        ELSE '' END AS dimension,
    coalesce(channel, service, category, technology) AS value,
    region_id,
    sum(tickets) AS tickets, sum(low_complaints) AS low_complaints, sum(rated) AS rated,
    sum(score) AS score, sum(final_score) AS final_score, sum(final_rated) AS final_rated,
    sum(repeats) AS repeats, sum(identified) AS identified, sum(replied) AS replied,
    sum(score_1) AS score_1, sum(score_2) AS score_2, sum(score_3) AS score_3,
    sum(score_4) AS score_4, sum(score_5) AS score_5, sum(score_6) AS score_6,
    sum(score_7) AS score_7, sum(score_8) AS score_8, sum(score_9) AS score_9,
    sum(score_10) AS score_10, sum(score_unknown) AS score_unknown,
    sum(due) AS due, sum(timely) AS timely
FROM complaint_events($files::VARCHAR[])
GROUP BY GROUPING SETS (
    (day, region_id), (day, region_id, channel), (day, region_id, service),
    (day, region_id, category), (day, region_id, technology)
)
ORDER BY dimension, day, region_id NULLS LAST, value NULLS LAST;

-- name: complaint_spans
-- The first and the last day that the daily sums of each month are of.
SELECT filename AS file, min(day) AS first, max(day) AS last
FROM read_parquet($files::VARCHAR[], filename => true)
GROUP BY filename
ORDER BY filename;
