"""What is said about the quality of the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Flaw:
    """Something that a data engineer should look at.

    Attributes:
        code: what it is; its words are in ``dashboard/web/i18n`` under ``quality.<code>``.
        weight: how bad, 0 … 1; the worst comes first.
        about: what the words name: ``source, feed, share, since, kpi, vendor, ...``; times are
            aware, shares 0 … 1.
    """

    code: str
    weight: float
    about: dict[str, Any]


@dataclass(frozen=True)
class Shift:
    """A KPI of one group of cells that jumped.

    Attributes:
        kind: ``level`` (its median left what is usual), or ``nulls`` (it is no longer delivered).
        kpi, source, vendor, technology: what and where; vendor and technology may be empty.
        since, until: first and last hour of it (UTC).
        lasting: it goes on at the newest hour.
        cells: rows in an hour of it.
        value, usual: medians, in the KPI's unit; NaN where unknown.
        z: robust z, the median over its hours.
    """

    kind: str
    kpi: str
    source: str
    vendor: str
    technology: str
    since: datetime
    until: datetime
    lasting: bool
    cells: int
    value: float
    usual: float
    z: float


@dataclass(frozen=True)
class Quality:
    """The quality of the data as known at a moment, over the last fifteen local days.

    Attributes:
        as_of: that moment (UTC).
        flaws: the worst first.
        hours: ``source, hour, cells_expected, cells_present, intervals_expected,
            intervals_present``; hours whose data are due.
        cells: ``cell_id, source, day, expected, present`` where something is missing, the newest
            days first.
        sources: ``source, feed, delivered_at, data_time, known_at, files, files_refused, age_min``.
        rejected: ``source, feed, day`` (of loading)``, rows_read, rows_rejected, reasons`` (JSON).
        kpis: ``day, kpi, source, vendor, technology, rows, nulls, p10, median, p90, usual,
            hours_flagged``.
        shifts: ``kind, kpi, source, vendor, technology, since, until, lasting, cells, value, usual,
            z``.
        inventory: ``cell_id, kind`` (``not_in_inventory``/``no_kpis``/``new``)``, source,
            data_time``.
        attribution: ``day, attribution`` (``cell``/``position``/``region``/``none``)``, tickets,
            unknown_cell`` (of them, those that name a cell that is not in the inventory).
    """

    as_of: datetime
    flaws: tuple[Flaw, ...]
    hours: pd.DataFrame
    cells: pd.DataFrame
    sources: pd.DataFrame
    rejected: pd.DataFrame
    kpis: pd.DataFrame
    shifts: pd.DataFrame
    inventory: pd.DataFrame
    attribution: pd.DataFrame
