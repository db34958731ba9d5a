"""Why a cell is red or yellow: the features that raised its risk most, in words people know."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from forecasting.cells.features import CellFeatures
from ingest.catalogue import Catalogue

TOP = 6
_KPI = re.compile(r"^(?P<kpi>[a-z][a-z0-9_]*)\.(?P<kind>dev|pain|beyond)_(?P<window>\w+)$")
COLUMNS = ["cell_id", "rank", "feature", "kpi", "value", "normal", "contribution"]


@dataclass(frozen=True)
class FeatureInfo:
    """What a feature of the model is about.

    Attributes:
        kind: ``dev`` (distance from the own normal), ``pain`` (users' share of it), ``beyond``
            (share of hours beyond the limit), ``group`` (pain of a KPI group), ``neighbours``,
            ``tickets``, ``works``, ``events``, ``calendar`` or ``static``.
        kpi: KPI column, if it is about one.
        window: e.g. ``24h``, if it is about one.
    """

    kind: str
    kpi: str | None = None
    window: str | None = None


def describe(feature: str, catalogue: Catalogue) -> FeatureInfo:
    """What ``feature`` is about, read from its name."""
    if feature.startswith(("cosite:", "near:")):
        return FeatureInfo("neighbours", window=feature.rpartition("_")[2])
    match = _KPI.match(feature)
    if match and match["kpi"] in catalogue.names:
        return FeatureInfo(match["kind"], match["kpi"], match["window"])
    for kind, words in _KINDS.items():
        if any(word in feature for word in words):
            return FeatureInfo(kind, window=feature.rpartition("_")[2] if "_" in feature else None)
    return FeatureInfo("static")


_KINDS = {
    "group": ("pain_",),
    "tickets": ("tickets", "ticket_h", "low_", "repeats", "satisfaction"),
    "works": ("works",),
    "events": ("event",),
    "calendar": ("origin_hour", "days_off"),
}


def top_drivers(
    features: CellFeatures, contributions: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """The features that moved the risk of some cells most, one per KPI.

    Several features of one KPI (its windows) tell one story: their contributions are added and
    shown as the strongest of them.

    Args:
        features: at the origin.
        contributions: per cell (index) and feature, change of the log of the expected count.
        catalogue: the KPIs.

    Returns:
        ``cell_id, rank`` (1 is strongest)``, feature, kpi, value, normal, contribution``; value and
        normal are in the KPI's unit over the last 24 h, else the feature and its median over all
        cells. At most ``TOP`` per cell, only those
        that raise the risk.
    """
    if contributions.empty:
        return pd.DataFrame(columns=COLUMNS)
    names = [str(name) for name in contributions]
    about = [describe(name, catalogue) for name in names]
    stories = [info.kpi or name for name, info in zip(names, about, strict=True)]
    parts = contributions.to_numpy(float)
    told: dict[str, list[int]] = {}
    for column, story in enumerate(stories):
        told.setdefault(story, []).append(column)
    medians = features.table.median()
    rows = []
    for number, cell_id in enumerate(contributions.index):
        total = {story: float(parts[number, columns].sum()) for story, columns in told.items()}
        raising = sorted((s for s in total if total[s] > 0), key=lambda s: (-total[s], s))
        for rank, story in enumerate(raising[:TOP], start=1):
            strongest = max(told[story], key=lambda column: parts[number, column])
            kpi, feature = about[strongest].kpi, names[strongest]
            if kpi is None:
                value, normal = features.table.loc[cell_id, feature], medians[feature]
            else:
                value, normal = features.levels.loc[cell_id, [f"{kpi}.value", f"{kpi}.normal"]]
            rows.append((cell_id, rank, feature, kpi, value, normal, total[story]))
    return pd.DataFrame(rows, columns=COLUMNS)
