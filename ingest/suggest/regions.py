"""A profile for a file of boundaries: which attribute is which, and the coordinate system."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pandas as pd

from geo.agreement import sentence
from geo.attributes import COLUMNS
from geo.boundaries import read_regions
from geo.detect import by_borders, by_regions
from geo.errors import GeoError
from geo.source import read_features
from ingest.contracts import Feed
from ingest.errors import FileRefusedError
from ingest.profiles.model import Profile
from ingest.suggest.known import Known
from ingest.suggest.model import Guess, Suggestion
from ingest.suggest.names import Alias, name_matches
from ingest.suggest.places import Told, best_guess, turned
from ingest.suggest.toml_text import profile_text


def suggest_regions(
    path: Path, pattern: str, feed: Feed, names: dict[str, tuple[Alias, ...]], known: Known
) -> Suggestion:
    """Propose a profile for boundaries.

    Args:
        path: a file that holds polygons.
        pattern: of names of such files.
        feed: the feed ``regions``.
        names: other names of its columns.
        known: what to compare with.

    Raises:
        FileRefusedError: it cannot be read, or no column can be the region's id.
    """
    try:
        features = read_features(path)
        if features.empty:
            raise FileRefusedError("no features: deliver one polygon per region")
        columns, guesses = _columns(features, feed, names)
        by_source = {rule["source"]: name for name, rule in columns.items()}
        regions = read_regions(path, columns=by_source)
    except GeoError as error:
        raise FileRefusedError(str(error).removeprefix(f"{path}: ")) from error
    table: dict[str, object] = {"feed": "regions", "files": [pattern]}
    system = _system(features, regions, known)
    if system.value != "wgs84":
        table["coordinates"] = system.value
    guesses = [
        Guess("feed", "regions", f"{len(regions):,} polygons", "high"),
        *guesses,
        system,
    ]
    used = {rule["source"] for rule in columns.values()}
    unused = tuple(
        str(name) for name in features.columns if name not in used and name != "geometry"
    )
    doubts = "; ".join(f"{g.what} ({g.value}): {g.why}" for g in guesses if g.sure == "low")
    note = f"Proposed from one file; what was guessed with little evidence: {doubts or 'nothing'}"
    rules: dict[str, dict[str, object]] = {name: dict(rule) for name, rule in columns.items()}
    text = profile_text(note, table, rules)
    return Suggestion(
        Profile.model_validate(tomllib.loads(text)).tables[0], tuple(guesses), unused, text
    )


def _columns(
    features: geopandas.GeoDataFrame, feed: Feed, names: dict[str, tuple[Alias, ...]]
) -> tuple[dict[str, dict[str, str]], list[Guess]]:
    """Canonical column -> rule, and how each was found; each source column is used once."""
    attributes = features.drop(columns=features.geometry.name)
    matches = [
        (match.score, -place, str(source), column, match.why)
        for place, source in enumerate(attributes.columns)
        for column, match in name_matches(str(source), feed, names).items()
        if column in COLUMNS and _fits(column, attributes[source])
    ]
    found: dict[str, dict[str, str]] = {}
    guesses: dict[str, Guess] = {}
    used: set[str] = set()
    for score, _, source, column, why in sorted(matches, reverse=True):
        if column not in found and source not in used:
            found[column] = {"source": source}
            guesses[column] = Guess(column, source, why, "high" if score >= 0.9 else "medium")
            used.add(source)
    if "region_id" not in found:
        free = [str(c) for c in attributes.columns if str(c) not in used]
        key = next((c for c in free if _fits("region_id", attributes[c])), None)
        if key is None:
            raise FileRefusedError(
                "no column can be region_id: one that is never empty and never the same twice; "
                f"the columns are {', '.join(map(str, attributes.columns)) or 'none at all'}"
            )
        found["region_id"] = {"source": key}
        guesses["region_id"] = Guess("region_id", key, "no value of it occurs twice", "low")
    order = [column for column in COLUMNS if column in found]
    return {column: found[column] for column in order}, [guesses[column] for column in order]


def _fits(column: str, values: pd.Series) -> bool:
    if column == "region_id":
        return bool(values.notna().all() and values.is_unique)
    if column in ("subscribers", "level"):
        numbers = pd.to_numeric(values.dropna(), errors="coerce")
        whole = column == "subscribers" or bool((numbers % 1 == 0).all())
        return bool(numbers.notna().all() and (numbers >= 0).all() and len(numbers)) and whole
    return bool(values.notna().any())


def _system(
    features: geopandas.GeoDataFrame, regions: geopandas.GeoDataFrame, known: Known
) -> Guess:
    if features.crs is not None and features.crs.is_projected:
        why = f"the file's own system counts: {features.crs.name}, in metres"
        return Guess("coordinates", "wgs84", why, "high")
    return best_guess(_told(regions, known))


def _told(regions: geopandas.GeoDataFrame, known: Known) -> Iterator[Told]:
    borders = by_borders(regions, known.regions)
    if borders is not None:
        yield borders, sentence(borders, "these regions", "the known regions")
    named = known.cells["region_id"].isin(regions["region_id"])
    cells = known.cells[named] if named.any() else known.cells.drop(columns="region_id")
    inside = by_regions(cells, regions)
    if inside is not None:
        which = "that they name" if named.any() else "altogether"
        yield turned(inside), sentence(turned(inside), "known cells", f"these regions {which}")
