"""Which columns of a file become which canonical columns, by the profile or by their own names."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.contracts import Column, Feed
from ingest.errors import FileRefusedError
from ingest.profiles.model import ColumnMap, Table


@dataclass(frozen=True)
class Origin:
    """Where a canonical column comes from: positions of source columns, or a constant."""

    column: Column
    places: tuple[int, ...]
    rule: ColumnMap


@dataclass(frozen=True)
class Mapping:
    """All origins of a file, and the source columns that its feed does not know."""

    origins: tuple[Origin, ...]
    ignored: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical columns that the file brings."""
        return tuple(origin.column.name for origin in self.origins)


@dataclass(frozen=True)
class Plan:
    """How one file is read: its feed, the profile's table, and its columns."""

    feed: Feed
    table: Table
    mapping: Mapping

    @property
    def measured(self) -> tuple[str, ...]:
        """What the rows of intervals say beside their key: KPIs that the file brings, or counts.

        Counts of hand-overs belong together: one that a file lacks is unknown.
        """
        if self.feed.name == "kpis":
            return self.kpis
        told = {*self.feed.key, "period_min", "revised_at"}
        return tuple(name for name in self.feed.names if name not in told)

    @property
    def kpis(self) -> tuple[str, ...]:
        """Columns of KPIs that the file brings, when its feed is ``kpis``."""
        return tuple(name for name in self.mapping.names if is_kpi(self.feed[name]))


def is_kpi(column: Column) -> bool:
    """Whether a column of the feed ``kpis`` is a KPI, not part of what tells its rows apart."""
    return column.kind == "number"


def map_columns(feed: Feed, table: Table, header: tuple[str, ...]) -> Mapping:
    """Find the canonical columns of a file.

    Names are compared without case and outer blanks. With a profile only the columns it names
    count; without one, columns count by their canonical names.

    Raises:
        FileRefusedError: a required column is missing, or a needed one occurs twice; names those
            that are missing and those that are there.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        places.setdefault(name.casefold(), []).append(place)
    rules = table.columns or {name: ColumnMap(source=(name,)) for name in feed.names}
    origins: list[Origin] = []
    used: set[int] = set()
    for name, rule in rules.items():
        found = _find(rule, places, header)
        if found is None:
            if rule.required:
                raise _missing([name], header)
            continue
        origins.append(Origin(feed[name], found, rule))
        used.update(found)
    have = {origin.column.name for origin in origins}
    missing = [name for name in feed.required if name not in have]
    if missing:
        raise _missing(missing, header)
    if feed.name == "kpis" and not any(is_kpi(feed[name]) for name in have):
        raise FileRefusedError(
            f"has no KPI column: it has {', '.join(header)}; KPIs are "
            f"{', '.join(n for n in feed.names if is_kpi(feed[n]))}"
        )
    ignored = tuple(name for place, name in enumerate(header) if place not in used and name)
    return Mapping(tuple(origins), ignored)


def _find(
    rule: ColumnMap, places: dict[str, list[int]], header: tuple[str, ...]
) -> tuple[int, ...] | None:
    if rule.constant is not None:
        return ()
    if rule.join is not None:
        found = [_one(name, places, header) for name in rule.join]
        places_found = tuple(place for place in found if place is not None)
        whole = len(places_found) == len(found) or (rule.partial and places_found)
        return places_found if whole else None
    for name in rule.source or ():
        place = _one(name, places, header)
        if place is not None:
            return (place,)
    return None


def _one(name: str, places: dict[str, list[int]], header: tuple[str, ...]) -> int | None:
    found = places.get(name.strip().casefold(), [])
    if len(found) > 1:
        exact = [place for place in found if header[place] == name]
        if len(exact) == 1:
            return exact[0]
        raise FileRefusedError(f"has the column {name} {len(found)} times: which one counts?")
    return found[0] if found else None


def _missing(names: list[str], header: tuple[str, ...]) -> FileRefusedError:
    plural = "s" if len(names) > 1 else ""
    return FileRefusedError(
        f"lacks the column{plural} {', '.join(names)}; it has {', '.join(n for n in header if n)}"
    )
