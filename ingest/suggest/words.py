"""Words that stand for the valid values of a canonical column."""

from __future__ import annotations

from ingest.contracts import Column

_WORDS: dict[str, dict[str, str]] = {
    "satisfaction": {
        "非常满意": "10", "很满意": "10", "满意": "8", "比较满意": "8", "一般": "6", "不满意": "3",
        "非常不满意": "1", "很不满意": "1", "very satisfied": "10", "satisfied": "8",
        "neutral": "6", "dissatisfied": "3", "very dissatisfied": "1",
    },
    "technology": {
        "2g": "GSM", "gsm": "GSM", "3g": "UMTS", "wcdma": "UMTS", "td-scdma": "UMTS",
        "umts": "UMTS",
        "4g": "LTE", "lte": "LTE", "lte-fdd": "LTE", "lte-tdd": "LTE", "td-lte": "LTE",
        "fdd": "LTE",
        "tdd": "LTE", "fdd-lte": "LTE", "5g": "NR", "nr": "NR", "5g sa": "NR", "5g nsa": "NR",
        "sa": "NR", "nsa": "NR", "wlan": "WLAN", "wifi": "WLAN", "wi-fi": "WLAN",
    },
    "severity": {
        "紧急": "critical", "严重": "critical", "重要": "major", "主要": "major", "次要": "minor",
        "提示": "warning", "警告": "warning", "不确定": "indeterminate", "已清除": "cleared",
    },
    "kind": {
        "节假日": "holiday", "假日": "holiday", "聚会": "gathering", "集会": "gathering",
        "演唱会": "gathering", "考试": "exam", "高考": "exam", "天气": "weather",
        "恶劣天气": "weather",
        "保障": "assurance", "重大保障": "assurance",
    },
}  # fmt: skip
_WORDS["callback_satisfaction"] = _WORDS["satisfaction"]


def word_values(column: Column, texts: set[str]) -> dict[str, str] | None:
    """Source word -> canonical value for all texts that are not valid as they are.

    None when a text is neither valid nor a known word.
    """
    known = _WORDS.get(column.name, {})
    valid = {choice.casefold() for choice in column.choices}
    found: dict[str, str] = {}
    for text in sorted(texts):
        plain = text.casefold().strip()
        if plain in valid or (column.kind == "integer" and text.isdigit()):
            continue
        if plain not in known:
            return None
        found[text] = known[plain]
    return found
