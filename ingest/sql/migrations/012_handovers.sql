-- Hand-overs per relation of two cells and interval: the newest revision here, superseded ones in
-- handover_revisions. Names follow 3GPP TS 32.425 § 4.3 and TS 28.552 § 5.1.1.6.
CREATE TABLE handovers (
    cell_id      VARCHAR NOT NULL,        -- the cell that hands over
    neighbour_id VARCHAR NOT NULL,        -- the cell that takes over; either may be unknown to cells
    ts           TIMESTAMPTZ NOT NULL,    -- start of the interval
    period_min   INTEGER NOT NULL,
    attempts     BIGINT NOT NULL,
    successes    BIGINT,                  -- NULL: not told
    known_at     TIMESTAMPTZ NOT NULL,
    delivery_id  BIGINT NOT NULL,
    revised_at   TIMESTAMPTZ              -- when the source made the row, where it says so
);
CREATE TABLE handover_revisions (
    cell_id      VARCHAR NOT NULL,
    neighbour_id VARCHAR NOT NULL,
    ts           TIMESTAMPTZ NOT NULL,
    period_min   INTEGER NOT NULL,
    attempts     BIGINT NOT NULL,
    successes    BIGINT,
    known_at     TIMESTAMPTZ NOT NULL,
    delivery_id  BIGINT NOT NULL,
    revised_at   TIMESTAMPTZ
);

-- What forecasting keeps of them: the sums of the four weeks before a local Monday, as known at its
-- midnight. Made anew when a later delivery brings rows that were known then.
CREATE TABLE relation_weeks (
    monday      DATE NOT NULL,
    delivery_id BIGINT NOT NULL,          -- deliveries up to this one are in the sums
    purged_at   TIMESTAMPTZ               -- rows before it were gone; NULL: none were
);
CREATE TABLE relation_sums (
    monday       DATE NOT NULL,
    cell_id      VARCHAR NOT NULL,
    neighbour_id VARCHAR NOT NULL,
    attempts     BIGINT NOT NULL,
    successes    BIGINT                   -- NULL: told of none of them
);
