-- Views and as-of macros, made anew whenever the warehouse is opened.
-- <feed>_as_of(as_of) shows exactly what was known at that moment.

-- name: cells
CREATE OR REPLACE VIEW cells AS
SELECT * FROM cell_states
QUALIFY row_number() OVER (PARTITION BY cell_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: cells_as_of
CREATE OR REPLACE MACRO cells_as_of(as_of) AS TABLE
SELECT * FROM cell_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY cell_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: regions
CREATE OR REPLACE VIEW regions AS
SELECT * FROM region_states
QUALIFY row_number() OVER (PARTITION BY region_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: regions_as_of
CREATE OR REPLACE MACRO regions_as_of(as_of) AS TABLE
SELECT * FROM region_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY region_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: works
CREATE OR REPLACE VIEW works AS
SELECT * FROM work_states
QUALIFY row_number() OVER (PARTITION BY work_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: works_as_of
CREATE OR REPLACE MACRO works_as_of(as_of) AS TABLE
SELECT * FROM work_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY work_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: events
CREATE OR REPLACE VIEW events AS
SELECT * FROM event_states
QUALIFY row_number() OVER (PARTITION BY event_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: events_as_of
CREATE OR REPLACE MACRO events_as_of(as_of) AS TABLE
SELECT * FROM event_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY event_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: teams
CREATE OR REPLACE VIEW teams AS
SELECT * FROM team_states
QUALIFY row_number() OVER (PARTITION BY team_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: teams_as_of
CREATE OR REPLACE MACRO teams_as_of(as_of) AS TABLE
SELECT * FROM team_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY team_id
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: shifts
CREATE OR REPLACE VIEW shifts AS
SELECT * FROM shift_states
QUALIFY row_number() OVER (PARTITION BY team_id, starts_at
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: shifts_as_of
CREATE OR REPLACE MACRO shifts_as_of(as_of) AS TABLE
SELECT * FROM shift_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY team_id, starts_at
    ORDER BY state_at DESC, known_at DESC, delivery_id DESC) = 1;

-- name: tickets
CREATE OR REPLACE VIEW tickets AS
SELECT * FROM ticket_states
QUALIFY row_number() OVER (PARTITION BY ticket_id
    ORDER BY state_at DESC, known_at DESC, facts DESC, delivery_id DESC) = 1;

-- name: tickets_as_of
-- The newest state known then, with the facts that only became known later taken out. A state
-- changed after that moment stands only where there is no other.
CREATE OR REPLACE MACRO tickets_as_of(as_of) AS TABLE
SELECT * REPLACE (
    CASE WHEN recorded_at <= as_of THEN recorded_at END AS recorded_at,
    CASE WHEN replied_at <= as_of THEN replied_at END AS replied_at,
    CASE WHEN closed_at <= as_of THEN closed_at END AS closed_at,
    CASE WHEN callback_known_at <= as_of THEN callback_at END AS callback_at,
    CASE WHEN answer_known_at <= as_of THEN satisfaction END AS satisfaction,
    CASE WHEN callback_known_at <= as_of THEN callback_satisfaction END AS callback_satisfaction,
    CASE WHEN changed_at <= as_of THEN changed_at END AS changed_at,
    CASE WHEN coalesce(greatest(replied_at, closed_at, callback_at, changed_at) <= as_of, true)
         THEN status END AS status
)
FROM ticket_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY ticket_id
    ORDER BY CASE WHEN changed_at > as_of THEN changed_at END NULLS FIRST, state_at DESC, known_at DESC, facts DESC, delivery_id DESC) = 1;

-- name: alarms
CREATE OR REPLACE VIEW alarms AS
SELECT * FROM alarm_states
QUALIFY row_number() OVER (PARTITION BY alarm_id
    ORDER BY state_at DESC, known_at DESC, facts DESC, delivery_id DESC) = 1;

-- name: alarms_as_of
-- The newest state known then, without what came later: its clearing, its acknowledgement, and the
-- severity and words of a state that was changed later for another reason than these two.
CREATE OR REPLACE MACRO alarms_as_of(as_of) AS TABLE
SELECT * REPLACE (
    CASE WHEN cleared_at <= as_of THEN cleared_at END AS cleared_at,
    CASE WHEN acknowledged_at <= as_of THEN acknowledged_at END AS acknowledged_at,
    CASE WHEN changed_at <= as_of THEN changed_at END AS changed_at,
    CASE WHEN state_at <= as_of OR (severity <> 'cleared'
              AND (changed_at IS NULL OR changed_at IN (cleared_at, acknowledged_at)))
         THEN severity END AS severity,
    CASE WHEN state_at <= as_of THEN state END AS state
)
FROM alarm_states WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY alarm_id
    ORDER BY CASE WHEN state_at > as_of THEN state_at END NULLS FIRST,
    state_at DESC, known_at DESC, facts DESC, delivery_id DESC) = 1;

-- name: kpis_as_of
-- The newest revision known then. Every key of kpi_revisions is in kpis: only where the newest
-- revision was not known yet, an older one stands for it.
CREATE OR REPLACE MACRO kpis_as_of(as_of) AS TABLE
SELECT * FROM kpis WHERE known_at <= as_of
UNION ALL BY NAME
SELECT r.* FROM kpi_revisions r
SEMI JOIN (SELECT cell_id, ts FROM kpis WHERE known_at > as_of) k USING (cell_id, ts)
WHERE r.known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY cell_id, ts ORDER BY known_at DESC, delivery_id DESC) = 1;

-- name: handovers_as_of
-- As for KPIs: the newest revision of each relation and interval that was known then.
CREATE OR REPLACE MACRO handovers_as_of(as_of) AS TABLE
SELECT * FROM handovers WHERE known_at <= as_of
UNION ALL BY NAME
SELECT r.* FROM handover_revisions r
SEMI JOIN (SELECT cell_id, neighbour_id, ts FROM handovers WHERE known_at > as_of) k
    USING (cell_id, neighbour_id, ts)
WHERE r.known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY cell_id, neighbour_id, ts
    ORDER BY known_at DESC, delivery_id DESC) = 1;

-- name: work_orders_as_of
-- What each order was about, as it was known then; place and cause are those of its opening.
CREATE OR REPLACE MACRO work_orders_as_of(as_of) AS TABLE
SELECT * REPLACE (
    first_value(site_id) OVER (PARTITION BY order_id ORDER BY event_id) AS site_id,
    first_value(cause) OVER (PARTITION BY order_id ORDER BY event_id) AS cause
)
FROM work_orders WHERE known_at <= as_of
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY event_id DESC) = 1;

-- name: work_order_events_as_of
CREATE OR REPLACE MACRO work_order_events_as_of(as_of) AS TABLE
SELECT * FROM work_order_events WHERE known_at <= as_of;
