-- When a source made a KPI row, where it says so: an older revision that arrives late changes nothing.
ALTER TABLE kpis ADD COLUMN revised_at TIMESTAMPTZ;
ALTER TABLE kpi_revisions ADD COLUMN revised_at TIMESTAMPTZ;
