-- What is known at the origin: first and newest KPI interval, tickets, and how many.
SELECT
    (SELECT min(ts) FROM kpis_as_of($origin::TIMESTAMPTZ)) AS first_kpi,
    (SELECT max(ts + to_minutes(period_min)) FROM kpis_as_of($origin::TIMESTAMPTZ)) AS newest_kpi,
    (SELECT min(created_at) FROM tickets_as_of($origin::TIMESTAMPTZ)) AS first_ticket,
    (SELECT max(created_at) FROM tickets_as_of($origin::TIMESTAMPTZ)) AS newest_ticket,
    (SELECT count(*) FROM cells_as_of($origin::TIMESTAMPTZ)) AS cells,
    (SELECT count(*) FROM tickets_as_of($origin::TIMESTAMPTZ)) AS tickets
