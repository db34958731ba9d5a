-- Work orders as the ops database has them, mirrored event by event: forecasting learns what was
-- repaired, found and rejected from these tables alone. Nothing in them is ever changed.

-- What an order is about; a row for its opening and for each time it was told of a newer forecast.
CREATE TABLE work_orders (
    order_id    VARCHAR NOT NULL,       -- WO-000123
    event_id    BIGINT NOT NULL,        -- of the ops database: greater is later, over all orders
    known_at    TIMESTAMPTZ NOT NULL,   -- time of that event
    site_id     VARCHAR,                -- a cell without one stands for itself; NULL: as at its opening
    region_id   VARCHAR,
    cause       VARCHAR,                -- as named; NULL: as at its opening
    cell_ids    VARCHAR[] NOT NULL,
    as_of       TIMESTAMPTZ,            -- of the forecast; NULL: opened by hand
    probability DOUBLE,                 -- highest risk of its cells
    expected    DOUBLE                  -- low-satisfaction complaints within the horizon
);

CREATE TABLE work_order_events (
    event_id    BIGINT NOT NULL,
    order_id    VARCHAR NOT NULL,
    seq         INTEGER NOT NULL,       -- within the order, from 1
    kind        VARCHAR NOT NULL,       -- propose | accept | … | repair | verify | reopen | close
    state       VARCHAR NOT NULL,       -- after it
    known_at    TIMESTAMPTZ NOT NULL,   -- when it happened: what is written down at once is known
    actor       VARCHAR NOT NULL,       -- person | crew | system | peer; names stay behind
    team_id     VARCHAR,
    reason      VARCHAR,                -- its code; words stay behind
    found_cause VARCHAR                 -- by the crew
);

-- By what a cell was treated: works | order.
ALTER TABLE forecast_fates ADD COLUMN treatment VARCHAR;
UPDATE forecast_fates SET treatment = 'works' WHERE treated_at IS NOT NULL;
-- A complaint that came although somebody had been there before is a fate of its own.
UPDATE forecast_fates SET fate = 'treated_not'
WHERE fate = 'hit' AND status IN ('red', 'yellow') AND treated_at < first_complaint_at;
