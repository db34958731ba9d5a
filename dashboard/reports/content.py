"""What a report says: a workbook, and a summary in HTML and plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.exports.names import file_name
from dashboard.exports.trend_book import trend_book
from dashboard.exports.xlsx_file import MIMETYPE
from dashboard.reports.html import Table, page
from dashboard.reports.mail import Attachment, Letter
from dashboard.reports.periods import Period
from dashboard.snapshot import Snapshot
from dashboard.trends.compare import compared
from dashboard.trends.league import league
from dashboard.trends.numbers import satisfaction, trends
from dashboard.trends.query import TrendQuery
from dashboard.web.i18n import Texts, load_texts
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_verdict import change
from dashboard.web.view.words import NOTHING, Words, number
from ingest.catalogue import load_catalogue

MEASURES = (
    "rate_per_10k", "tickets", "timely_rate", "repeat_rate", "low_share", "satisfaction",
    "reply_p80_min",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A report in one language.

    Attributes:
        title: what it is, with its period.
        html: the summary, self-contained.
        text: the same for programs without HTML.
        files: name and content: the summary and the workbook.
    """

    title: str
    html: str
    text: str
    files: tuple[Attachment, ...]


def make(snapshot: Snapshot, period: Period, language: str) -> Made:
    """The report of a period, with what the snapshot knows of it.

    Raises:
        ExportError: the workbook cannot be made.
    """
    texts = load_texts(language)
    zone = ZoneInfo(snapshot.manifest.time_zone)
    words = Words(texts, zone, load_catalogue())
    kind = texts(f"report.{period.unit}")
    span = texts("report.period", first=_day(words, period.first), last=_day(words, period.last))
    title = texts("report.head", kind=kind, period=span)
    known = snapshot.manifest.data_time or snapshot.manifest.as_of
    about = texts("report.known", time=words.full_moment(known))
    query = TrendQuery(period.first, period.last, period.unit)
    tables = [_figures(snapshot, query, words), _moved(snapshot, period, words)]
    tables += [_channels(snapshot, query, words), _league(snapshot, period, words)]
    name = file_name(texts(f"report.file_{period.unit}"), period.label, suffix=".xlsx")
    notes = [
        texts("report.attached", name=name),
        texts("report.definitions"),
        texts("report.automatic"),
    ]
    html, text = page(title, about, tables, notes, language=language)
    # Days of the week or month, after weeks or months that lead up to it.
    since = _leading(period)
    book = trend_book(
        snapshot,
        TrendQuery(since, period.last, period.unit),
        language,
        splits=("region", "channel", "service", "category", "technology"),
    )
    maintype, subtype = MIMETYPE.split("/")
    summary = file_name(texts(f"report.file_{period.unit}"), period.label, suffix=".html")
    return Made(
        title,
        html,
        text,
        (
            Attachment(summary, html.encode(), "text", "html"),
            Attachment(name, book, maintype, subtype),
        ),
    )


def letter(made: list[Made], period: Period) -> Letter:
    """A mail of the report in each language asked for, the first one's subject."""
    first = made[0]
    html = first.html if len(made) == 1 else _joined(made)
    text = "\n\n".join(report.text for report in made)
    files = tuple(file for report in made for file in report.files if file.subtype != "html")
    key = f"{period.unit}|{period.first.isoformat()}"
    return Letter(f"Foresite {first.title}", text, html, files, key)


def _joined(made: list[Made]) -> str:
    """Several summaries in one body: each body's inside, one after another."""
    head, _, _ = made[0].html.partition("<body>")
    bodies = [report.html.partition("<body>")[2].partition("</body>")[0] for report in made]
    return f"{head}<body>{''.join(bodies)}</body></html>"


def _leading(period: Period) -> date:
    """Thirteen weeks or months, this one included."""
    start = period
    for _ in range(12):
        start = start.before
    return start.first


def _figures(snapshot: Snapshot, query: TrendQuery, words: Words) -> Table:
    texts = words.texts
    frame = compared(snapshot, query)
    row: dict[str, Any] = {str(name): frame[name].iloc[0] for name in frame.columns}
    scores = satisfaction(snapshot, query).iloc[0]
    counts = {n: float(scores[f"score_{n}"] or 0) for n in range(1, 11)}
    total = sum(counts.values())
    if total > 1:
        mean = sum(n * c for n, c in counts.items()) / total
        row["score_variance"] = sum(c * (n - mean) ** 2 for n, c in counts.items()) / (total - 1)
    heads = (
        texts("report.measure"),
        texts("report.value"),
        texts(f"report.before_{query.by}"),
        texts("report.last_year"),
    )
    lines = []
    for measure in MEASURES:
        unit = texts(f"trends_unit.{measure}")
        value = tw.value(words, measure, row[measure])
        lines.append(
            (
                texts(f"trends_measure.{measure}"),
                f"{value} {unit}" if value != NOTHING else value,
                _against(texts, measure, row, "before"),
                _against(texts, measure, row, "last_year"),
            )
        )
    return Table("", heads, lines)


def _against(texts: Texts, measure: str, row: Mapping[str, Any], name: str) -> str:
    then = {
        key.removesuffix(f"_{name}"): value
        for key, value in row.items()
        if key.endswith(f"_{name}")
    }
    found = change(measure, row, then)
    if found.points is None:
        return NOTHING
    if measure in tw.SHARES:
        amount = f"{100 * found.points:+.1f} pp"
    elif measure == "satisfaction":
        amount = f"{found.points:+.2f}"
    else:
        amount = NOTHING if found.relative is None else f"{100 * found.relative:+.1f}%"
    return f"{amount.replace('-', '−')} {texts(f'trends_verdict.{found.verdict}')}"


def _moved(snapshot: Snapshot, period: Period, words: Words) -> Table:
    texts = words.texts
    table = league(snapshot, unit=period.unit, day=period.first).table
    moved = table[table["moved"].isin(["better", "worse"])]
    lines = [
        (
            row["name"],
            f"{number(row['rate_before'], 2)} → {number(row['rate_per_10k'], 2)}",
            texts(f"trends_verdict.{row['moved']}"),
        )
        for row in moved.to_dict("records")
    ]
    heads = (texts("league.region"), texts("league.rate"), texts("report.verdict"))
    return Table(texts("report.moved"), heads, lines, empty=texts("report.none_moved"))


def _channels(snapshot: Snapshot, query: TrendQuery, words: Words) -> Table:
    texts = words.texts
    split = TrendQuery(query.first, query.last, query.by, ("channel",))
    frame = trends(snapshot, split).sort_values("tickets", ascending=False, kind="stable")
    whole = float(frame["tickets"].sum())
    lines = [
        (
            tw.name_of(
                words, "channel", row["channel"] if isinstance(row["channel"], str) else None, {}
            ),
            number(row["tickets"]),
            tw.share(row["tickets"] / whole) if whole else NOTHING,
        )
        for row in frame.to_dict("records")
    ]
    heads = (texts("trends_dimension.channel"), texts("report.tickets"), texts("report.share"))
    return Table(texts("report.channels"), heads, lines)


def _league(snapshot: Snapshot, period: Period, words: Words) -> Table:
    texts = words.texts
    table = league(snapshot, unit=period.unit, day=period.first).table
    ranked = table[table["rank"].notna()]
    most = float(ranked["rate_shrunk"].max()) if len(ranked) else 1.0
    lines, bars = [], []
    for row in ranked.to_dict("records"):
        standing = texts(f"league_word.{row['standing']}")
        lines.append(
            (
                f"{row['rank']:.0f}",
                row["name"],
                number(row["tickets"]),
                number(row["rate_per_10k"], 2),
                number(row["rate_shrunk"], 2),
                standing,
            )
        )
        bars.append(row["rate_shrunk"] / most if most else 0.0)
    heads = (
        texts("league.rank"), texts("league.region"), texts("league.tickets"), texts("league.rate"),
        texts("league_file.rate_shrunk"), texts("league.target"),
    )  # fmt: skip
    return Table(texts("report.regions"), heads, lines, bars=bars)


def _day(words: Words, day: date) -> str:
    return tw.day(words, day, year=True)


def newest_whole_day(snapshot: Snapshot) -> date:
    """The last local day that is over as of the snapshot."""
    zone = ZoneInfo(snapshot.manifest.time_zone)
    return snapshot.manifest.as_of.astimezone(zone).date() - timedelta(days=1)
