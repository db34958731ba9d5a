"""Why a cell is red or yellow: the features that raised its risk most, in words people know."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from forecasting.cells.features import CellFeatures
from ingest.catalogue import Catalogue

TOP = 6
COLUMNS = ["cell_id", "rank", "feature", "kpi", "value", "normal", "contribution"]
PLACES = ("cosite", "near", "site")  # prefixes of what is told of cells around
_WINDOW = re.compile(r"^(\d+[hd]|now)$")
# The first that fits says what a feature is about; a KPI or a place was looked for before.
_KINDS = (
    ("tickets", re.compile(r"ticket|(^|_)low_|repeats|satisfaction|complain")),
    ("alarms", re.compile(r"alarm")),
    ("works", re.compile(r"work")),
    ("events", re.compile(r"event")),
    ("calendar", re.compile(r"origin_|days_off|holiday|weekend|exam|festival")),
    ("missing", re.compile(r"missing|kpi_age|kpi_hours")),
    ("users", re.compile(r"^users_|deserted")),
    ("group", re.compile(r"pain|suffered")),
)
_OF_KPIS = ("kpi", "group", "users", "missing")


@dataclass(frozen=True)
class FeatureInfo:
    """What a feature of the model is about, read from its name.

    ``<place>:<kpi>.<measure>_<window>``, ``<group>.<measure>_<window>``, ``<word>_<window>``.

    Attributes:
        kind: ``kpi``, ``group`` (several KPIs), ``users``, ``missing``, ``tickets``, ``alarms``,
            ``works``, ``events``, ``calendar`` or ``static``; of cells around: what is told of
            them.
        kpi: KPI column, if it is about one.
        measure: of the KPI or group: ``dev``, ``pain``, ``beyond`` …
        window: e.g. ``24h``, if it has one.
        place: one of ``PLACES`` where it is about cells around, else None.
    """

    kind: str
    kpi: str | None = None
    measure: str | None = None
    window: str | None = None
    place: str | None = None

    @property
    def story(self) -> tuple[str | None, str]:
        """Features of one story are shown as one driver: one per KPI, per kind of fact, per place.

        What never changes (``static``) and what is in the calendar tell stories of their own.
        """
        return self.place, self.kpi or self.kind


def describe(feature: str, catalogue: Catalogue) -> FeatureInfo:
    """What ``feature`` is about."""
    place, colon, name = feature.partition(":")
    if not colon:
        place, name = "", feature
    head, dot, tail = name.partition(".")
    last = name.rpartition("_")[2]
    window = last if _WINDOW.match(last) else None
    shown = place or None
    if dot:
        measure = tail.removesuffix(f"_{window}") if window else tail
        if head in catalogue.names:
            return FeatureInfo("kpi", head, measure, window, shown)
        return FeatureInfo("group", None, measure, window, shown)
    for kind, pattern in _KINDS:
        if pattern.search(name):
            return FeatureInfo(kind, window=window, place=shown)
    return FeatureInfo("static", window=window, place=shown)


def about_kpis(contributions: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """What the KPIs of a cell and of those around it added, in log-odds, by cell."""
    names = [n for n in contributions if describe(str(n), catalogue).kind in _OF_KPIS]
    added: pd.Series = contributions[names].sum(axis=1)
    return added


def top_drivers(
    features: CellFeatures, contributions: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """The features that moved the risk of some cells most, one per story.

    Several features tell one story (the windows of a KPI; all of its tickets): their contributions
    are added and shown as the strongest of them.

    Args:
        features: at the origin.
        contributions: per cell (index) and feature, change of the log of the expected count.
        catalogue: the KPIs.

    Returns:
        ``cell_id, rank`` (1 is strongest)``, feature, kpi, value, normal, contribution``; value and
        normal are in the KPI's unit over the last 24 h, else the feature and its median over all
        cells. At most ``TOP`` per cell, only those that raise the risk.
    """
    if contributions.empty:
        return pd.DataFrame(columns=COLUMNS)
    names = [str(name) for name in contributions]
    about = [describe(name, catalogue) for name in names]
    told: dict[tuple[str | None, str], list[int]] = {}
    for column, info in enumerate(about):
        alone = info.kind in ("static", "calendar")
        told.setdefault((names[column], "") if alone else info.story, []).append(column)
    parts = contributions.to_numpy(float)
    medians = features.table.median()
    rows = []
    for number, cell_id in enumerate(contributions.index):
        total = {story: float(parts[number, columns].sum()) for story, columns in told.items()}
        raising = sorted(
            (s for s in total if total[s] > 0), key=lambda s: (-total[s], s[0] or "", s[1])
        )
        for rank, story in enumerate(raising[:TOP], start=1):
            strongest = max(told[story], key=lambda column: parts[number, column])
            kpi, feature = about[strongest].kpi, names[strongest]
            if kpi is None or about[strongest].place is not None:
                kpi, value = None, features.table.loc[cell_id, feature]
                normal = medians[feature]
            else:
                value, normal = features.levels.loc[cell_id, [f"{kpi}.value", f"{kpi}.normal"]]
            rows.append((cell_id, rank, feature, kpi, value, normal, total[story]))
    return pd.DataFrame(rows, columns=COLUMNS)
