-- Counters that formulas ask for, as the newest delivery has them; KPIs are computed from these, so that several
-- counter groups of one interval, in whatever order they arrive, make one row. Kept for keep_counters_days.
CREATE TABLE counters (
    cell_id     VARCHAR NOT NULL,
    ts          TIMESTAMPTZ NOT NULL,     -- start of the interval
    period_min  INTEGER NOT NULL,
    counter     VARCHAR NOT NULL,         -- as the formulas call it: X, X[2], sum(X)
    value       DOUBLE,                   -- NULL: the source said that it does not know
    cumulative  BOOLEAN NOT NULL,         -- only rises: the difference to the interval before counts
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);
