-- Runs of the worker's jobs, and what sources were fetched before.
CREATE TABLE job_runs (
    id {id},
    job {name} NOT NULL,           -- inbox, forecast, fetch, …
    source {name},                 -- of a fetch
    started_at {moment} NOT NULL,
    ended_at {moment},             -- NULL: running, or its process was killed
    seconds {number},              -- by a clock that never jumps
    outcome {name},                -- ok, nothing, failed, interrupted, timeout; NULL: running
    files {count} NOT NULL,
    rows_loaded {count} NOT NULL,
    rows_rejected {count} NOT NULL,
    bytes {count} NOT NULL,
    message {text} NOT NULL,
    CONSTRAINT ck_job_runs_outcome CHECK (
        outcome IN ('ok', 'nothing', 'failed', 'interrupted', 'timeout')
    ),
    CONSTRAINT ck_job_runs_ended CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX ix_job_runs_started_at ON job_runs (started_at);
CREATE INDEX ix_job_runs_job_source ON job_runs (job, source, id);

CREATE TABLE taken_files (
    source {name} NOT NULL,
    path {path} NOT NULL,
    size {count} NOT NULL,
    mtime_ns {count} NOT NULL,
    sha256 {name} NOT NULL,
    taken_at {moment} NOT NULL,
    CONSTRAINT pk_taken_files PRIMARY KEY (source, path)
);

CREATE TABLE pulled (
    source {name} NOT NULL,
    url {path} NOT NULL,           -- its query, which may hold secrets, as a hash
    etag {text} NOT NULL,
    last_modified {text} NOT NULL,
    version {text} NOT NULL,       -- what the index said about the file
    period {name} NOT NULL,        -- start of the period of a dated address
    sha256 {name} NOT NULL,
    size {count} NOT NULL,
    pulled_at {moment} NOT NULL,
    CONSTRAINT pk_pulled PRIMARY KEY (source, url)
);
