"""Repaired is not cured: the decision about one repaired order, from facts and rules alone.

What is not known counts for nothing: an order is verified by what was seen to be well. Better than
usual is well. Two limits keep chance out: a KPI of a sound cell strays now and then, so verifying
allows some hours and reopening needs more of them; between the two the order waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import prod
from typing import Any, Literal

from dashboard.dispatch.verify_settings import VerifySettings

Decision = Literal["verify", "reopen", "close", "wait"]
Code = Literal[
    "complaint", "late_complaint", "no_change", "out_of_band", "not_in_band", "not_known",
    "no_kpis", "nobody", "band_hours", "quiet_hours", "cured", "time_over",
]  # fmt: skip
WAITING: tuple[Code, ...] = (
    "band_hours", "quiet_hours", "time_over", "no_kpis", "not_known", "nobody", "not_in_band",
)  # fmt: skip
"""What an order may wait for."""
WHOSE = 0.5
"""Complaints whose cells are only probable count when the order's are as likely as this."""
_TINY = 1e-9


@dataclass(frozen=True)
class Repaired:
    """What the decision needs of an order.

    Attributes:
        cell_ids: its cells.
        repaired_at: when the crew reported the repair.
        verified_at: when it was verified; None before.
    """

    cell_ids: tuple[str, ...]
    repaired_at: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True)
class KpiFact:
    """One KPI of one cell since the repair (hours settled out; see ``forecasting.recovery``).

    Attributes:
        window_h: hours known in the window that decides.
        used_h: of these, with users.
        out_h: of these, beyond the band.
        since_used_h, since_out_h: the same of all hours since the repair.
        out_since: first hour beyond the band in the window.
        value, normal: of the worst hour, in the KPI's unit.
        last: beginning of the newest hour known.
    """

    cell_id: str
    kpi: str
    window_h: float
    used_h: float
    out_h: float
    since_used_h: float
    since_out_h: float
    out_since: datetime | None = None
    value: float | None = None
    normal: float | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Complaint:
    """A ticket made after the repair; ``weight``: the chance that it is the cell's."""

    ticket_id: str
    cell_id: str
    created_at: datetime
    weight: float


@dataclass(frozen=True)
class Facts:
    """What is known of an order's cells."""

    kpis: tuple[KpiFact, ...] = ()
    complaints: tuple[Complaint, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why; what does not apply is None.

    Attributes:
        code: see ``Code``; the pages have words for each.
        since: of a KPI: first hour beyond the band, or newest hour known; of a complaint: when it
            was made; of what is waited for: until when.
        hours, of: hours beyond the band, of so many with users.
    """

    code: Code
    cell_id: str | None = None
    kpi: str | None = None
    since: datetime | None = None
    value: float | None = None
    normal: float | None = None
    hours: float | None = None
    of: float | None = None
    ticket_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What is known of it; times as ISO 8601 in UTC."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        if self.since is not None:
            known["since"] = self.since.astimezone(UTC).isoformat()
        return known


@dataclass(frozen=True)
class Verdict:
    """What becomes of an order, and why; ``wait``: what is still waited for."""

    decision: Decision
    reasons: tuple[Reason, ...]


def decide(order: Repaired, facts: Facts, now: datetime, rules: VerifySettings) -> Verdict:
    """What becomes of a repaired or verified order by what is known at ``now``.

    Args:
        order: repaired; with ``verified_at``, verified and not yet closed.
        facts: of its cells, as known at ``now``; their order does not matter.
        now: aware.
        rules: of verification.
    """
    if order.verified_at is not None:
        return _afterwards(order, order.verified_at, facts, now, rules)
    echo_until = order.repaired_at + timedelta(hours=rules.echo_h)
    if about := likely(facts.complaints, after=echo_until):
        return Verdict("reopen", tuple(_of(c, "complaint") for c in about))
    if worse := _no_better(order, facts.kpis, now, rules):
        return Verdict("reopen", worse)
    lacking = _lacking(order, facts.kpis, rules)
    waits = [*_waits(order, facts, now, rules), *lacking]
    if not waits:
        return Verdict("verify", (Reason("cured"),))
    if lacking and now >= order.repaired_at + timedelta(hours=rules.give_up_h):
        return Verdict("reopen", tuple(lacking))
    return Verdict("wait", tuple(waits))


def _afterwards(
    order: Repaired, verified_at: datetime, facts: Facts, now: datetime, rules: VerifySettings
) -> Verdict:
    """Of a verified order: a complaint of that time that was recorded late reopens it."""
    echo_until = order.repaired_at + timedelta(hours=rules.echo_h)
    quiet_until = min(verified_at, order.repaired_at + timedelta(hours=rules.quiet_h))
    if late := likely(facts.complaints, after=echo_until, until=quiet_until):
        return Verdict("reopen", tuple(_of(c, "late_complaint") for c in late))
    end = verified_at + timedelta(hours=rules.close_h)
    if now >= end:
        return Verdict("close", (Reason("time_over"),))
    return Verdict("wait", (Reason("time_over", since=end),))


def likely(
    complaints: Iterable[Complaint], *, after: datetime, until: datetime | None = None
) -> list[Complaint]:
    """Complaints of a span, the earliest first, if it is likely that one was of these cells.

    A ticket that was spread over several of the cells is one complaint with the sum of its shares.
    """
    span = [c for c in complaints if c.created_at > after and (not until or c.created_at <= until)]
    shares: dict[str, float] = {}
    for each in span:
        shares[each.ticket_id] = shares.get(each.ticket_id, 0.0) + each.weight
    if 1 - prod(1 - min(share, 1.0) for share in shares.values()) < WHOSE - _TINY:
        return []
    made: dict[str, Complaint] = {}
    for each in sorted(span, key=lambda c: (c.created_at, c.ticket_id, -c.weight, c.cell_id)):
        made.setdefault(each.ticket_id, each)
    return list(made.values())


def _no_better(
    order: Repaired, kpis: Sequence[KpiFact], now: datetime, rules: VerifySettings
) -> tuple[Reason, ...]:
    """KPIs that the repair has not brought back, the most hours first."""
    whole = now >= order.repaired_at + timedelta(hours=rules.settle_h + rules.band_h)
    found = []
    for fact in kpis:
        share = fact.since_out_h / fact.since_used_h if fact.since_used_h else 0.0
        if whole and fact.used_h >= rules.used_h and fact.out_h > rules.stray_share * fact.used_h:
            found.append(_out(fact, "out_of_band", fact.out_h, fact.used_h))
        elif fact.since_used_h >= rules.at_once_h and share >= rules.at_once_share:
            found.append(_out(fact, "no_change", fact.since_out_h, fact.since_used_h))
    return tuple(sorted(found, key=lambda r: (-(r.hours or 0.0), r.cell_id or "", r.kpi or "")))


def _lacking(order: Repaired, kpis: Sequence[KpiFact], rules: VerifySettings) -> list[Reason]:
    """What keeps the KPIs from being called well."""
    told = {fact.cell_id for fact in kpis}
    found = [Reason("no_kpis", cell) for cell in sorted(set(order.cell_ids) - told)]
    for fact in sorted(kpis, key=lambda f: (f.cell_id, f.kpi)):
        if fact.used_h >= rules.used_h and not in_band(fact, rules):
            found.append(_out(fact, "not_in_band", fact.out_h, fact.used_h))
        elif fact.window_h < rules.known_share * rules.band_h - _TINY:
            found.append(Reason("not_known", fact.cell_id, fact.kpi, since=fact.last))
        elif fact.used_h < rules.used_h:
            found.append(Reason("nobody", fact.cell_id, fact.kpi, hours=fact.used_h))
    return found


def _waits(order: Repaired, facts: Facts, now: datetime, rules: VerifySettings) -> list[Reason]:
    """Hours that are not over yet."""
    found = []
    band_until = order.repaired_at + timedelta(hours=rules.settle_h + rules.band_h)
    if now < band_until:
        found.append(Reason("band_hours", since=band_until))
    quiet_until = quiet_since(order, facts) + timedelta(hours=rules.quiet_h + rules.recording_h)
    if now < quiet_until:
        found.append(Reason("quiet_hours", since=quiet_until))
    return found


def quiet_since(order: Repaired, facts: Facts) -> datetime:
    """Since when nobody complained: the repair, or the newest complaint after it."""
    echoes = likely(facts.complaints, after=order.repaired_at)
    return max([order.repaired_at, *(c.created_at for c in echoes)])


def in_band(fact: KpiFact, rules: VerifySettings) -> bool:
    """Whether a KPI is back, by the hours of the window that are known."""
    return fact.used_h > 0 and fact.out_h <= rules.out_share * fact.used_h


def _out(fact: KpiFact, code: Code, hours: float, of: float) -> Reason:
    return Reason(
        code, fact.cell_id, fact.kpi, since=fact.out_since, value=fact.value, normal=fact.normal,
        hours=hours, of=of,
    )  # fmt: skip


def _of(complaint: Complaint, code: Code) -> Reason:
    return Reason(
        code, complaint.cell_id, since=complaint.created_at, ticket_id=complaint.ticket_id
    )
