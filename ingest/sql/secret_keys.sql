-- Which key the customers of this warehouse are hashed with.

-- name: customers
-- Whether any customer was hashed.
SELECT count(*) > 0 FROM (SELECT 1 FROM ticket_states WHERE customer_hash IS NOT NULL LIMIT 1);

-- name: fingerprint
SELECT max(fingerprint) FROM secret_keys WHERE name = 'customer';

-- name: note
INSERT INTO secret_keys VALUES ('customer', $fingerprint);
