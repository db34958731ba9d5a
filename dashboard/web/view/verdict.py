"""Why an order was verified, reopened or rejected, in words; the same on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.words import Words

NOTHING_FOUND = "none"
"""What a crew writes as found where it found no fault."""
_SHOWN = 3


def reason_word(code: str | None, texts: Texts) -> str:
    """A reason's code in words; one that nobody has words for stands as it is."""
    if code is None:
        return texts("accuracy.untold")
    return texts.get(f"verdict.short_{code}") or texts.get(f"order_reason.{code}") or code


def cause_word(cause: str, words: Words) -> str:
    """A cause in words; that nothing was found is one too."""
    if cause == NOTHING_FOUND:
        return words.texts("verdict.found_nothing")
    return words.cause(cause)


def verdict_text(words: Words, details: Mapping[str, Any]) -> str:
    """The reasons of a ``verify`` or ``reopen`` event (its ``details``); empty without any.

    The first three are told; how many more there are is said.
    """
    reasons: Sequence[Mapping[str, Any]] = details.get("reasons") or ()
    told = [_told(words, reason) for reason in reasons[:_SHOWN]]
    text = words.texts("verdict.join").join(told)
    if len(reasons) > _SHOWN:
        text += words.texts("verdict.more", n=len(reasons) - _SHOWN)
    return text


def _told(words: Words, reason: Mapping[str, Any]) -> str:
    texts, code = words.texts, str(reason.get("code"))
    if texts.get(f"verdict.{code}") is None:
        return code
    since = reason.get("since")
    kpi = reason.get("kpi")
    return texts(
        f"verdict.{code}",
        cell=reason.get("cell_id", ""),
        kpi=words.kpi_label(str(kpi)) if kpi else "",
        since=words.moment(datetime.fromisoformat(since)) if since else w.NOTHING,
        value=_measured(words, kpi, reason.get("value")),
        normal=_measured(words, kpi, reason.get("normal")),
        hours=w.number(reason.get("hours")),
        of=w.number(reason.get("of")),
        ticket=reason.get("ticket_id", ""),
    )


def _measured(words: Words, name: object, value: float | None) -> str:
    kpi = words.kpi(str(name)) if name else None
    if value is None:
        return w.NOTHING
    return w.measure(value) if kpi is None else words.with_unit(value, kpi)
