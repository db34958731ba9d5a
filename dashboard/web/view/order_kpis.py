"""The KPIs of an order's worst cell against its own normal: what a crew checks before it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.dispatch.model import Order
from dashboard.web.context import Context, Look
from dashboard.web.view import words as w
from dashboard.web.view.kpis import Series, kpi_series

SHOWN = 6


@dataclass(frozen=True)
class Value:
    """One KPI: its newest value, its normal band (empty: unknown), and whether it is off."""

    label: str
    value: str
    usual: str
    off: bool


@dataclass(frozen=True)
class Now:
    """KPIs of one cell.

    Attributes:
        cell: its name.
        until: up to when they reach, in words.
        values: those off normal first; at most ``SHOWN``.
        all: how many KPIs there are.
    """

    cell: str
    until: str
    values: tuple[Value, ...]
    all: int

    @property
    def off(self) -> int:
        """How many of those shown are off normal."""
        return sum(value.off for value in self.values)


def kpis_now(context: Context, look: Look, order: Order) -> Now | None:
    """Of the order's cell with the highest risk now; None without recent KPIs."""
    asked = {"cell_ids": list(order.draft.cell_ids), "site_id": order.draft.site_id}
    row = next((r for r in look.snapshot.rows("order_cells", asked) if r["named"]), None)
    if row is None:
        return None
    found = kpi_series(context, look, row["cell_id"], ahead=False)
    if not found:
        return None
    # What has a direction can be off normal; load alone cannot.
    judged = [series for series in found if series.last is not None]
    values = [_value(look, series) for series in judged]
    values.sort(key=lambda value: not value.off)  # stable: else in catalogue order
    until = max(series.end for series in found)
    return Now(row["name"] or row["cell_id"], look.words.moment(until), tuple(values[:SHOWN]),
               len(values))  # fmt: skip


def _value(look: Look, series: Series) -> Value:
    words, kpi, last = look.words, series.kpi, series.last
    low, high = series.last_band
    usual = ""
    if low is not None and high is not None:
        usual = words.texts("order.kpi_usual", low=w.measure(low), high=w.measure(high))
    return Value(words.kpi_label(kpi.name), words.with_unit(last, kpi), usual, _off(series))


def _off(series: Series) -> bool:
    """Outside of the band, on the side that is worse."""
    last, (low, high) = series.last, series.last_band
    if last is None or low is None or high is None:
        return False
    worse = series.kpi.worse
    return (worse == "lower" and last < low) or (worse == "higher" and last > high)
