-- What the newest look at each repaired or verified order said: how far its proof is. What was
-- decided stands in the events; this is replaced by each look.
CREATE TABLE work_order_proofs (
    order_id {count} NOT NULL,
    repaired_at {moment} NOT NULL, -- the repair that is proven: another one makes it void
    decision {name} NOT NULL,      -- verify, reopen, close, wait
    reasons {text} NOT NULL,       -- JSON
    more {count} NOT NULL,         -- reasons left out
    kpis {count} NOT NULL,         -- asked about, over all cells
    kpis_back {count} NOT NULL,    -- of these in their normal band, by the hours known so far
    known_h {number} NOT NULL,     -- hours known of the least known one
    of_h {number} NOT NULL,        -- hours asked for
    complaints {count} NOT NULL,   -- since the repair
    band_until {moment} NOT NULL,
    quiet_since {moment} NOT NULL,
    quiet_until {moment} NOT NULL,
    give_up_at {moment} NOT NULL,  -- not proven until then: it reopens
    as_of {moment} NOT NULL,       -- by what was known then
    looked_at {moment} NOT NULL,
    CONSTRAINT pk_work_order_proofs PRIMARY KEY (order_id),
    CONSTRAINT ck_work_order_proofs_decision CHECK (
        decision IN ('verify', 'reopen', 'close', 'wait')
    )
);
