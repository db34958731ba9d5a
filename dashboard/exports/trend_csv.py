"""Trends as one table: all splits of a query side by side, with what they are compared with."""

from __future__ import annotations

from dashboard.exports.csv_file import to_csv
from dashboard.exports.trend_book import region_names
from dashboard.exports.trend_tables import columns_of, shown_values
from dashboard.snapshot import Snapshot
from dashboard.trends.compare import compared
from dashboard.trends.query import TrendQuery
from dashboard.web.i18n import load_texts


def trend_csv(snapshot: Snapshot, query: TrendQuery, language: str) -> bytes:
    """The rows of :func:`dashboard.trends.compare.compared`, heads in a language.

    Raises:
        TrendQueryError: there is no such region, or there are too many rows.
    """
    texts, frame = load_texts(language), compared(snapshot, query)
    shown = shown_values(frame, texts, region_names(snapshot))
    return to_csv(shown, columns_of(frame, texts))
