-- Batch complaints that stood at each forecast; the same burst has the same id from run to run.
CREATE TABLE bursts (
    as_of           TIMESTAMPTZ NOT NULL,
    burst_id        VARCHAR NOT NULL,
    first_seen_at   TIMESTAMPTZ NOT NULL,  -- hour of the alarm
    window_start    TIMESTAMPTZ NOT NULL,  -- of the window that stands out most at as_of
    window_h        INTEGER NOT NULL,
    longitude       DOUBLE NOT NULL,       -- middle of its disc
    latitude        DOUBLE NOT NULL,
    rings           INTEGER NOT NULL,      -- H3 rings around the middle
    radius_m        DOUBLE NOT NULL,
    tickets         DOUBLE NOT NULL,       -- recorded in disc and window; shares of tickets count
    expected        DOUBLE NOT NULL,       -- usual by then
    llr             DOUBLE NOT NULL,       -- log-likelihood ratio now
    peak_llr        DOUBLE NOT NULL,       -- the highest so far
    p_value         DOUBLE NOT NULL,       -- Monte Carlo, of one hour's scan
    recurrence_days DOUBLE NOT NULL,       -- chance alone gives one as high in so many days
    region_id       VARCHAR,
    site_id         VARCHAR,               -- that carries most of its tickets
    site_share      DOUBLE,
    cell_ids        VARCHAR NOT NULL,      -- JSON lists from here on
    services        VARCHAR NOT NULL,
    categories      VARCHAR NOT NULL,
    words           VARCHAR NOT NULL,
    works           VARCHAR NOT NULL,
    alarms          VARCHAR NOT NULL
);
