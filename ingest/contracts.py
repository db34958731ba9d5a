"""The canonical feeds: their columns, kinds, ranges and keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from ingest.catalogue import Catalogue

Kind = Literal["text", "free_text", "choice", "number", "integer", "time", "customer"]

FLOAT_MAX = 3.4028234e38
COUNT_MAX = 1e12
"""Most hand-overs of an interval: sums of them over years stay exact."""
SEVERITIES = ("critical", "major", "minor", "warning", "indeterminate", "cleared")
"""Perceived severities of an alarm (ITU-T X.733 § 8.1.2.3, TMF642)."""
FeedName = Literal[
    "regions", "cells", "kpis", "tickets", "works", "events", "alarms", "handovers", "teams",
    "shifts",
]  # fmt: skip
FEED_NAMES: tuple[FeedName, ...] = (
    "regions", "cells", "kpis", "tickets", "works", "events", "alarms", "handovers", "teams",
    "shifts",
)  # fmt: skip
"""All feeds, in the order in which the files of one call are loaded."""
INTERVALS = ("kpis", "handovers")
"""Feeds of rows that are measured over an interval (``ts``, ``period_min``)."""


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Attributes:
        name: as in the feed.
        kind: ``free_text`` is masked at the door, ``customer`` is keyed-hashed.
        required: a file without it is refused, a row without it rejected.
        low, high: valid range of numbers, inclusive.
        choices: valid values of a ``choice``; compared without case, stored as written here.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    low: float = -FLOAT_MAX
    high: float = FLOAT_MAX
    choices: tuple[str, ...] = ()

    @property
    def stored(self) -> str:
        """Its column in the warehouse."""
        return "customer_hash" if self.kind == "customer" else self.name


@dataclass(frozen=True)
class Feed:
    """One canonical feed; ``key`` tells its rows apart."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All canonical column names."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a file is refused."""
        return tuple(column.name for column in self.columns if column.required)

    def __getitem__(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _key(name: str) -> Column:
    return Column(name, required=True)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _times(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "time") for name in names)


_POSITION = (
    Column("longitude", "number"),  # the range is a matter of flags, not of rejection
    Column("latitude", "number"),
)
_SPAN = (Column("starts_at", "time", required=True), *_times("ends_at", "announced_at"))


@cache
def feeds(catalogue: Catalogue) -> dict[str, Feed]:
    """The canonical feeds by name, in loading order; KPI columns come from the catalogue."""
    kpis = tuple(
        Column(
            kpi.name,
            "number",
            low=-FLOAT_MAX if kpi.min is None else kpi.min,
            high=FLOAT_MAX if kpi.max is None else kpi.max,
        )
        for kpi in catalogue.kpis
    )
    return {
        "regions": Feed(
            "regions",
            ("region_id",),
            (
                _key("region_id"),
                Column("name"),
                Column("subscribers", "number", low=0),
                Column("parent_id"),
                Column("level", "integer", low=0, high=100),
            ),
        ),
        "cells": Feed(
            "cells",
            ("cell_id",),
            (
                _key("cell_id"),
                *_texts("site_id", "name"),
                Column("technology", "choice", choices=("GSM", "UMTS", "LTE", "NR", "WLAN")),
                *_POSITION,
                Column("azimuth_deg", "number", low=0, high=360),
                Column("antenna_height_m", "number", low=-500, high=9000),
                *_texts("band", "vendor", "region_id"),
                Column("subscribers", "number", low=0),
            ),
        ),
        "kpis": Feed(
            "kpis",
            ("cell_id", "ts"),
            (
                _key("cell_id"),
                Column("ts", "time", required=True),
                Column("period_min", "integer", required=True, low=5, high=1440),
                Column("revised_at", "time"),  # when the source made the row
                *kpis,
            ),
        ),
        "tickets": Feed(
            "tickets",
            ("ticket_id",),
            (
                _key("ticket_id"),
                Column("created_at", "time", required=True),
                *_times("recorded_at", "due_at", "replied_at", "closed_at", "callback_at"),
                Column("changed_at", "time"),
                Column("channel", "free_text"),
                Column("service", "free_text"),
                Column("category", "free_text"),
                Column("description", "free_text"),
                Column("cell_id"),
                *_POSITION,
                Column("region_id"),
                Column("customer_id", "customer"),
                Column("satisfaction", "integer", low=1, high=10),
                Column("callback_satisfaction", "integer", low=1, high=10),
                Column("status", "free_text"),
            ),
        ),
        "works": Feed(
            "works",
            ("work_id",),
            (
                _key("work_id"),
                *_texts("site_id", "cell_id", "region_id"),
                *_SPAN,
                Column("kind"),
                Column("description", "free_text"),
            ),
        ),
        "events": Feed(
            "events",
            ("event_id",),
            (
                _key("event_id"),
                Column("name", "free_text"),
                Column(
                    "kind",
                    "choice",
                    choices=("holiday", "gathering", "exam", "weather", "assurance"),
                ),
                *_SPAN,
                Column("region_id"),
                *_POSITION,
                Column("radius_m", "number", low=0, high=1_000_000),
            ),
        ),
        "alarms": Feed(
            "alarms",
            ("alarm_id",),
            (
                _key("alarm_id"),
                *_texts("cell_id", "site_id"),
                Column("raised_at", "time", required=True),
                *_times("cleared_at", "acknowledged_at", "changed_at"),
                Column("severity", "choice", choices=SEVERITIES),
                *_texts("kind", "probable_cause"),
                Column("specific_problem", "free_text"),
                Column("description", "free_text"),
                Column("state", "free_text"),
            ),
        ),
        "handovers": Feed(
            "handovers",
            ("cell_id", "neighbour_id", "ts"),
            (
                _key("cell_id"),
                _key("neighbour_id"),
                Column("ts", "time", required=True),
                Column("period_min", "integer", required=True, low=15, high=10_080),
                Column("revised_at", "time"),
                Column("attempts", "integer", required=True, low=0, high=COUNT_MAX),
                Column("successes", "integer", low=0, high=COUNT_MAX),
            ),
        ),
        "teams": Feed(
            "teams",
            ("team_id",),
            (
                _key("team_id"),
                Column("name", "free_text"),
                Column("skills", "free_text"),  # lists in one text: ingest.crews takes them apart
                *_POSITION,
                Column("region_ids"),
            ),
        ),
        "shifts": Feed(
            "shifts",
            ("team_id", "starts_at"),
            (
                _key("team_id"),
                Column("starts_at", "time", required=True),
                Column("ends_at", "time", required=True),
                *_times("announced_at"),
            ),
        ),
    }
