-- The warehouse. Times are TIMESTAMPTZ; the session's zone is the operator's (see ingest.warehouse).
-- No primary keys and no indexes: uniqueness is kept by the loader (stage, compare, insert).

-- One row per file that was taken, refused or not; written in the transaction of its rows.
CREATE TABLE deliveries (
    delivery_id    BIGINT NOT NULL,
    file           VARCHAR NOT NULL,
    sha256         VARCHAR NOT NULL,
    feed           VARCHAR NOT NULL,
    profile        VARCHAR NOT NULL,
    mode           VARCHAR NOT NULL,      -- live | history
    loaded_at      TIMESTAMPTZ NOT NULL,
    rows_read      BIGINT NOT NULL,
    rows_loaded    BIGINT NOT NULL,
    rows_updated   BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected  BIGINT NOT NULL,
    rows_merged    BIGINT NOT NULL,
    reasons        VARCHAR NOT NULL,      -- JSON object: reason -> rows
    ignored        VARCHAR[] NOT NULL,    -- columns of the file that no feed knows
    refused        VARCHAR                -- why the whole file was refused; NULL when it was taken
);

CREATE TABLE rejected_rows (
    delivery_id BIGINT NOT NULL,
    file        VARCHAR NOT NULL,
    feed        VARCHAR NOT NULL,
    row_number  BIGINT NOT NULL,          -- 1 = first data row of the file
    column_name VARCHAR,
    value       VARCHAR,
    reason      VARCHAR NOT NULL
);

-- KPI rows: the newest revision here, superseded ones in kpi_revisions.
-- The KPI columns (FLOAT) are added from the catalogue when the warehouse is opened.
CREATE TABLE kpis (
    cell_id     VARCHAR NOT NULL,
    ts          TIMESTAMPTZ NOT NULL,     -- start of the interval
    period_min  INTEGER NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);
CREATE TABLE kpi_revisions (
    cell_id     VARCHAR NOT NULL,
    ts          TIMESTAMPTZ NOT NULL,
    period_min  INTEGER NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);

-- Feeds whose rows change: every distinct state is kept, the view shows the newest.
-- state_at orders the states of one key by the facts themselves; known_at says when we knew.
CREATE TABLE cell_states (
    cell_id          VARCHAR NOT NULL,
    site_id          VARCHAR,
    name             VARCHAR,
    technology       VARCHAR,
    longitude        DOUBLE,              -- WGS-84
    latitude         DOUBLE,
    azimuth_deg      DOUBLE,
    antenna_height_m DOUBLE,
    band             VARCHAR,
    vendor           VARCHAR,
    region_id        VARCHAR,             -- as delivered, else located in the regions
    subscribers      DOUBLE,
    state_at         TIMESTAMPTZ NOT NULL,
    known_at         TIMESTAMPTZ NOT NULL,
    delivery_id      BIGINT NOT NULL
);

CREATE TABLE region_states (
    region_id   VARCHAR NOT NULL,
    name        VARCHAR,
    subscribers DOUBLE,
    parent_id   VARCHAR,
    level       INTEGER,
    geometry    BLOB,                     -- WKB, WGS-84, valid
    state_at    TIMESTAMPTZ NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);

CREATE TABLE ticket_states (
    ticket_id             VARCHAR NOT NULL,
    created_at            TIMESTAMPTZ NOT NULL,
    recorded_at           TIMESTAMPTZ,
    due_at                TIMESTAMPTZ,
    replied_at            TIMESTAMPTZ,
    closed_at             TIMESTAMPTZ,
    callback_at           TIMESTAMPTZ,
    channel               VARCHAR,
    service               VARCHAR,
    category              VARCHAR,
    description           VARCHAR,        -- masked
    cell_id               VARCHAR,        -- as delivered
    longitude             DOUBLE,
    latitude              DOUBLE,
    region_id             VARCHAR,
    customer_hash         VARCHAR,        -- keyed hash, never the number
    satisfaction          INTEGER,        -- 1..10
    callback_satisfaction INTEGER,
    status                VARCHAR,
    state_at              TIMESTAMPTZ NOT NULL,
    known_at              TIMESTAMPTZ NOT NULL,
    answer_known_at       TIMESTAMPTZ,    -- when reply, closing and satisfaction became known
    callback_known_at     TIMESTAMPTZ,
    facts                 UTINYINT NOT NULL,  -- columns known: of two states of one time the fuller is newer
    delivery_id           BIGINT NOT NULL
);

CREATE TABLE work_states (
    work_id     VARCHAR NOT NULL,
    site_id     VARCHAR,
    cell_id     VARCHAR,
    region_id   VARCHAR,
    starts_at   TIMESTAMPTZ NOT NULL,
    ends_at     TIMESTAMPTZ,
    announced_at TIMESTAMPTZ,
    kind        VARCHAR,
    description VARCHAR,
    state_at    TIMESTAMPTZ NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);

CREATE TABLE event_states (
    event_id    VARCHAR NOT NULL,
    name        VARCHAR,
    kind        VARCHAR,
    starts_at   TIMESTAMPTZ NOT NULL,
    ends_at     TIMESTAMPTZ,
    announced_at TIMESTAMPTZ,
    region_id   VARCHAR,
    longitude   DOUBLE,
    latitude    DOUBLE,
    radius_m    DOUBLE,
    state_at    TIMESTAMPTZ NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);

-- What was forecast: kept for ever, so that every forecast can be judged.
CREATE TABLE forecast_runs (
    as_of          TIMESTAMPTZ NOT NULL,
    mode           VARCHAR NOT NULL,      -- cells | tickets
    model_id       VARCHAR,
    made_at        TIMESTAMPTZ NOT NULL,
    details        VARCHAR NOT NULL       -- JSON: policy, calibration, data times, warnings
);

CREATE TABLE cell_forecasts (
    as_of                   TIMESTAMPTZ NOT NULL,
    cell_id                 VARCHAR NOT NULL,
    expected_low_complaints DOUBLE,       -- within the horizon
    probability             DOUBLE,       -- of at least one within the horizon
    status                  VARCHAR NOT NULL,  -- green | yellow | red | unknown
    quiet                   BOOLEAN NOT NULL,
    cause                   VARCHAR
);

CREATE TABLE region_forecasts (
    as_of     TIMESTAMPTZ NOT NULL,
    region_id VARCHAR NOT NULL,
    measure   VARCHAR NOT NULL,           -- tickets | low_complaints
    day       DATE NOT NULL,              -- local day
    mean      DOUBLE NOT NULL,
    lower     DOUBLE NOT NULL,            -- 90 % interval
    upper     DOUBLE NOT NULL,
    model     VARCHAR NOT NULL
);
