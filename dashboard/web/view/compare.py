"""Up to six cells side by side: who they are, and how each KPI stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import kpi_quality
from dashboard.web.view import words as w
from dashboard.web.view.state import path_to

MOST = 6
KEPT = ("range", "from", "to")  # of the address, when cells are added or taken away


@dataclass(frozen=True)
class Compared:
    """One of the cells.

    Attributes:
        cell_id: which.
        name: as people call it.
        href: its page.
        without: the comparison without it.
        status: that may be shown.
        region: its district.
        technology: LTE, NR …
        facts: label and value of what stands at its head.
    """

    cell_id: str
    name: str
    href: str
    without: str
    status: str
    region: str
    technology: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Comparison:
    """What the address asks for.

    Attributes:
        cells: those that there are, in the order asked for, at most ``MOST``.
        unknown: ids that the snapshot does not hold.
        dropped: ids beyond ``MOST``.
    """

    cells: tuple[Compared, ...]
    unknown: tuple[str, ...]
    dropped: tuple[str, ...]


def asked(text: str | None) -> tuple[str, ...]:
    """Cell ids from ``a,b,c``; each once, in the order given."""
    names = (name.strip() for name in (text or "").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def comparison(look: Look, ids: Sequence[str]) -> Comparison:
    """The cells to compare, those that are unknown, and those beyond the sixth."""
    rows = look.snapshot.rows("compared_cells", {"cell_ids": list(ids)})
    by_id = {row["cell_id"]: row for row in rows}
    known = [cell_id for cell_id in ids if cell_id in by_id]
    shown = known[:MOST]
    return Comparison(
        cells=tuple(_compared(look, by_id[cell_id], shown) for cell_id in shown),
        unknown=tuple(cell_id for cell_id in ids if cell_id not in by_id),
        dropped=tuple(known[MOST:]),
    )


def compare_href(look: Look, ids: Sequence[str]) -> str:
    """The comparison of these cells, over the same span."""
    kept = {name: look.state.query.get(name) for name in KEPT}
    return look.state.href("/cells", compare=",".join(ids) or None, **kept)


def _compared(look: Look, row: dict[str, Any], shown: list[str]) -> Compared:
    texts, cell_id = look.words.texts, row["cell_id"]
    risky = row["status"] in ("red", "yellow")
    hours = look.snapshot.manifest.horizon_h
    facts = (
        (texts("compare.probability", hours=hours), w.percent(row["probability"])),
        (texts("cell.quality"), kpi_quality.short(look, row)),
        (texts("cell.cause"), look.words.cause(row["cause"]) if risky else w.NOTHING),
        (texts("cell.tickets_7d"), w.measure(row["tickets_7d"])),
    )
    return Compared(
        cell_id=cell_id,
        name=row["name"] or cell_id,
        href=look.state.href(path_to("cells", cell_id)),
        without=compare_href(look, [other for other in shown if other != cell_id]),
        status=look.freshness.status(row["status"]),
        region=row["region_name"] or row["region_id"] or "",
        technology=row["technology"] or "",
        facts=facts,
    )
