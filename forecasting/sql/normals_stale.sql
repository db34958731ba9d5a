-- Did a later delivery bring KPIs that were known when the normals of a week were taken? Nothing
-- else can change what was known then: a revision leaves the row it replaces in kpi_revisions.
SELECT count(*) AS rows FROM (
    SELECT ts FROM kpis
    WHERE delivery_id > $delivery_id AND known_at <= $anchor::TIMESTAMPTZ
        AND ts >= $since::TIMESTAMPTZ AND ts < $anchor::TIMESTAMPTZ
    UNION ALL
    SELECT ts FROM kpi_revisions
    WHERE delivery_id > $delivery_id AND known_at <= $anchor::TIMESTAMPTZ
        AND ts >= $since::TIMESTAMPTZ AND ts < $anchor::TIMESTAMPTZ
)
