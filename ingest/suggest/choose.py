"""Which feed a table is, and which of its columns become which canonical ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.contracts import Column, Feed
from ingest.suggest.content import Facts
from ingest.suggest.known import Known
from ingest.suggest.model import Sure
from ingest.suggest.names import Alias, NameMatch, name_matches, split_unit
from ingest.suggest.units import Unit, find_unit
from ingest.suggest.words import word_values

_MOMENT = {
    "kpis": "ts", "tickets": "created_at", "alarms": "raised_at", "works": "starts_at",
    "events": "starts_at", "handovers": "ts", "shifts": "starts_at",
}  # fmt: skip
_CONSTANT = {
    "kpis": ("cell_id", "period_min"),
    "handovers": ("period_min",),
}  # what may be said once for the whole file


@dataclass(frozen=True)
class Choice:
    """A canonical column and the place it comes from."""

    column: Column
    place: int
    score: float
    why: str
    unit: Unit = field(default_factory=Unit)
    values: dict[str, str] = field(default_factory=dict)
    hours: int | None = None  # place of the time of day that is joined to a date

    @property
    def sure(self) -> Sure:
        """How sure the choice is, its unit included."""
        if self.score < 0.6 or self.unit.sure == "low":
            return "low"
        return "medium" if self.score < 0.9 or self.unit.sure == "medium" else "high"


@dataclass(frozen=True)
class Assignment:
    """A feed, its choices, and how well it fits; ``lacks``: required columns without a source."""

    feed: Feed
    choices: tuple[Choice, ...]
    score: float
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One column of the file."""

    name: str
    unit: str
    facts: Facts


def assign(
    sources: list[Source], feed: Feed, aliases: dict[str, tuple[Alias, ...]], known: Known
) -> Assignment:
    """Give each canonical column the source column that fits it best; each is used once."""
    candidates: list[Choice] = []
    for place, source in enumerate(sources):
        matches = name_matches(source.name, feed, aliases)
        for column in feed.columns:
            choice = _candidate(place, source, column, matches.get(column.name), feed, known=known)
            if choice is not None:
                candidates.append(choice)
    used: dict[str, Choice] = {}
    places: set[int] = set()
    for choice in sorted(candidates, key=lambda c: (-c.score, c.place)):
        if choice.column.name not in used and choice.place not in places:
            used[choice.column.name] = choice
            places.add(choice.place)
    _join_hours(used, sources, feed)
    choices = tuple(used[name] for name in feed.names if name in used)
    lacks = tuple(
        name
        for name in feed.required
        if name not in used and name not in _CONSTANT.get(feed.name, ())
    )
    score = sum(choice.score for choice in choices) - 10 * len(lacks)
    if feed.name == "kpis" and not any(c.column.name not in feed.required for c in choices):
        score -= 10
    return Assignment(feed, choices, score, lacks)


def _candidate(  # noqa: PLR0911 - one way out per kind of column
    place: int, source: Source, column: Column, match: NameMatch | None, feed: Feed, *, known: Known
) -> Choice | None:
    facts = source.facts
    found = (match.score, match.why) if match else _by_content(column, facts, feed, known)
    if found is None:
        return None
    score, why = found
    unit, values = Unit(), {}
    if not facts.values:
        return Choice(column, place, score * 0.7, f"{why}; it is empty here") if match else None
    if column.kind == "time":
        if facts.moments is None or facts.moments.hours:
            return None
    elif column.kind == "choice" or (column.kind == "integer" and not facts.numbers):
        words = word_values(column, set(facts.values))
        if words is None:
            return None
        values = words
    elif column.kind in ("number", "integer"):
        name, bracket = split_unit(source.name)
        fits = (
            find_unit(
                column, name, source.unit or bracket, facts, inverse=bool(match and match.inverse)
            )
            if facts.numbers
            else None
        )
        if fits is None or (column.kind == "integer" and not facts.whole and fits.scale == 1.0):
            return None
        unit = fits
    elif not _may_be_text(column, facts):
        return None
    if column.name == "cell_id" and known.cell_ids:
        share = sum(v in known.cell_ids for v in facts.values) / len(facts.values)
        score = min(1.0, score + 0.2 * share) if share else score - 0.2
        why += f"; {share:.0%} of its values are ids of known cells"
    return Choice(column, place, score, why, unit, values)


def _may_be_text(column: Column, facts: Facts) -> bool:
    """Ids are no times of the calendar and no fractions; words are no figures."""
    if column.name.endswith("_id") and column.kind == "text":
        fractions = bool(facts.numbers) and not facts.whole
        dated = facts.moments is not None and not facts.numbers
        return not fractions and not dated
    if column.name == "description":
        return not facts.numbers and facts.moments is None
    return not (column.kind in ("text", "free_text") and facts.moments and not facts.numbers)


def _by_content(  # noqa: PLR0911 - one way out per kind of guess
    column: Column, facts: Facts, feed: Feed, known: Known
) -> tuple[float, str] | None:
    """A guess from the values alone, where they are telling."""
    name = column.name
    if not facts.values:
        return None
    if name == "cell_id" and known.cell_ids:
        share = sum(value in known.cell_ids for value in facts.values) / len(facts.values)
        return (0.7 * share, "told by its values") if share > 0.5 else None
    if name == "customer_id" and facts.phones > 0.9:
        return 0.7, f"{facts.phones:.0%} of its values are mobile numbers"
    if name == _MOMENT.get(feed.name) and facts.moments is not None and not facts.numbers:
        return 0.4, "its values are times"
    if name == feed.key[0] and name != "cell_id" and facts.distinct == 1 and len(facts.values) > 9:
        return 0.3, "no value occurs twice"
    if not facts.numbers:
        return None
    if name in ("longitude", "latitude") and facts.decimals > 0.5:
        low, high = (73, 135.1) if name == "longitude" else (3, 54)
        if low < facts.low and facts.high < high:
            return 0.5, f"from {facts.low:g} to {facts.high:g}, with decimals: a position in China"
    if name == "satisfaction" and facts.whole and facts.low >= 1 and 5 < facts.high <= 10:
        return 0.25, "whole numbers from 1 to 10"
    if name == "rsrp_dbm" and facts.low > -141 and facts.high < -43:
        return 0.35, f"from {facts.low:g} to {facts.high:g}: as RSRP is"
    return None


def _join_hours(used: dict[str, Choice], sources: list[Source], feed: Feed) -> None:
    """Give the feed's time, where it is a date only, the one column of times of day."""
    name = _MOMENT.get(feed.name, "")
    choice = used.get(name)
    hours = [
        place
        for place, source in enumerate(sources)
        if source.facts.moments is not None and source.facts.moments.hours
    ]
    if choice is None or len(hours) != 1 or not date_only(sources[choice.place].facts):
        return
    used[name] = Choice(
        choice.column,
        choice.place,
        choice.score,
        f"{choice.why}; the time of day stands in {sources[hours[0]].name!r}",
        hours=hours[0],
    )


def date_only(facts: Facts) -> bool:
    """Whether a column of times holds days alone."""
    return facts.moments is not None and all(
        ":" not in value and "时" not in value and len(value) <= 14 for value in facts.values
    )
