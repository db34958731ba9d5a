-- Crews that repair, and when they are on duty; as states like works.
CREATE TABLE team_states (
    team_id     VARCHAR NOT NULL,
    name        VARCHAR,                  -- masked: it may be a person's
    skills      VARCHAR,                  -- a list in one text, as delivered (ingest.crews)
    longitude   DOUBLE,                   -- where the team starts from
    latitude    DOUBLE,
    region_ids  VARCHAR,                  -- a list in one text; NULL: works everywhere
    state_at    TIMESTAMPTZ NOT NULL,
    known_at    TIMESTAMPTZ NOT NULL,
    delivery_id BIGINT NOT NULL
);
CREATE TABLE shift_states (
    team_id      VARCHAR NOT NULL,
    starts_at    TIMESTAMPTZ NOT NULL,
    ends_at      TIMESTAMPTZ NOT NULL,    -- = starts_at: the shift is cancelled
    announced_at TIMESTAMPTZ,
    state_at     TIMESTAMPTZ NOT NULL,
    known_at     TIMESTAMPTZ NOT NULL,
    delivery_id  BIGINT NOT NULL
);
