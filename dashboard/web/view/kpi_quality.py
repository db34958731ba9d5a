"""Quality now in words: the index, its state, and how it goes with the risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w


def index_and_state(look: Look, row: Mapping[str, Any]) -> str:
    """``Quality now 41 (bad)``; empty where the snapshot does not know."""
    value = short(look, row)
    return look.words.texts("kpi_quality.now", value=value) if value != w.NOTHING else ""


def short(look: Look, row: Mapping[str, Any]) -> str:
    """``41 bad``, for a column; a dash when unknown, and when the data are stale."""
    index, state = row.get("quality_now"), row.get("quality_state")
    if absent(index) or state in (None, "unknown") or not look.freshness.fresh:
        return w.NOTHING
    word = look.words.texts(f"kpi_quality.{state}")
    return look.words.texts("kpi_quality.short", index=w.number(index), state=word)


def agreement(look: Look, row: Mapping[str, Any]) -> str:
    """How risk and KPIs go together, in one line; empty when unknown."""
    code = row.get("agreement")
    if code in (None, "unknown") or not look.freshness.fresh:
        return ""
    return look.words.texts.get(f"agreement.{code}") or ""


def sentence(look: Look, row: Mapping[str, Any]) -> str:
    """The same with the KPI that costs most, for the cell's page."""
    line, kpi = agreement(look, row), row.get("quality_kpi")
    if not line:
        return look.words.texts("kpi_quality.unknown")
    if kpi is None or row.get("quality_state") not in ("bad", "degraded"):
        return line
    worst = look.words.texts("kpi_quality.worst", kpi=look.words.kpi_label(str(kpi)))
    return look.words.texts("kpi_quality.joined", line=line, worst=worst)
