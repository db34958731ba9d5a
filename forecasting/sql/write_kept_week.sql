-- How far a week is kept.
INSERT INTO kept_weeks BY NAME
SELECT
    $monday::DATE AS monday,
    $made_with AS made_with,
    $facts_from::TIMESTAMPTZ AS facts_from,
    $normals_delivery::BIGINT AS normals_delivery,
    $hours_from::TIMESTAMPTZ AS hours_from,
    $hours_until::TIMESTAMPTZ AS hours_until,
    $hours_delivery::BIGINT AS hours_delivery
