-- What became of forecasts once their horizon was over: a cache of what follows from forecasts and
-- facts (see forecasting/fates). Every row says with whose knowledge it was judged; a later
-- judgement of a forecast replaces the one before.

CREATE TABLE forecast_judgements (
    as_of     TIMESTAMPTZ NOT NULL,       -- the forecast
    known_at  TIMESTAMPTZ NOT NULL,       -- judged by what was known then
    made_at   TIMESTAMPTZ NOT NULL,       -- when the forecast was made that was judged
    horizon_h INTEGER NOT NULL,
    settled   BOOLEAN NOT NULL,           -- no later revision follows
    daily     BOOLEAN NOT NULL            -- first of its local day: measured beside baselines
);

-- Cells of a forecast that were red or yellow, or had a complaint; all others were rightly calm.
CREATE TABLE forecast_fates (
    as_of              TIMESTAMPTZ NOT NULL,
    known_at           TIMESTAMPTZ NOT NULL,
    cell_id            VARCHAR NOT NULL,
    status             VARCHAR NOT NULL,  -- as forecast: green | yellow | red | unknown
    fate               VARCHAR NOT NULL,  -- hit | miss | false_alarm | treated
    quiet              BOOLEAN NOT NULL,
    cause              VARCHAR,           -- as named by the forecast
    probability        DOUBLE,
    low_complaints     DOUBLE NOT NULL,   -- that came within the horizon; a fraction where spread
    first_complaint_at TIMESTAMPTZ,
    treated_at         TIMESTAMPTZ        -- first works on the cell or its site within the horizon
);

-- The first forecast of each local day beside rules that anybody could follow: sums, so that days
-- add up to weeks.
CREATE TABLE forecast_scores (
    as_of             TIMESTAMPTZ NOT NULL,
    known_at          TIMESTAMPTZ NOT NULL,
    scope             VARCHAR NOT NULL,   -- all | quiet
    score             VARCHAR NOT NULL,   -- forecast, or the name of a rule
    cells             BIGINT NOT NULL,
    positives         DOUBLE NOT NULL,    -- cells with a low-satisfaction complaint
    visits            DOUBLE NOT NULL,    -- at crew capacity
    found             DOUBLE NOT NULL,
    visits_1pct       DOUBLE NOT NULL,    -- at 1 % of the cells
    found_1pct        DOUBLE NOT NULL,
    average_precision DOUBLE,             -- NULL: nothing happened
    expected          DOUBLE,             -- low-satisfaction complaints; NULL: the rule tells none
    observed          DOUBLE NOT NULL
);

CREATE TABLE forecast_reliability (
    as_of    TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    bin      DOUBLE NOT NULL,             -- lower edge of the forecast probability
    cells    BIGINT NOT NULL,
    forecast DOUBLE NOT NULL,             -- sum of the probabilities
    observed DOUBLE NOT NULL              -- cells with a low-satisfaction complaint
);
