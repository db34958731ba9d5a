-- Hand-overs of each relation in the four weeks before a Monday, as known at its midnight.
SELECT cell_id, neighbour_id, sum(attempts)::BIGINT AS attempts, sum(successes)::BIGINT AS successes
FROM handovers_as_of($until::TIMESTAMPTZ)
WHERE ts >= $since::TIMESTAMPTZ AND ts < $until::TIMESTAMPTZ
GROUP BY cell_id, neighbour_id
ORDER BY cell_id, neighbour_id
