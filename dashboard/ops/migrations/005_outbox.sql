-- What others are told of work orders: messages, how far events were looked at, others' own ids.
CREATE TABLE outbox_messages (
    id {id},
    endpoint {name} NOT NULL,      -- of the settings
    recipient {name} NOT NULL,     -- a mail address; else empty
    event_id {count} NOT NULL,     -- of work_order_events
    order_id {count} NOT NULL,
    event_kind {name} NOT NULL,
    message_key {name} NOT NULL,   -- the same over all attempts: by it receivers know it again
    body {text} NOT NULL,          -- JSON, as it was when the event happened
    method {name},                 -- POST or PATCH, fixed by the first attempt
    target {path},                 -- the peer's id of the order, for PATCH
    state {name} NOT NULL,         -- waiting, sending, sent, dead, unsure
    attempts {count} NOT NULL,
    made_at {moment} NOT NULL,
    changed_at {moment} NOT NULL,
    next_at {moment},              -- when a waiting one is tried; NULL: never by itself
    status {count},                -- HTTP status of the last answer
    message {text} NOT NULL,       -- why it was not taken, one line
    resent_by {name},              -- who asked for it to be sent again
    resent_at {moment},
    CONSTRAINT ck_outbox_messages_state CHECK (
        state IN ('waiting', 'sending', 'sent', 'dead', 'unsure')
    )
);
-- However often events are looked at, each becomes one message per endpoint and recipient.
CREATE UNIQUE INDEX ux_outbox_messages_once ON outbox_messages (endpoint, recipient, event_id);
CREATE UNIQUE INDEX ux_outbox_messages_key ON outbox_messages (message_key);
CREATE INDEX ix_outbox_messages_state ON outbox_messages (state, endpoint, event_id);
CREATE INDEX ix_outbox_messages_changed_at ON outbox_messages (changed_at);

CREATE TABLE outbox_cursors (
    endpoint {name} NOT NULL,
    event_id {count} NOT NULL,     -- events up to this one were looked at
    CONSTRAINT pk_outbox_cursors PRIMARY KEY (endpoint)
);

CREATE TABLE work_order_links (
    system {name} NOT NULL,        -- an endpoint, or a peer of the same name that tells us
    order_id {count} NOT NULL,
    external_id {path} NOT NULL,   -- what the order is called there
    CONSTRAINT pk_work_order_links PRIMARY KEY (system, order_id)
);
CREATE UNIQUE INDEX ux_work_order_links_external ON work_order_links (system, external_id);
