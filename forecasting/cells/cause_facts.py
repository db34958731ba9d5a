"""What speaks for a cause beside the KPIs' strays: alarms, works, hours; as of the origin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import Inventory
from ingest.catalogue import Catalogue

HOURS = 72  # back from the origin: alarms raised, hours counted
RECENT_H = 6  # what a young fault looks like now
_STANDING = timedelta(days=14)  # an alarm that stands longer is taken to be forgotten
_WORKS = timedelta(days=28)
_AFTER_WORKS = pd.Timedelta(minutes=30)  # alarms raised until then belong to the works
_TEXTS = ("probable_cause", "specific_problem", "description")


@dataclass(frozen=True)
class CauseFacts:
    """Facts beside the features.

    Attributes:
        origin: aware; nothing that became known later is in it.
        places: ``site_id, region_id`` by ``cell_id``.
        alarms: raised in the last 72 hours, or standing for at most 14 days; those that works
            explain are left out. Columns of ``sql/cause_alarms.sql``, the newest last.
        works: begun in the last 28 days, columns of ``sql/cause_works.sql``, the newest last.
        hours: by ``cell_id`` and KPI, hours of the last 72 beyond two usual strays: ``over_<kpi>``
            the bad way, ``under_<kpi>`` the other way.
        recent: by ``cell_id``, ``<kpi>.value`` and ``<kpi>.normal`` of the last 6 hours.
    """

    origin: datetime
    places: pd.DataFrame
    alarms: pd.DataFrame
    works: pd.DataFrame
    hours: pd.DataFrame
    recent: pd.DataFrame

    @classmethod
    def read(
        cls,
        connection: duckdb.DuckDBPyConnection,
        origin: datetime,
        inventory: Inventory,
        asked: pd.Index,
        catalogue: Catalogue,
    ) -> CauseFacts:
        """Facts known at ``origin`` (aware), hours for the cells ``asked``.

        Right after the features of that origin were made: ``fc_hours`` is theirs.
        """
        since = origin - timedelta(hours=HOURS)
        span: dict[str, queries.Value] = {"origin": origin, "since": since}
        alarms = queries.frame(connection, "cause_alarms", {**span, "oldest": origin - _STANDING})
        works = queries.frame(
            connection, "cause_works", {"origin": origin, "since": origin - _WORKS}
        )
        queries.put(connection, "fc_asked", pd.DataFrame({"cell_id": asked.astype(object)}))
        names = catalogue.names
        hours = queries.frame(connection, "cause_hours", span, names)
        now = {**span, "since": origin - timedelta(hours=RECENT_H)}
        recent = queries.frame(connection, "cause_levels", now, names)
        places = inventory.cells.set_index("cell_id")[["site_id", "region_id"]]
        return cls(
            origin,
            places,
            unexplained(alarms, works),
            works,
            hours.set_index("cell_id"),
            recent.set_index("cell_id"),
        )

    def alarms_of(self, cell_id: str) -> pd.DataFrame:
        """Alarms of the cell, and of its site where they name no cell."""
        site = self.places["site_id"].get(cell_id)
        own = self.alarms["cell_id"] == cell_id
        whole = self.alarms["cell_id"].isna() & (self.alarms["site_id"] == site)
        return self.alarms[own | whole]

    def alarmed(self, cells: pd.Index, words: tuple[str, ...], *, mast: bool) -> pd.Series:
        """Is there an alarm with one of these words on the cell or its site?

        Args:
            cells: those asked about.
            words: see ``speaks``.
            mast: an alarm of another cell of the same site counts too.
        """
        found = self.alarms[speaks(self.alarms, words)]
        sites = found["site_id"] if mast else found.loc[found["cell_id"].isna(), "site_id"]
        site = self.places["site_id"].reindex(cells)
        on_site = site.isin(sites.dropna()) & site.notna()
        return on_site | pd.Series(cells.isin(found["cell_id"].dropna()), index=cells)

    def works_of(self, cell_id: str) -> pd.DataFrame:
        """Works on the cell, its site or its region, the newest last."""
        place = self.places.loc[cell_id]
        works = self.works
        whole = works["cell_id"].isna()
        on_site = whole & (works["site_id"] == place["site_id"])
        on_region = whole & works["site_id"].isna() & (works["region_id"] == place["region_id"])
        return works[(works["cell_id"] == cell_id) | on_site | on_region]

    def works_age_h(self, cells: pd.Index) -> pd.Series:
        """Hours since the newest works began, by cell; NaN without any in the last 28 days."""
        begun = pd.Series(pd.NaT, index=cells, dtype="datetime64[us, UTC]")
        places = self.places.reindex(cells)
        for work in self.works.to_dict("records"):  # in order of their beginning
            if not pd.isna(work["cell_id"]):
                touched = pd.Series(cells == work["cell_id"], index=cells)
            elif not pd.isna(work["site_id"]):
                touched = places["site_id"] == work["site_id"]
            else:
                touched = places["region_id"] == work["region_id"]
            begun[touched] = work["starts_at"]
        age: pd.Series = (pd.Timestamp(self.origin) - begun).dt.total_seconds() / 3600
        return age


def speaks(alarms: pd.DataFrame, words: tuple[str, ...]) -> pd.Series:
    """Which alarms hold one of the words in their cause or texts, whatever the case."""
    if not words or alarms.empty:
        return pd.Series(False, index=alarms.index)
    pattern = "|".join(re.escape(word) for word in words)
    texts = alarms[list(_TEXTS)].fillna("").astype(str).agg(" ".join, axis=1)
    return texts.str.contains(pattern, case=False, regex=True)


def unexplained(alarms: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Alarms that were not raised while somebody worked on the same site or cell."""
    if alarms.empty or works.empty:
        return alarms
    explained = set()
    for key in ("site_id", "cell_id"):
        pairs = (
            alarms[["alarm_id", key, "raised_at"]]
            .dropna()
            .merge(works[[key, "starts_at", "ends_at"]].dropna(subset=[key, "starts_at"]), on=key)
        )
        end = pairs["ends_at"].fillna(pairs["starts_at"]) + _AFTER_WORKS
        during = (pairs["raised_at"] >= pairs["starts_at"]) & (pairs["raised_at"] <= end)
        explained |= set(pairs.loc[during, "alarm_id"])
    return alarms[~alarms["alarm_id"].isin(explained)]
