"""KPIs from stored counters: the SQL of the formulas that can be told from what is there."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.contracts import Feed
from ingest.counters.rows import split_name
from ingest.formulas.catalogue import Formula, Formulas
from ingest.formulas.sql import value_sql
from ingest.queries import identifier

_SLACK = 1e-6
"""So far beyond its range a result is still the limit itself: rounding, such as 100 × 3 ÷ 3."""

_KEY = ("w.cell_id", "w.ts", "w.period_min", "w.in_file")


@dataclass(frozen=True)
class Computed:
    """The KPIs that can be told, by their formulas; ``counters``: those the formulas use."""

    formulas: dict[str, tuple[Formula, ...]]
    counters: tuple[str, ...]


def computed(formulas: Formulas, present: set[str]) -> Computed:
    """The formulas all of whose counters are among those that are stored."""
    usable = {
        kpi: tuple(formula for formula in each if formula.counters <= present)
        for kpi, each in formulas.by_kpi.items()
    }
    usable = {kpi: each for kpi, each in usable.items() if each}
    used = frozenset().union(*(f.counters for each in usable.values() for f in each))
    return Computed(usable, tuple(sorted(used)))


def is_signed(name: str, formulas: Formulas) -> bool:
    """Whether a counter may be negative."""
    return bool(formulas.signed & {name, split_name(name)[0]})


def wide_columns(ids: list[int], *, simple: bool) -> str:
    """Columns of ``counters_wide`` for these counters, in order.

    ``simple``: all intervals are of one length and no value is unknown, so that a counter that was
    measured has a value; it takes half the work.
    """
    if simple:
        columns = (f"max(value) FILTER (counter_id = {n}) AS v{i}" for i, n in enumerate(ids))
    else:
        columns = (
            f"max(value) FILTER (counter_id = {n} AND ruling) AS v{i}, "
            f"bool_or(counter_id = {n}) AS p{i}"
            for i, n in enumerate(ids)
        )
    return ", ".join(columns) or "0 AS nothing"


def evaluated_sql(what: Computed, feed: Feed, window: tuple[str, str], *, simple: bool) -> str:
    """SELECT of one row per cell and interval of ``counters_wide``.

    Columns: ``cell_id, ts, period_min, in_file``, the KPIs (FLOAT), ``kpi_known``, ``kpi_changed``,
    and per KPI ``undefined:<kpi>`` and ``impossible:<kpi>``. The first formula counts whose
    counters all have a value. A KPI is unknown where it is undefined (no attempts), beyond its
    range, or one of its counters is unknown; where its counters were not all measured, it stays as
    it is in ``kpis``.

    Args:
        what: formulas, and counters in the order of the columns of ``counters_wide``.
        feed: the KPIs' ranges.
        window: SQL of the first and the last moment.
        simple: as for ``wide_columns``.
    """
    low, high = window
    place = {name: i for i, name in enumerate(what.counters)}
    values = {name: f"w.v{i}" for name, i in place.items()}
    inner, outer = [], []
    for j, (kpi, formulas) in enumerate(what.formulas.items()):
        cases, known, there = [], [], []
        for formula in formulas:
            at = sorted(place[name] for name in formula.counters)
            all_known = " AND ".join(f"w.v{i} IS NOT NULL" for i in at)
            cases.append(
                f"WHEN {all_known} THEN {value_sql(formula.tree, values, 'w.period_min * 60.0')}"
            )
            known.append(f"({all_known})")
            there.append("(" + " AND ".join(f"w.p{i}" for i in at) + ")")
        there = known if simple else there
        low_limit, high_limit = feed[kpi].low, feed[kpi].high
        inner += [
            f"CASE {' '.join(cases)} END AS x{j}",
            f"({' OR '.join(known)}) AS k{j}",
            f"({' OR '.join(there)}) AS t{j}",
        ]
        inside = f"x{j} BETWEEN {low_limit - _SLACK!r} AND {high_limit + _SLACK!r}"
        within = f"CAST(greatest({low_limit!r}, least({high_limit!r}, x{j})) AS FLOAT)"
        value = (
            f"CASE WHEN k{j} THEN CASE WHEN {inside} THEN {within} END "
            f"WHEN NOT t{j} THEN old.{identifier(kpi)} END"
        )
        outer += [
            f"{value} AS {identifier(kpi)}",
            f"(k{j} AND x{j} IS NULL) AS {identifier('undefined:' + kpi)}",
            f"(k{j} AND x{j} IS NOT NULL AND NOT ({inside})) AS {identifier('impossible:' + kpi)}",
        ]
    kpis = [identifier(kpi) for kpi in what.formulas]
    olds = [identifier("old:" + kpi) for kpi in what.formulas]
    outer += [f"old.{kpi} AS {old}" for kpi, old in zip(kpis, olds, strict=True)]
    told = " OR ".join(f"t{j}" for j in range(len(kpis))) or "false"
    differs = " OR ".join(
        ["period_min <> old_period_min"]
        + [f"{kpi} IS DISTINCT FROM {old}" for kpi, old in zip(kpis, olds, strict=True)]
    )
    any_value = " OR ".join(f"{kpi} IS NOT NULL" for kpi in kpis) or "false"
    return (
        f"SELECT *, told AND CASE WHEN kpi_known THEN {differs} ELSE {any_value} END "
        f"AS kpi_changed FROM (SELECT {', '.join([*_KEY, *outer])}, ({told}) AS told, "
        "old.period_min AS old_period_min, old.cell_id IS NOT NULL AS kpi_known "
        f"FROM (SELECT {', '.join(['w.*', *inner])} FROM counters_wide w) w LEFT JOIN "
        f"(SELECT * FROM kpis WHERE ts BETWEEN {low} AND {high}) old USING (cell_id, ts))"
    )


def flags_sql(what: Computed, brought: set[str]) -> str:
    """SELECT of how many of the file's intervals are flagged, one column per flag.

    Of KPIs alone that have to do with the counters that the file ``brought``.
    """
    concerned = [k for k, each in what.formulas.items() if any(f.counters & brought for f in each)]
    names = [f"{kind}:{kpi}" for kpi in concerned for kind in ("undefined", "impossible")]
    counts = ", ".join(
        f"count(*) FILTER ({identifier(name)}) AS {identifier(name)}" for name in names
    )
    counts = counts or "count(*) FILTER (false) AS nothing"
    return f"SELECT {counts} FROM counters_evaluated WHERE in_file"
