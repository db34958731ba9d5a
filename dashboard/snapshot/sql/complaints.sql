-- What a complaint adds to on the local day on which it was made, and on the day on which it fell
-- due (`at`: the moments of that). Weights are multiples of 2^-20 and scores whole numbers, so that
-- sums are exact in any order. files: of the months asked for; opening a file costs, even unread.
CREATE MACRO complaint_events(files) AS TABLE
SELECT day, created_at AS at, region_id, channel, service, category, technology,
    weight AS tickets,
    CASE WHEN low THEN weight END AS low_complaints,
    CASE WHEN low IS NOT NULL THEN weight END AS rated,
    satisfaction * weight AS score,
    final_satisfaction * weight AS final_score,
    CASE WHEN final_satisfaction IS NOT NULL THEN weight END AS final_rated,
    CASE WHEN repeat THEN weight END AS repeats,
    CASE WHEN repeat IS NOT NULL THEN weight END AS identified,
    CASE WHEN reply_min IS NOT NULL THEN weight END AS replied,
    CASE WHEN satisfaction = 1 THEN weight END AS score_1,
    CASE WHEN satisfaction = 2 THEN weight END AS score_2,
    CASE WHEN satisfaction = 3 THEN weight END AS score_3,
    CASE WHEN satisfaction = 4 THEN weight END AS score_4,
    CASE WHEN satisfaction = 5 THEN weight END AS score_5,
    CASE WHEN satisfaction = 6 THEN weight END AS score_6,
    CASE WHEN satisfaction = 7 THEN weight END AS score_7,
    CASE WHEN satisfaction = 8 THEN weight END AS score_8,
    CASE WHEN satisfaction = 9 THEN weight END AS score_9,
    CASE WHEN satisfaction = 10 THEN weight END AS score_10,
    CASE WHEN satisfaction IS NULL THEN weight END AS score_unknown
FROM read_parquet(files)
UNION ALL BY NAME
SELECT due_day AS day, due_at AS at, region_id, channel, service, category, technology,
    weight AS due,
    CASE WHEN in_time THEN weight END AS timely
FROM read_parquet(files)
WHERE due_day IS NOT NULL;
