-- Reports handed over: one row per report and recipient, and what became of it.
CREATE TABLE report_deliveries (
    id {id},
    unit {name} NOT NULL,          -- week, month
    first_day {name} NOT NULL,     -- of the period, ISO 8601
    recipient {name} NOT NULL,     -- a mail address; 'folder' for the files
    state {name} NOT NULL,         -- sending, sent, failed, refused, unsure
    attempts {count} NOT NULL,
    first_at {moment} NOT NULL,
    changed_at {moment} NOT NULL,
    next_at {moment},              -- when a failed one is tried again; NULL: never by itself
    snapshot_id {name} NOT NULL,   -- whose numbers it holds
    message {text} NOT NULL,
    CONSTRAINT ck_report_deliveries_state CHECK (
        state IN ('sending', 'sent', 'failed', 'refused', 'unsure')
    )
);
CREATE UNIQUE INDEX ux_report_deliveries_once ON report_deliveries (unit, first_day, recipient);
