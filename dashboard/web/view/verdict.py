"""Why orders were reopened or rejected, and what crews found, in a word; the same on every page."""

from __future__ import annotations

from dashboard.web.i18n import Texts
from dashboard.web.view.words import Words

NOTHING_FOUND = "none"
"""What a crew writes as found where it found no fault."""


def reason_word(code: str | None, texts: Texts) -> str:
    """A reason's code in words; one that nobody has words for stands as it is."""
    if code is None:
        return texts("accuracy.untold")
    return texts.get(f"verdict.{code}") or texts.get(f"order_reason.{code}") or code


def cause_word(cause: str, words: Words) -> str:
    """A cause in words; that nothing was found is one too."""
    if cause == NOTHING_FOUND:
        return words.texts("verdict.found_nothing")
    return words.cause(cause)
