-- What forecasting keeps of the KPIs, so that a refresh costs what is new. All of it follows from
-- the facts and the settings and is made anew where it does not. Weeks are named by their local
-- Monday. KPI columns are added from the catalogue when the warehouse is opened.

-- How far each week is kept: its normals, and (for the newest weeks) its hours.
CREATE TABLE kept_weeks (
    monday           DATE NOT NULL,
    made_with        VARCHAR NOT NULL,    -- hash of settings, catalogue and calendar
    facts_from       TIMESTAMPTZ NOT NULL, -- normals: from KPIs of this moment on
    normals_delivery BIGINT NOT NULL,     -- deliveries up to this one are in the normals
    hours_from       TIMESTAMPTZ,         -- hours kept: from … until; NULL: none
    hours_until      TIMESTAMPTZ,
    hours_delivery   BIGINT               -- deliveries up to this one are in the hours
);

-- A cell's own normal per week, local hour and type of day: a FLOAT per KPI.
CREATE TABLE cell_normals (
    monday     DATE NOT NULL,
    cell_id    VARCHAR NOT NULL,
    local_hour UTINYINT NOT NULL,
    off        BOOLEAN NOT NULL           -- day off
);

-- What one unit of each KPI is worth in the cell's usual strays (DOUBLE), signed: worse is positive.
CREATE TABLE cell_steps (
    monday  DATE NOT NULL,
    cell_id VARCHAR NOT NULL
);

-- The last days' intervals: per KPI its value v_… (FLOAT) and its stray z_… (SMALLINT, 1/256).
CREATE TABLE cell_hours (
    cell_id    VARCHAR NOT NULL,
    ts         TIMESTAMPTZ NOT NULL,
    known_at   TIMESTAMPTZ NOT NULL,
    period_min SMALLINT NOT NULL,
    users      DOUBLE NOT NULL
);

-- One hash per local day of KPIs, over the newest revision of every row.
CREATE TABLE kpi_day_hashes (
    day       DATE NOT NULL,
    made_with VARCHAR NOT NULL,
    rows      BIGINT NOT NULL,
    hash      UBIGINT NOT NULL,
    known_at  TIMESTAMPTZ NOT NULL        -- the newest of the day: from then on the hash holds
);
