-- What people asked the worker to do, and when the worker last showed that it lives.
CREATE TABLE job_requests (
    id {id},
    job {name} NOT NULL,           -- inbox, forecast, upkeep, fetch
    source {name} NOT NULL,        -- of a fetch; else empty
    asked_at {moment} NOT NULL,
    asked_by {name} NOT NULL,      -- who; until sign-in exists, the address that asked
    taken_at {moment},             -- NULL: not begun
    ended_at {moment},             -- NULL: waits or runs
    attempts {count} NOT NULL,     -- how often it was begun
    outcome {name},                -- that of the run which answered it
    message {text} NOT NULL,
    CONSTRAINT ck_job_requests_outcome CHECK (
        outcome IN ('ok', 'nothing', 'failed', 'interrupted', 'timeout')
    ),
    CONSTRAINT ck_job_requests_ended CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- Of one job only one request stands open, however often somebody clicks.
CREATE UNIQUE INDEX ux_job_requests_open ON job_requests (job, source) WHERE ended_at IS NULL;
CREATE INDEX ix_job_requests_asked_at ON job_requests (asked_at);

CREATE TABLE worker_beats (
    worker {name} NOT NULL,
    seen_at {moment} NOT NULL,
    CONSTRAINT pk_worker_beats PRIMARY KEY (worker)
);
