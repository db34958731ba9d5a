-- Alarms of the network's elements, as states like tickets; and what a ticket's source says of its
-- last change.
CREATE TABLE alarm_states (
    alarm_id         VARCHAR NOT NULL,
    cell_id          VARCHAR,
    site_id          VARCHAR,
    raised_at        TIMESTAMPTZ NOT NULL,
    cleared_at       TIMESTAMPTZ,
    acknowledged_at  TIMESTAMPTZ,
    changed_at       TIMESTAMPTZ,
    severity         VARCHAR,             -- critical | major | minor | warning | indeterminate | cleared
    kind             VARCHAR,             -- alarmType of TMF642 and ITU-T X.733
    probable_cause   VARCHAR,
    specific_problem VARCHAR,             -- masked
    description      VARCHAR,             -- masked
    state            VARCHAR,
    state_at         TIMESTAMPTZ NOT NULL,
    known_at         TIMESTAMPTZ NOT NULL,
    facts            UTINYINT NOT NULL,   -- columns known: of two states of one time the fuller is newer
    delivery_id      BIGINT NOT NULL
);

ALTER TABLE ticket_states ADD COLUMN changed_at TIMESTAMPTZ;  -- last change, by the source's account

-- Which keys customers were hashed with: an HMAC of a constant, from which no key can be told.
CREATE TABLE secret_keys (
    name        VARCHAR NOT NULL,         -- customer
    fingerprint VARCHAR NOT NULL
);
