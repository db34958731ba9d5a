-- Work orders: their events, which are never changed, and what these make, kept for reading.
CREATE TABLE work_orders (
    id {id},
    site_id {path} NOT NULL,       -- the site; a cell without one stands for itself
    cause {name} NOT NULL,
    region_id {path},
    team_id {path},                -- the team it was given to
    state {name} NOT NULL,
    is_open {count} NOT NULL,      -- 1: something is still to be done or proven
    seq {count} NOT NULL,          -- of its newest event
    opened_at {moment} NOT NULL,
    since {moment} NOT NULL,       -- when it came into its state
    changed_at {moment} NOT NULL,  -- of its newest event
    words {text} NOT NULL,         -- what search looks in, lower case
    body {text} NOT NULL,          -- the whole order as JSON
    CONSTRAINT ck_work_orders_state CHECK (
        state IN ('proposed', 'accepted', 'dispatched', 'on_site', 'repaired', 'verified',
                  'closed', 'rejected', 'cancelled', 'reopened')
    ),
    CONSTRAINT ck_work_orders_open CHECK (
        (is_open = 1) = (state NOT IN ('verified', 'closed', 'rejected', 'cancelled'))
    )
);
-- One open order per site and cause, whoever proposes it.
CREATE UNIQUE INDEX ux_work_orders_open ON work_orders (site_id, cause) WHERE is_open = 1;
CREATE INDEX ix_work_orders_state ON work_orders (state, changed_at);
CREATE INDEX ix_work_orders_changed_at ON work_orders (changed_at);
CREATE INDEX ix_work_orders_newest ON work_orders (is_open, id);
CREATE INDEX ix_work_orders_site ON work_orders (site_id, id);
CREATE INDEX ix_work_orders_team ON work_orders (team_id, id);

CREATE TABLE work_order_cells (
    order_id {count} NOT NULL,
    cell_id {path} NOT NULL,
    CONSTRAINT pk_work_order_cells PRIMARY KEY (order_id, cell_id)
);
CREATE INDEX ix_work_order_cells_cell ON work_order_cells (cell_id);

CREATE TABLE work_order_events (
    id {id},
    order_id {count} NOT NULL,
    seq {count} NOT NULL,          -- 1, 2, 3 … within the order
    kind {name} NOT NULL,          -- propose, accept, dispatch, …
    state_before {name},           -- NULL: the first
    state_after {name} NOT NULL,
    at {moment} NOT NULL,          -- by the clock of the facts
    who {name} NOT NULL,
    actor {name} NOT NULL,         -- person, crew, system, peer
    reason {text} NOT NULL,
    details {text} NOT NULL,       -- JSON
    request_key {path},            -- a request that is repeated with its key does nothing twice
    CONSTRAINT ck_work_order_events_actor CHECK (actor IN ('person', 'crew', 'system', 'peer'))
);
CREATE UNIQUE INDEX ux_work_order_events_seq ON work_order_events (order_id, seq);
CREATE UNIQUE INDEX ux_work_order_events_key ON work_order_events (request_key)
    WHERE request_key IS NOT NULL;
CREATE INDEX ix_work_order_events_at ON work_order_events (at);

-- The plan of the shifts as it was made last: a suggestion, which may change with every forecast.
CREATE TABLE work_order_plans (
    order_id {count} NOT NULL,
    team_id {path} NOT NULL,
    place {count} NOT NULL,        -- which stop of the team
    starts_at {moment} NOT NULL,   -- setting out
    arrives_at {moment} NOT NULL,
    ends_at {moment} NOT NULL,
    travel_min {number} NOT NULL,
    work_min {number} NOT NULL,
    per_hour {number} NOT NULL,    -- expected complaints avoided per crew hour
    made_at {moment} NOT NULL,
    CONSTRAINT pk_work_order_plans PRIMARY KEY (order_id)
);
