"""Quality now: how good a cell's KPIs are in the last hours, whatever its customers say.

The second layer beside risk. Risk is what customers will complain of; quality is what the counters
show. Where the two disagree, one of them knows something that the other does not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.policy import RED, UNKNOWN, YELLOW, Policy, QualityPolicy
from ingest.catalogue import Catalogue

GOOD, DEGRADED, BAD = "good", "degraded", "bad"
STATES = (GOOD, DEGRADED, BAD, UNKNOWN)
BOTH_GOOD, BOTH_BAD = "both_good", "both_bad"
GOOD_KPIS = "good_kpis_unhappy_users"
BAD_KPIS = "bad_kpis_quiet_users"
AGREEMENTS = (BOTH_BAD, GOOD_KPIS, BAD_KPIS, BOTH_GOOD, UNKNOWN)
COLUMNS = ["quality_now", "quality_state", "quality_kpi"]


def quality_now(
    table: pd.DataFrame, kpi_age_h: pd.Series, catalogue: Catalogue, policy: Policy
) -> pd.DataFrame:
    """Index, state and worst KPI of every cell.

    A KPI starts with 100 points and loses the larger of two: ``points_per_stray`` for each usual
    stray by which it exceeds two (users of bad hours count more, the last 6 hours more than the
    last 24), and ``limit_points`` times the share of the last 24 hours beyond the catalogue's
    limit. A group of KPIs (accessibility, radio …) is as good as its worst. The index mixes the
    mean of the groups with the worst one: a cell that drops every call is not saved by its speed.

    Args:
        table: features by cell (``<kpi>.pain_6h``, ``<kpi>.pain_24h``, ``<kpi>.beyond_24h``, else
            ``<kpi>.dev_6h``, ``<kpi>.dev_24h``); what is missing is unknown.
        kpi_age_h: hours since the end of the newest KPI interval, by cell.
        catalogue: the KPIs; those without a direction (users, traffic) say nothing of quality.
        policy: weights and limits (``[quality]``).

    Returns:
        By cell ``quality_now`` (0 … 100), ``quality_state`` (``STATES``), ``quality_kpi`` (the one
        that lost most, None where nothing was lost). Unknown without a KPI of the last hours.
    """
    rules = policy.quality
    lost = pd.DataFrame(
        {
            kpi.name: _lost(table, kpi.name, rules).where(kpi_age_h <= rules.unknown_after_h)
            for kpi in catalogue.kpis
            if kpi.worse != "none"
        },
        index=table.index,
    )
    group_of = pd.Series({kpi.name: kpi.group for kpi in catalogue.kpis}).reindex(lost.columns)
    groups = 100 - lost.T.groupby(group_of).max().T
    index = rules.worst_share * groups.min(axis=1) + (1 - rules.worst_share) * groups.mean(axis=1)
    worst = lost.fillna(-1.0).idxmax(axis=1).astype(object)
    return pd.DataFrame(
        {
            "quality_now": index,
            "quality_state": _states(index, rules),
            "quality_kpi": worst.where(lost.max(axis=1) > 0, None),
        },
        index=table.index,
    )


def _lost(table: pd.DataFrame, kpi: str, rules: QualityPolicy) -> pd.Series:
    """Points that one KPI loses; NaN where nothing of it is known in the last 6 hours."""
    newest, day = _excess(table, kpi, "6h"), _excess(table, kpi, "24h")
    excess = rules.newest_share * newest + (1 - rules.newest_share) * day
    beyond = _column(table, f"{kpi}.beyond_24h").fillna(0.0)
    points = rules.points_per_stray * excess
    points = points.where(points >= rules.limit_points * beyond, rules.limit_points * beyond)
    return points.clip(0.0, 100.0).where(excess.notna())


def _excess(table: pd.DataFrame, kpi: str, window: str) -> pd.Series:
    """What exceeds two usual strays, mean over users; else what the mean hour exceeds one by."""
    if f"{kpi}.pain_{window}" in table:
        return table[f"{kpi}.pain_{window}"]
    return (_column(table, f"{kpi}.dev_{window}") - 1).clip(lower=0.0)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name] if name in table else pd.Series(np.nan, index=table.index)


def _states(index: pd.Series, rules: QualityPolicy) -> pd.Series:
    state = pd.Series(GOOD, index=index.index, dtype=object)
    state[index < rules.degraded_below] = DEGRADED
    state[index < rules.bad_below] = BAD
    state[index.isna()] = UNKNOWN
    return state


def agreement(status: pd.Series, state: pd.Series) -> pd.Series:
    """How risk and quality go together.

    Args:
        status: colour of each cell's risk.
        state: its ``quality_state``; same index. ``degraded`` contradicts neither colour.

    Returns:
        ``both_bad``; ``good_kpis_unhappy_users`` (red or yellow, good KPIs: the counters miss
        something); ``bad_kpis_quiet_users`` (green, bad KPIs: nobody calls yet); ``both_good``;
        ``unknown`` where one of the two is.
    """
    flagged = status.isin([RED, YELLOW])
    result = pd.Series(BOTH_GOOD, index=status.index, dtype=object)
    result[flagged] = BOTH_BAD
    result[flagged & (state == GOOD)] = GOOD_KPIS
    result[~flagged & (state == BAD)] = BAD_KPIS
    result[(status == UNKNOWN) | (state == UNKNOWN)] = UNKNOWN
    return result
