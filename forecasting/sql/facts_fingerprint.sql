-- Tells whether the same facts are known up to the origin, whatever the order of their loading.
-- KPIs are told by forecasting.hours.hashes, hand-overs by forecasting.cells.relations. Of tickets
-- and alarms, the moments of what is still to come are left out: they are not known yet.
SELECT
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (
            SELECT * EXCLUDE (delivery_id, state_at, facts, answer_known_at, callback_known_at)
            FROM tickets_as_of($origin::TIMESTAMPTZ)
        ) AS f
    ) AS tickets,
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (SELECT * EXCLUDE (delivery_id) FROM cells_as_of($origin::TIMESTAMPTZ)) AS f
    ) AS cells,
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (SELECT * EXCLUDE (delivery_id) FROM regions_as_of($origin::TIMESTAMPTZ)) AS f
    ) AS regions,
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (SELECT * EXCLUDE (delivery_id) FROM works_as_of($origin::TIMESTAMPTZ)) AS f
    ) AS works,
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (SELECT * EXCLUDE (delivery_id) FROM events_as_of($origin::TIMESTAMPTZ)) AS f
    ) AS events,
    (
        SELECT concat_ws('/', count(*), bit_xor(hash(f)))
        FROM (
            SELECT * EXCLUDE (delivery_id, state_at, facts)
            FROM alarms_as_of($origin::TIMESTAMPTZ)
        ) AS f
    ) AS alarms
