"""Is what we show still true? Nothing stale is ever green."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.snapshot import COUNT_KEYS, Manifest

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Freshness:
    """How old the facts are.

    Attributes:
        now: the moment looked from (the one asked for in a replay).
        data_time: up to when facts are in; None when no KPI has arrived.
        stale_since: when they became too old; None while fresh.
    """

    now: datetime
    data_time: datetime | None
    stale_since: datetime | None

    @property
    def fresh(self) -> bool:
        """Colours may be shown."""
        return self.stale_since is None

    def status(self, status: str) -> str:
        """The status that may be shown."""
        return status if self.fresh else UNKNOWN


def judge(manifest: Manifest, now: datetime, stale_after_min: float) -> Freshness:
    """Freshness of a snapshot at a moment.

    With KPIs their end counts; where tickets are all there is, the moment of the forecast does
    (a day without complaints is no fault). A forecast that is too old is stale either way.
    """
    limit = timedelta(minutes=stale_after_min)
    data_time = manifest.data_time if manifest.mode == "cells" else manifest.as_of
    basis = min(data_time or manifest.as_of, manifest.as_of)
    stale = now - basis > limit
    return Freshness(now, data_time, basis + limit if stale else None)


def shown_counts(manifest: Manifest, freshness: Freshness) -> dict[str, int]:
    """Counts by status; all unknown when stale."""
    if freshness.fresh:
        return {key: manifest.counts.get(key, 0) for key in COUNT_KEYS}
    return dict.fromkeys(COUNT_KEYS, 0) | {UNKNOWN: sum(manifest.counts.values())}
