"""What a probable cause rests on, piece by piece, so that an engineer can check it at a glance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from forecasting.cells.cause_facts import CauseFacts, speaks
from forecasting.cells.causes import SWOLLEN, UNKNOWN, Signature, evidence, load_signatures
from forecasting.cells.features import CellFeatures
from ingest.catalogue import Catalogue

COLUMNS = [
    "cell_id", "rank", "kind", "kpi", "window", "value", "normal", "hours", "cells", "site_cells",
    "code", "text", "since", "until",
]  # fmt: skip
_WINDOWS = ("6h", "24h", "72h")
_SHOWN = 1.0  # usual strays that are worth a line
_MOST_KPIS, _MOST_ALARMS = 4, 3
_RECENT_WORKS_H = 72.0
_MISSING = 0.05
_LIMIT_SHARE = 0.08  # two hours of a day
_DAY_H = 24.0


def evidence_of(
    features: CellFeatures, causes: pd.Series, facts: CauseFacts, catalogue: Catalogue
) -> pd.DataFrame:
    """Pieces of evidence for the cause of each cell, the strongest kind first.

    Args:
        features: at the origin.
        causes: cause by ``cell_id``.
        facts: of the same origin.
        catalogue: the KPIs.

    Returns:
        ``COLUMNS``, by cell and ``rank``. ``kind`` says what the others mean: ``kpi`` (value and
        normal of the window, ``6h`` where the stray is farthest there, else ``24h``; hours of the
        last 72 beyond two usual strays), ``limit`` (hours of
        the last 24 beyond the catalogue's limit), ``site`` (so many of the mast's cells show the
        same), ``neighbours`` (users of near cells above normal, in strays), ``missing`` (share of
        the last 24 h without KPIs), ``alarm`` (code: severity), ``works`` (code: kind).
    """
    shows = {
        cause: evidence(features.table, signature) >= 0.5 * signature.needs
        for cause, signature in load_signatures().items()
        if (causes == cause).any()
    }
    rows: list[dict[str, Any]] = []
    for cell_id, cause in causes.items():
        teller = _Teller(features, facts, str(cell_id), catalogue)
        pieces = teller.unknown() if cause == UNKNOWN else teller.known(str(cause), shows[cause])
        rows += [
            {"cell_id": cell_id, "rank": rank, **piece}
            for rank, piece in enumerate(pieces, start=1)
        ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("since", "until"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


class _Teller:
    """Tells of one cell."""

    def __init__(
        self, features: CellFeatures, facts: CauseFacts, cell_id: str, catalogue: Catalogue
    ) -> None:
        row = features.table.loc[cell_id].to_dict()
        self.features: dict[str, float] = {str(name): value for name, value in row.items()}
        self.levels = features.levels.loc[cell_id]
        self.facts, self.cell_id, self.catalogue = facts, cell_id, catalogue
        self.mast = facts.places["site_id"].get(cell_id)

    def known(self, cause: str, shows: pd.Series) -> list[dict[str, Any]]:
        """For a cause of the table."""
        signature = load_signatures()[cause]
        works = self._works(signature.works_h or _RECENT_WORKS_H)
        first = works if signature.works_h is not None else []
        return [
            *first,
            *self._kpis(signature),
            *self._limits(signature),
            *self._site(signature, shows),
            *(self._neighbours() if signature.swell else []),
            *(self._missing() if "availability_pct" in signature.strays else []),
            *self._alarms(signature.alarms),
            *(works if not first else []),
        ]

    def unknown(self) -> list[dict[str, Any]]:
        """What stands out though it fits no cause: people may see more in it."""
        strays = {kpi.name: self._stray(kpi.name) for kpi in self.catalogue.kpis}
        far = sorted((k for k in strays if strays[k] >= _SHOWN), key=lambda k: (-strays[k], k))
        pieces = [self._kpi(kpi) for kpi in far[:_MOST_KPIS]]
        return [*pieces, *self._alarms(None), *self._works(_RECENT_WORKS_H)]

    def _kpis(self, signature: Signature) -> list[dict[str, Any]]:
        found = []
        for kpi in signature.kpis:
            falls = kpi in signature.falls
            if kpi in self.catalogue.names and self._stray(kpi, falls=falls) >= _SHOWN:
                found.append(self._kpi(kpi, falls=falls))
        return found[:_MOST_KPIS]

    def _kpi(self, kpi: str, *, falls: bool = False) -> dict[str, Any]:
        hours, column = self.facts.hours, f"{'under' if falls else 'over'}_{kpi}"
        counted = hours[column].get(self.cell_id, np.nan) if column in hours else np.nan
        # A young fault: the mean of a day hides it.
        young = self._strays(kpi, falls=falls).get("6h", -np.inf) >= self._stray(kpi, falls=falls)
        young &= self.cell_id in self.facts.recent.index
        levels = self.facts.recent.loc[self.cell_id] if young else self.levels
        return {
            "kind": "kpi",
            "kpi": kpi,
            "window": "6h" if young else "24h",
            "value": levels.get(f"{kpi}.value", np.nan),
            "normal": levels.get(f"{kpi}.normal", np.nan),
            "hours": counted,
        }

    def _stray(self, kpi: str, *, falls: bool = False) -> float:
        """The farthest window, in usual strays; -inf where nothing is known."""
        return max(self._strays(kpi, falls=falls).values(), default=-np.inf)

    def _strays(self, kpi: str, *, falls: bool) -> dict[str, float]:
        """Known strays by window, worse (falling further) is positive."""
        values = {window: self._feature(f"{kpi}.dev_{window}") for window in _WINDOWS}
        return {w: -v if falls else v for w, v in values.items() if not np.isnan(v)}

    def _feature(self, name: str) -> float:
        """A feature of the cell, NaN where there is none of that name."""
        return self.features.get(name, np.nan)

    def _limits(self, signature: Signature) -> list[dict[str, Any]]:
        found = []
        for kpi in signature.limits:
            share = self._feature(f"{kpi}.beyond_24h")
            if kpi in self.catalogue.names and share >= _LIMIT_SHARE:
                limit = self.catalogue[kpi].limit
                hours = round(_DAY_H * share)
                found.append({"kind": "limit", "kpi": kpi, "normal": limit, "hours": hours})
        return found

    def _site(self, signature: Signature, shows: pd.Series) -> list[dict[str, Any]]:
        if not signature.spread or pd.isna(self.mast):
            return []
        sites = self.facts.places["site_id"]
        together = shows.reindex(sites.index[sites == self.mast]).fillna(False)
        if len(together) < 2:
            return []
        return [{"kind": "site", "cells": int(together.sum()), "site_cells": len(together)}]

    def _neighbours(self) -> list[dict[str, Any]]:
        strays = self._strays("near:active_users", falls=False)
        stray = max(strays.values(), default=np.nan)
        if not stray <= SWOLLEN:
            return []
        return [{"kind": "neighbours", "kpi": "active_users", "value": -stray}]

    def _missing(self) -> list[dict[str, Any]]:
        share = self._feature("missing_24h")
        return [{"kind": "missing", "value": share}] if share >= _MISSING else []

    def _alarms(self, words: tuple[str, ...] | None) -> list[dict[str, Any]]:
        """Alarms with these words (None: all), the standing ones first, then the newest."""
        alarms = self.facts.alarms_of(self.cell_id)
        if words is not None:
            alarms = alarms[speaks(alarms, words)]
        alarms = alarms.assign(over=alarms["cleared_at"].notna())
        alarms = alarms.drop_duplicates(["specific_problem", "probable_cause"], keep="last")
        alarms = alarms.sort_values(
            ["over", "raised_at", "alarm_id"], ascending=[True, False, True]
        )
        return [
            {
                "kind": "alarm",
                "code": alarm.severity,
                "text": alarm.specific_problem or alarm.probable_cause or alarm.description,
                "since": alarm.raised_at,
                "until": alarm.cleared_at,
            }
            for alarm in alarms.head(_MOST_ALARMS).itertuples(index=False)
        ]

    def _works(self, within_h: float) -> list[dict[str, Any]]:
        works = self.facts.works_of(self.cell_id)
        since = pd.Timestamp(self.facts.origin) - pd.Timedelta(hours=within_h)
        return [
            {
                "kind": "works",
                "code": work.kind,
                "text": work.description,
                "since": work.starts_at,
                "until": work.ends_at,
            }
            for work in works[works["starts_at"] >= since].tail(1).itertuples(index=False)
        ]
