-- Roll-ups of KPIs, what was purged, and what the quality of the data is told from.

-- What a recurring job has done: deliveries up to this id are in it; facts before this are gone.
CREATE TABLE upkeep (
    job         VARCHAR NOT NULL,         -- rollups | raw | counters | quality
    delivery_id BIGINT,
    until       TIMESTAMPTZ
);

-- One row per cell and hour: intervals count by their start. The KPI columns (FLOAT) are added from
-- the catalogue when the warehouse is opened.
CREATE TABLE kpi_hourly (
    cell_id  VARCHAR NOT NULL,
    ts       TIMESTAMPTZ NOT NULL,        -- start of the hour
    samples  INTEGER NOT NULL,            -- intervals in it
    minutes  INTEGER NOT NULL,            -- their length
    known_at TIMESTAMPTZ NOT NULL         -- of the newest of them
);

-- One row per cell and local day; for each KPI also <kpi>__worst, that of its worst hour.
CREATE TABLE kpi_daily (
    cell_id  VARCHAR NOT NULL,
    day      DATE NOT NULL,               -- local day
    samples  INTEGER NOT NULL,
    minutes  INTEGER NOT NULL,
    known_at TIMESTAMPTZ NOT NULL
);

-- How many intervals of each cell arrived in each hour of a local day; the last six weeks.
CREATE TABLE quality_cells (
    cell_id    VARCHAR NOT NULL,
    day        DATE NOT NULL,
    source     VARCHAR NOT NULL,          -- of most of its rows
    period_min INTEGER NOT NULL,          -- usual length of an interval on that day
    arrived    INTEGER[] NOT NULL,        -- 24 numbers: intervals that start in the hour 0 … 23
    data_time  TIMESTAMPTZ NOT NULL,      -- end of the newest interval
    known_at   TIMESTAMPTZ NOT NULL       -- of the newest of them
);

-- Each KPI over the cells of one source, vendor and technology, hour by hour; the last six weeks.
CREATE TABLE quality_kpis (
    hour       TIMESTAMPTZ NOT NULL,
    kpi        VARCHAR NOT NULL,
    source     VARCHAR NOT NULL,
    vendor     VARCHAR NOT NULL,          -- empty: not known
    technology VARCHAR NOT NULL,
    rows       INTEGER NOT NULL,
    nulls      INTEGER NOT NULL,
    p10        FLOAT,
    median     FLOAT,
    p90        FLOAT,
    known_at   TIMESTAMPTZ NOT NULL
);
