"""Trees of expressions as DuckDB SQL, in which no value can become infinite or NaN unnoticed."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.formulas.expression import Call, Counter, Node, Number, Operation, Period


def value_sql(node: Node, columns: Mapping[str, str], period_s: str) -> str:
    """SQL of the expression's value, DOUBLE; NULL where it is unknown.

    A division by zero and whatever takes part in an unknown value are unknown.

    Args:
        node: the tree.
        columns: counter -> SQL of its value, DOUBLE.
        period_s: SQL of the interval's length in seconds.
    """
    if isinstance(node, Number):
        return f"CAST({node.value!r} AS DOUBLE)"
    if isinstance(node, Counter):
        return f"({columns[node.name]})"
    if isinstance(node, Period):
        return f"({period_s})"
    if isinstance(node, Operation):
        left = value_sql(node.left, columns, period_s)
        right = value_sql(node.right, columns, period_s)
        if node.sign == "/":
            return f"({left} / nullif({right}, 0))"
        return f"({left} {node.sign} {right})"
    return _call(node, [value_sql(a, columns, period_s) for a in node.arguments])


def _call(node: Call, arguments: list[str]) -> str:
    if node.function == "share":
        part, whole = arguments
        return f"CASE WHEN {part} BETWEEN 0 AND {whole} AND {whole} > 0 THEN {part} / {whole} END"
    # least and greatest of DuckDB pass over NULL: one unknown makes the whole unknown here
    known = " AND ".join(f"{a} IS NOT NULL" for a in arguments)
    function = "least" if node.function == "min" else "greatest"
    return f"CASE WHEN {known} THEN {function}({', '.join(arguments)}) END"
