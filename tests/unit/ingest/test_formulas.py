"""Expressions: what they are worth, what is unknown, what is refused and where."""

from __future__ import annotations

import duckdb
import pytest

from ingest.formulas.expression import ExpressionError, counters, parse
from ingest.formulas.sql import value_sql


def worth(text: str, **values: float | None) -> float | None:
    """Value of an expression over counters a, b, c in an interval of 900 s."""
    names = counters(parse(text))
    columns = {
        n: "CAST(NULL AS DOUBLE)" if values.get(n) is None else f"CAST({values[n]!r} AS DOUBLE)"
        for n in names
    }
    [[found]] = duckdb.sql(f"SELECT {value_sql(parse(text), columns, '15 * 60.0')}").fetchall()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a} + {b} * {c}", 26.0),  # 6 + 4 × 5
        ("({a} + {b}) * {c}", 50.0),
        ("{a} - {b} - {c}", -3.0),  # from left to right
        ("{a} / {b} / {c}", 0.3),
        ("-{a} + 2e1", 14.0),
        ("--{a}", 6.0),
        ("{a} * -{b}", -24.0),
        ("min({a}, {b}, {c})", 4.0),
        ("max({a}, {b} + {c})", 9.0),
        ("100 * share({b}, {c})", 80.0),
        ("{a} * period_s / .5", 10800.0),
        ("share(0, {a})", 0.0),
        ("share(period_s - 36, period_s)", 0.96),
        ("share({a}, {a})", 1.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert worth(text, a=6.0, b=4.0, c=5.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{a} / {b}", {"a": 1.0, "b": 0.0}),
        ("{a} / {b}", {"a": 0.0, "b": 0.0}),
        ("{a} / ({b} - {b})", {"a": 1.0, "b": 3.0}),
        ("{a} + {b}", {"a": 1.0}),
        ("0 * {b}", {}),
        ("min({a}, {b})", {"a": 1.0}),
        ("max({a}, {b}, 3)", {"b": 1.0}),
        ("share({a}, {b})", {"a": 0.0, "b": 0.0}),  # no attempts
        ("share({a}, {b})", {"a": 5.0, "b": 4.0}),  # more successes than attempts
        ("share({a}, {b})", {"a": -1.0, "b": 4.0}),
        ("share({a}, {b})", {"a": -2.0, "b": -1.0}),
        ("share({a}, {b})", {"b": 4.0}),
    ],
)
def test_unknown(text: str, values: dict[str, float]) -> None:
    assert worth(text, **values) is None


def test_counters_and_places_in_vectors() -> None:
    tree = parse("sum({DRB.UEActiveDl}) / {RRU Prb,Bin}[3] + { X } [0] + {sum}")
    assert counters(tree) == {"sum(DRB.UEActiveDl)", "RRU Prb,Bin[3]", "X[0]", "sum"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 1, "ends too early"),
        ("{a} +", 6, "ends too early"),
        ("{a} {b}", 6, "out of place"),
        ("{a} ** 2", 6, "out of place"),
        ("({a}", 5, "')' is missing"),
        ("{a}]", 4, "out of place"),
        ("{a}[x]", 5, "whole number"),
        ("{a}[1", 6, "']' is missing"),
        ("{}", 2, "1 to 200"),
        ("coalesce({a}, 0)", 1, "unknown name 'coalesce'"),
        ("__import__('os')", 12, "no part of a formula"),
        ("open", 1, "unknown name 'open'"),
        ("sum({a} + {b})", 9, "')' is missing"),
        ("sum(3)", 5, "one counter in braces"),
        ("share({a})", 1, "two arguments"),
        ("min({a})", 1, "two arguments"),
        ("{a} % 2", 5, "no part of a formula"),
        ("{a};DROP TABLE kpis", 4, "no part of a formula"),
        ("1 2", 3, "out of place"),
    ],
)
def test_refused_with_its_position(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError, match="position") as caught:
        parse(text)
    assert words in str(caught.value)
    assert caught.value.position == position  # from 1; of a counter that of its name


def test_names_are_data_never_sql() -> None:
    name = "a'); DROP TABLE kpis; --"
    assert counters(parse("{" + name + "}")) == {name}


def test_bounded() -> None:
    with pytest.raises(ExpressionError, match="deeper than 40"):
        parse("(" * 500 + "1" + ")" * 500)
    with pytest.raises(ExpressionError, match="longer than 4000"):
        parse("1+" * 3000 + "1")
    with pytest.raises(ExpressionError, match="more than 200 operands"):
        parse("1+" * 1000 + "1")
    nested = "{a}"
    for _ in range(12):
        nested = f"share({nested}, {nested[:200]})" if len(nested) < 200 else f"share({nested}, 1)"
    with pytest.raises(ExpressionError, match=r"functions within functions|deeper"):
        parse(nested)


def test_a_long_chain_of_signs_is_no_trouble() -> None:
    assert worth("-" * 1001 + "{a}", a=2.0) == -2.0
    assert worth("+".join(["{a}"] * 200), a=2.0) == 400.0
