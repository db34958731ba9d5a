-- How places lie against each other. Parameters are named ($cell_id); lists are cut by $limit.

-- name: coordinates
-- How cells, tickets and regions lie against each other.
SELECT * FROM coordinates ORDER BY first, second;

-- name: boundary_remarks
-- What the people who draw the regions should know, the gravest first.
SELECT * FROM boundary_remarks ORDER BY grave DESC, area_m2 DESC NULLS LAST, code, region_id, other_id;
