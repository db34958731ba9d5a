-- Tells whether the kept sums of a span of weeks are the same.
SELECT monday::VARCHAR AS monday, concat_ws('/', count(*), bit_xor(hash(cell_id, neighbour_id, attempts))) AS hash
FROM relation_sums WHERE monday >= $first::DATE AND monday <= $last::DATE
GROUP BY monday ORDER BY monday
