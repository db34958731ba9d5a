-- Days of KPIs that deliveries after a mark have touched lose their hash; so do those whose rows
-- were removed, and those hashed in another way.
DELETE FROM kpi_day_hashes
WHERE made_with NOT IN ($made_with, $made_then)
    OR day < $purged::TIMESTAMPTZ::DATE
    OR day IN (SELECT ts::DATE FROM kpis WHERE delivery_id > $delivery_id)
    OR day IN (SELECT ts::DATE FROM kpi_revisions WHERE delivery_id > $delivery_id)
