"""The table of cells: every cell with what is known of it, filtered, sorted, as numbers and words.

Made once for a snapshot and language; filtering and sorting then run over arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import h3
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dashboard.plain import absent
from dashboard.snapshot import COUNT_KEYS
from dashboard.web.context import Context, Look
from dashboard.web.view import words as w
from dashboard.web.view.bursts import burst_rows
from dashboard.web.view.cells_columns import COLUMNS
from dashboard.web.view.cells_query import CellsQuery, parse
from dashboard.web.view.cells_where import Floats, Mask, Objects, mask_of
from dashboard.web.view.wall_orders import orders_by_cell, version_of

Rows = npt.NDArray[np.int64]
NONE: Rows = np.zeros(0, dtype=np.int64)
# A cell belongs to a hexagon of which its footprint has at least this share.
_SEARCHED = ("name", "cell_id", "site_id", "region", "cause")
_QUALITY_RANK = {"bad": 0, "degraded": 1, "good": 2}


@dataclass(frozen=True)
class CellsTable:
    """All cells, in the order of their ids.

    Attributes:
        facts: as the snapshot has them, with ``region_name``; one row per cell.
        codes: ``status``, ``region_id``, ``technology``, ``cause``, ``agreement``, ``quality`` and
            ``quiet`` as codes; status and quality are unknown when stale.
        texts: what the table says, by column.
        numbers: of the columns that have any, NaN for unknown; times in seconds.
        hay: what words are looked for in, in lower case.
        places: longitude and latitude, shape (cells, 2).
        place_of: place of each cell by its id.
        known: regions, technologies and causes that one may choose by.
        ranks: order of texts, made when somebody sorts by them.
    """

    facts: pa.Table
    codes: Mapping[str, Objects]
    texts: Mapping[str, Objects]
    numbers: Mapping[str, Floats]
    hay: list[str]
    places: Floats
    place_of: Mapping[str, int]
    known: Mapping[str, frozenset[str]]
    ranks: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.hay)

    @property
    def ids(self) -> Objects:
        """The cells' ids."""
        return self.codes["cell_id"]


def table_of(context: Context, look: Look) -> CellsTable:
    """The table of a snapshot in one language; kept."""
    key = ("cells", look.version, look.words.language)
    base = context.cells_memo.get(key, lambda: _table(look))
    version = version_of(context, look)
    if context.dispatch is None or version == f"{look.version}/unread":
        return base
    # A step of an order changes one column: the rest stays as it was made for the snapshot.
    at = look.state.at_text or ""
    ordered = ("cells ordered", version, at, look.words.language)
    return context.cells_memo.get(ordered, lambda: _with_orders(context, look, base))


def _with_orders(context: Context, look: Look, base: CellsTable) -> CellsTable:
    texts, order = look.words.texts, base.texts["order"].copy()
    for cell_id, found in orders_by_cell(context, look).items():
        place = base.place_of.get(cell_id)
        if place is not None:
            order[place] = texts(f"order_short.{found.state}")
    ranks = {key: ranks for key, ranks in base.ranks.items() if key != "order"}
    return replace(base, texts={**base.texts, "order": order}, ranks=ranks)


def _of_orders(context: Context, look: Look, query: CellsQuery) -> str:
    """What a choice depends on beside the snapshot: the orders, where it is made by them."""
    named = (*(condition.column for condition in query.where), *(key for key, _ in query.sort))
    return version_of(context, look) if "order" in named else ""


def query_of(context: Context, look: Look, query: Mapping[str, str]) -> CellsQuery:
    """The choice of an address, by what the snapshot has.

    Colours of stale data are not shown, so that there is nothing to choose by.
    """
    made = parse(query, table_of(context, look).known)
    if made.area is None or area_of(look, *made.area) is not None:
        return made
    return replace(made, area=None, ignored=(*made.ignored, ("area", ":".join(made.area))))


def area_of(look: Look, kind: str, area_id: str) -> dict[str, Any] | None:
    """Name of an area and of the region it lies in; None where the snapshot has no such area."""
    rows = look.snapshot.rows("area_name", {"kind": kind, "area_id": area_id})
    if not rows and kind == "region":  # a snapshot from before areas were counted
        rows = [row | {"parent_name": None} for row in
                look.snapshot.rows("region", {"region_id": area_id})]  # fmt: skip
    return rows[0] if rows else None


def picked(context: Context, look: Look, query: CellsQuery) -> Rows:
    """Places in the table of the cells that fit, in the order asked for; kept."""
    orders = _of_orders(context, look, query)
    key = ("picked", look.version, look.words.language, query.key, orders)
    return context.cells_memo.get(key, lambda: _picked(context, look, query))


def counts(context: Context, look: Look, query: CellsQuery) -> dict[str, int]:
    """Cells by status that fit all other filters."""
    orders = _of_orders(context, look, query)
    key = ("counts", look.version, look.words.language, query.without("status").key[:-1], orders)
    return context.cells_memo.get(key, lambda: _counts(context, look, query))


def _counts(context: Context, look: Look, query: CellsQuery) -> dict[str, int]:
    table = table_of(context, look)
    fits = _mask(look, table, query.without("status"))
    status = table.codes["status"][fits]
    return {name: int(np.count_nonzero(status == name)) for name in COUNT_KEYS}


def _picked(context: Context, look: Look, query: CellsQuery) -> Rows:
    table = table_of(context, look)
    found = np.flatnonzero(_mask(look, table, query))
    sort = query.sort or (("status", False), ("probability", True))
    # The last key of a lexsort counts most; of equals the id decides, and unknown ones come last.
    keys = [_rank(table, key)[found] * (-1 if down else 1) for key, down in reversed(sort)]
    return found[np.lexsort(keys)]


def _rank(table: CellsTable, key: str) -> Floats:
    if key in table.numbers and key not in ("status", "quality_state"):
        return table.numbers[key]
    if key not in table.ranks:
        if key == "status":
            order = {status: float(n) for n, status in enumerate(COUNT_KEYS[:3])}
            ranks = [order.get(code, np.nan) for code in table.codes["status"]]
        elif key == "quality_state":
            ranks = [float(_QUALITY_RANK.get(code, np.nan)) for code in table.codes["quality"]]
        else:
            codes, _ = pd.factorize(_known(table.texts[key]), sort=True)
            ranks = np.where(codes < 0, np.nan, codes).tolist()
        table.ranks[key] = np.array(ranks, dtype=np.float64)
    return table.ranks[key]


def _known(texts: Objects) -> Objects:
    return np.array([None if text in ("", w.NOTHING) else text for text in texts], dtype=object)


def _mask(look: Look, table: CellsTable, query: CellsQuery) -> Mask:
    fits = np.ones(len(table), dtype=bool)
    # Where all is stale every cell is unknown, and nothing is chosen by colour.
    if query.statuses and look.freshness.fresh:
        fits &= np.isin(table.codes["status"].astype(str), query.statuses)
    for name, value in query.chosen.items():
        if name == "region_id":
            rows = look.snapshot.rows("regions_below", {"region_id": value})
            wanted = [row["region_id"] for row in rows]
            fits &= np.isin(table.codes["region_id"].astype(str), wanted)
        elif look.freshness.fresh or name not in ("agreement", "quality"):
            fits &= table.codes[name] == value
    if query.area is not None:
        fits &= _in_area(look, table, *query.area)
    for condition in query.where:
        fits &= mask_of(condition, table.texts, table.numbers, look.words.zone)
    for word in query.q.lower().split():
        fits &= np.fromiter((word in hay for hay in table.hay), dtype=bool, count=len(table))
    return fits


def _in_area(look: Look, table: CellsTable, kind: str, area_id: str) -> Mask:
    """Cells of a region and of those below it, or cells that stand in a hexagon."""
    if kind == "region":
        rows = look.snapshot.rows("regions_below", {"region_id": area_id})
        return np.isin(table.codes["region_id"].astype(str), [row["region_id"] for row in rows])
    fits = np.zeros(len(table), dtype=bool)
    if not h3.is_valid_cell(area_id):
        return fits
    # Asked one by one, so only those that stand near it.
    ends, level = np.array(h3.cell_to_boundary(area_id))[:, ::-1], h3.get_resolution(area_id)
    near = ((table.places >= ends.min(axis=0)) & (table.places <= ends.max(axis=0))).all(axis=1)
    for place in np.flatnonzero(near):
        longitude, latitude = table.places[place]
        fits[place] = h3.latlng_to_cell(latitude, longitude, level) == area_id
    return fits


def _table(look: Look) -> CellsTable:
    facts = look.snapshot.table("cell_table")
    raw = {name: np.array(facts[name].to_pylist(), dtype=object) for name in facts.column_names}
    n = facts.num_rows
    bursts = _bursts(look)
    raw["burst"] = np.array([bursts.get(cell) for cell in raw["cell_id"]], dtype=object)
    fresh = look.freshness.fresh
    unknown = np.full(n, "unknown", dtype=object)
    codes = {
        "cell_id": raw["cell_id"],
        "status": raw["status"] if fresh else unknown,
        "region_id": raw["region_id"],
        "technology": raw["technology"],
        "cause": raw["cause"],
        "agreement": _or_unknown(raw["agreement"]) if fresh else unknown,
        "quality": _or_unknown(raw["quality_state"]) if fresh else unknown,
        "quiet": _mapped(raw["quiet"], lambda quiet: "yes" if quiet else "no"),
    }
    values = {
        column.key: _floats(raw[column.source], column.kind)
        for column in COLUMNS
        if column.kind != "text"
    }
    if not fresh:
        values["quality"] = np.full(n, np.nan)
    texts = _texts(look, raw, codes, values)
    hay = ["\n".join(parts).lower() for parts in zip(*(texts[k] for k in _SEARCHED), strict=True)]
    places = np.column_stack([_floats(raw[k], "number") for k in ("longitude", "latitude")])
    at = {cell: place for place, cell in enumerate(raw["cell_id"])}
    known = {
        name: frozenset(value for value in codes[name] if value) for name in ("technology", "cause")
    }
    known["region_id"] = frozenset(row["region_id"] for row in look.snapshot.rows("regions"))
    return CellsTable(facts, codes, texts, values, hay, places, at, known)


def _texts(
    look: Look,
    raw: Mapping[str, Objects],
    codes: Mapping[str, Objects],
    values: Mapping[str, Floats],
) -> dict[str, Objects]:
    words, texts = look.words, look.words.texts
    now = look.snapshot.manifest.as_of
    risky = np.isin(raw["status"].astype(str), ("red", "yellow"))
    cause = _mapped(raw["cause"], lambda code: words.cause(code) if code else "")
    cause[risky & (cause == "")] = words.cause(None)
    name = np.where(_mapped(raw["name"], bool).astype(bool), raw["name"], raw["cell_id"])
    region = np.where(_mapped(raw["region_name"], bool).astype(bool), raw["region_name"],
                      raw["region_id"])  # fmt: skip
    shown = {
        "status": _mapped(codes["status"], lambda code: words.status(code, "cells")),
        "name": name,
        "region": _mapped(region, lambda text: text or w.NOTHING),
        "probability": _mapped(values["probability"], w.percent),
        "expected": _mapped(values["expected"], w.expected),
        "quality": _mapped(values["quality"], w.number),
        "quality_state": _mapped(codes["quality"], lambda code: texts(f"cells.quality.{code}")),
        "agreement": _mapped(codes["agreement"], lambda code: texts(f"cells.agreement.{code}")),
        "cause": cause,
        "burst": _mapped(values["burst"], lambda n: "" if absent(n) else w.number(n)),
        "tickets_7d": _mapped(values["tickets_7d"], _tickets),
        "last_kpi_at": _mapped(raw["last_kpi_at"], lambda at: words.short_moment(at, now)),
        "subscribers": _mapped(values["subscribers"], w.number),
        "quiet": _mapped(codes["quiet"], lambda code: texts(f"cells.quiet.{code}")),
    }
    shown["order"] = np.full(len(name), w.NOTHING, dtype=object)
    for key in ("cell_id", "site_id", "technology", "band", "vendor"):
        shown[key] = _mapped(raw[key], lambda text: text or w.NOTHING)
    return shown


def _tickets(n: float) -> str:
    """Whole where it is (nearly) whole: shares of tickets have one digit."""
    return w.number(n, 1 if abs(n - round(n)) >= 0.05 else 0)


def _bursts(look: Look) -> dict[str, float]:
    """Tickets of the batch complaints a cell belongs to; of several, the most."""
    found: dict[str, float] = {}
    for row in burst_rows(look):
        for cell in row["cell_ids"]:
            found[cell] = max(found.get(cell, 0.0), float(round(row["tickets"])))
    return found


def _mapped(values: npt.NDArray[Any], shown: Callable[[Any], Any]) -> Objects:
    """The same for each value that occurs; most occur often."""
    known: dict[Any, Any] = {}
    made = np.empty(len(values), dtype=object)
    for place, value in enumerate(values.tolist()):
        key = None if absent(value) else value  # NaN is no key
        if key not in known:
            known[key] = shown(value)
        made[place] = known[key]
    return made


def _or_unknown(codes: Objects) -> Objects:
    return _mapped(codes, lambda code: code or "unknown")


def _floats(values: Objects, kind: str) -> Floats:
    if kind == "time":
        return np.array([np.nan if v is None else v.timestamp() for v in values], dtype=np.float64)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
