"""What a repair has proven so far, and what is still waited for: repaired is not cured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.dispatch.model import Event, Order
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.order_kpis import Now
from dashboard.web.view.order_words import reason_text

_SHOWN = 4
_MOST = 200


@dataclass(frozen=True)
class Proof:
    """One of the two things to be proven.

    Attributes:
        what: in words.
        until: when its hours are over, in words.
        share: of its hours that have passed, 0 … 1.
        seen: what is known of it now.
        bad: what is known speaks against the repair.
    """

    what: str
    until: str
    share: float
    seen: str
    bad: bool


@dataclass(frozen=True)
class Proofs:
    """Both of them, and why the last verdict was what it was.

    Attributes:
        proofs: empty before a repair.
        verdict: what was decided last, in words; empty while nothing was.
        reasons: for it, in words.
    """

    proofs: tuple[Proof, ...]
    verdict: str
    reasons: tuple[str, ...]


def proofs(
    look: Look, order: Order, events: tuple[Event, ...], rules: VerifySettings, now: Now | None
) -> Proofs | None:
    """None where no repair was ever reported.

    Args:
        look: the snapshot, words, and the moment that is looked from.
        order: as it stands.
        events: of the order.
        rules: of verification.
        now: KPIs of its worst cell.
    """
    decided = next((e for e in reversed(events) if e.kind in ("verify", "reopen")), None)
    if order.repaired_at is None and decided is None:
        return None
    found: tuple[Proof, ...] = ()
    if order.repaired_at is not None and order.state == "repaired":
        found = _running(look, order, order.repaired_at, rules, now)
    if decided is None or (order.state == "repaired" and decided.seq < _repaired(events)):
        return Proofs(found, "", ())
    texts = look.words.texts
    verdict = texts("order_proof.why_reopened")
    if decided.kind == "verify":
        verdict = texts("order_proof.verified", time=look.words.moment(decided.at))
    return Proofs(found, verdict, _reasons(look, decided))


def _repaired(events: tuple[Event, ...]) -> int:
    """Number of the newest repair."""
    return max((event.seq for event in events if event.kind == "repair"), default=0)


def _running(
    look: Look, order: Order, since: datetime, rules: VerifySettings, now: Now | None
) -> tuple[Proof, ...]:
    texts = look.words.texts
    band_until = since + timedelta(hours=rules.settle_h + rules.band_h)
    quiet_until = since + timedelta(hours=rules.quiet_h + rules.recording_h)
    if now is None:
        seen = texts("order_proof.none_now")
    elif now.off:
        off = texts("order.join").join(value.label for value in now.values if value.off)
        seen = texts("order_proof.off_now", n=now.off, names=off)
    else:
        seen = texts("order_proof.fine_now")
    made = _complaints(look, order, since)
    heard = texts("order_proof.no_complaints")
    if made:
        times = " · ".join(look.words.moment(at) for at in made[:_SHOWN])
        heard = texts("order_proof.complaints", n=len(made), times=times)
    quiet = texts("order_proof.quiet", hours=rules.quiet_h)
    late = texts("order_proof.recording", hours=f"{rules.recording_h:g}")
    return (
        _proof(look, texts("order_proof.band", hours=rules.band_h), (since, band_until), seen,
               bad=now is not None and now.off > 0),
        _proof(look, quiet, (since, quiet_until), f"{heard} · {late}", bad=bool(made)),
    )  # fmt: skip


def _proof(
    look: Look, what: str, span: tuple[datetime, datetime], seen: str, *, bad: bool
) -> Proof:
    (since, until), at = span, look.freshness.now
    share = min(1.0, max(0.0, (at - since) / (until - since)))
    key = "over" if at >= until else "until"
    told = look.words.texts(f"order_proof.{key}", time=look.words.moment(until))
    return Proof(what, told, share, seen, bad)


def _complaints(look: Look, order: Order, since: datetime) -> list[datetime]:
    """When complaints about the order's cells were made since the repair, each ticket once."""
    found: dict[str, datetime] = {}
    for cell_id in order.draft.cell_ids:
        asked = {"cell_id": cell_id, "since": since, "limit": _MOST}
        for row in look.snapshot.rows("cell_tickets", asked):
            found[row["ticket_id"]] = row["created_at"]
    return sorted(found.values())


def _reasons(look: Look, event: Event) -> tuple[str, ...]:
    """The system's reasons in the page's words; a person's in their own."""
    raw = event.details.get("reasons")
    if not isinstance(raw, (list, tuple)):
        return (reason_text(look.words.texts, event.reason),) if event.reason else ()
    return tuple(_reason(look, each) for each in raw if isinstance(each, Mapping))


def _reason(look: Look, raw: Mapping[str, Any]) -> str:
    words, since = look.words, raw.get("since")
    kpi = words.kpi(str(raw.get("kpi")))
    value, normal = raw.get("value"), raw.get("normal")

    def told(number: float | None) -> str:
        return w.measure(number) if kpi is None else words.with_unit(number, kpi)

    text = words.texts.get(f"order_proof.{raw.get('code')}")
    if text is None:
        return str(raw.get("code"))
    return text.format(
        cell=raw.get("cell_id") or "",
        kpi=words.kpi_label(str(raw.get("kpi") or "")),
        time=words.moment(datetime.fromisoformat(since)) if isinstance(since, str) else w.NOTHING,
        value=told(value),
        normal=told(normal),
        hours=w.number(raw.get("hours")),
        of=w.number(raw.get("of")),
    )
