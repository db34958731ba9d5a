"""What a repair has proven so far, and what is still waited for: repaired is not cured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.dispatch.model import Event, Order
from dashboard.dispatch.proofs import Proof as Looked
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.order_kpis import Now
from dashboard.web.view.order_words import reason_text

_SHOWN = 4
_MOST = 200
_REASONS = 6
_TIME_ALONE = frozenset({"band_hours", "quiet_hours", "time_over"})
"""What passes by itself: the bars show it."""
_NOT_YET = frozenset({"not_known", "nobody"})
"""Always so while the first day is not over."""


@dataclass(frozen=True)
class Proof:
    """One of the two things to be proven.

    Attributes:
        what: in words.
        until: when its hours are over, in words.
        share: of its hours that have passed (of KPIs: that are known), 0 … 1.
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
        looked: by what the figures are, in words; empty where nobody looked yet.
        missing: what is missing beside time, in words; None: nobody looked yet.
    """

    proofs: tuple[Proof, ...]
    verdict: str
    reasons: tuple[str, ...]
    looked: str = ""
    missing: tuple[str, ...] | None = None


def proofs(
    look: Look,
    order: Order,
    events: tuple[Event, ...],
    rules: VerifySettings,
    now: Now | None,
    *,
    looked: Looked | None = None,
) -> Proofs | None:
    """None where no repair was ever reported.

    Args:
        look: the snapshot, words, and the moment that is looked from.
        order: as it stands.
        events: of the order.
        rules: of verification.
        now: KPIs of its worst cell.
        looked: what the newest look at this repair said; without it the rules' hours are told.
    """
    decided = next((e for e in reversed(events) if e.kind in ("verify", "reopen")), None)
    if order.repaired_at is None and decided is None:
        return None
    texts, words = look.words.texts, look.words
    found: tuple[Proof, ...] = ()
    told, missing = "", None
    if order.repaired_at is not None and order.state == "repaired":
        if looked is None:
            found = _running(look, order, order.repaired_at, rules, now)
        else:
            found = _known(look, order, looked, rules)
            told = texts("order_proof.looked", time=words.moment(looked.as_of))
            missing = _missing(look, looked)
    if decided is None or (order.state == "repaired" and decided.seq < _repaired(events)):
        return Proofs(found, "", (), told, missing)
    verdict = texts("order_proof.why_reopened")
    if decided.kind == "verify":
        verdict = texts("order_proof.verified", time=words.moment(decided.at))
    return Proofs(found, verdict, _reasons(look, decided), told, missing)


def _known(look: Look, order: Order, looked: Looked, rules: VerifySettings) -> tuple[Proof, ...]:
    """By what the newest look knew: hours of KPIs that are there, hours without complaints."""
    texts, words = look.words.texts, look.words
    if looked.kpis:
        seen = texts("order_proof.back", n=looked.kpis_back, of=looked.kpis,
                     hours=w.number(looked.known_h), need=w.number(looked.of_h))  # fmt: skip
    else:
        seen = texts("order_proof.no_kpis_yet")
    # Before its first hours are known no KPI is back, and none is off.
    off = looked.known_h > 0 and looked.kpis_back < looked.kpis
    band = Proof(
        texts("order_proof.band", hours=rules.band_h),
        _until(look, looked.band_until),
        looked.known_h / looked.of_h if looked.of_h else 0.0,
        seen,
        bad=off,
    )
    heard = _heard(look, _complaints(look, order, looked.repaired_at))
    anew = looked.quiet_since > looked.repaired_at
    if anew:
        since = texts("order_proof.anew", time=words.moment(looked.quiet_since))
        heard = texts("order_proof.both", one=heard, other=since)
    late = texts("order_proof.recording", hours=f"{rules.recording_h:g}")
    quiet = texts("order_proof.quiet", hours=rules.quiet_h)
    span = (looked.quiet_since, looked.quiet_until)
    return band, _proof(look, quiet, span, f"{heard} · {late}", bad=anew)


def _missing(look: Look, looked: Looked) -> tuple[str, ...]:
    """What time alone does not mend; while the first day runs, hours to come are not missing."""
    early = looked.as_of < looked.band_until
    passing = _TIME_ALONE | _NOT_YET if early else _TIME_ALONE
    raw = [reason for reason in looked.reasons if reason.get("code") not in passing]
    found = [_reason(look, reason) for reason in raw[:_REASONS]]
    left = len(raw) - len(found) + looked.more
    if found and left:
        found.append(look.words.texts("order_proof.more", n=left))
    return tuple(found)


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
    heard = _heard(look, made)
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
    return Proof(what, _until(look, until), share, seen, bad)


def _until(look: Look, until: datetime) -> str:
    key = "over" if look.freshness.now >= until else "until"
    return look.words.texts(f"order_proof.{key}", time=look.words.moment(until))


def _heard(look: Look, made: list[datetime]) -> str:
    """Complaints since the repair, in words."""
    if not made:
        return look.words.texts("order_proof.no_complaints")
    times = " · ".join(look.words.moment(at) for at in made[:_SHOWN])
    return look.words.texts("order_proof.complaints", n=len(made), times=times)


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
