"""How far the proof of a repair is: figures of one look, kept beside the orders, replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.dispatch.book import read_book, renewed
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.proofs import MOST_REASONS, Proofs, proof_of
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verify import (
    WAITING,
    Complaint,
    Facts,
    KpiFact,
    Reason,
    Repaired,
    Verdict,
)
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.dispatch.verifying import look_at
from dashboard.ops.engine import open_ops

T0 = datetime(2026, 11, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = VerifySettings()
BACK = timedelta(days=7)


def kpi(name: str, *, known: float = 24, off: float = 0, cell: str = "C1") -> KpiFact:
    return KpiFact(cell, name, known, known, off, known, off, last=T0 + 20 * HOUR)


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


def repaired(orders: Orders, site: str = "S1", at: datetime = T0):
    draft = Draft(site, "hardware", ("C1", "C2"), site)
    [made] = orders.propose([draft], at=at - HOUR, step=Step("propose", "f", "system"))
    steps = [Step("accept", "w"), Step("dispatch", "w"), Step("repair", "w", "crew")]
    return orders.act(made.order.id, steps, at=at)


def looked(order, facts: Facts, hours: float):
    at = T0 + hours * HOUR
    return look_at(order, facts, RULES, at, at)[1]


def test_the_figures_of_a_look(orders):
    order = repaired(orders)
    facts = Facts(
        (
            kpi("drop_rate_pct", known=18, off=6),  # 6 of 18 is more than a quarter
            kpi("accessibility_pct", known=17, off=4),  # 4 of 17 is not
            kpi("drop_rate_pct", known=19, cell="C2"),
        ),
        (Complaint("T1", "C1", T0 + 5 * HOUR, 1.0),),
    )
    proof = looked(order, facts, 20)
    assert (proof.decision, proof.kpis, proof.kpis_back) == ("wait", 3, 2)
    assert (proof.known_h, proof.of_h, proof.complaints) == (17, 24, 1)
    assert proof.band_until == T0 + 25 * HOUR
    # 72 quiet hours and 12 for those recorded late, anew from the complaint of the first hours
    assert (proof.quiet_since, proof.quiet_until) == (T0 + 5 * HOUR, T0 + 89 * HOUR)
    assert proof.give_up_at == T0 + 168 * HOUR
    assert proof.as_of == proof.looked_at == T0 + 20 * HOUR
    assert {reason["code"] for reason in proof.reasons} == {
        "band_hours", "quiet_hours", "not_in_band", "not_known",
    }  # fmt: skip
    assert {reason["code"] for reason in proof.reasons} <= set(WAITING)


def test_a_cell_without_kpis_has_no_hours(orders):
    proof = looked(repaired(orders), Facts((kpi("drop_rate_pct"),)), 30)
    assert (proof.known_h, proof.kpis, proof.kpis_back) == (0, 1, 1)


def test_many_reasons_are_counted(orders):
    names = [kpi(f"k{n:02}", known=3) for n in range(60)]
    proof = looked(repaired(orders), Facts((*names, kpi("k", cell="C2"))), 100)
    assert (len(proof.reasons), proof.more) == (MOST_REASONS, 20)


def test_kept_as_told_and_replaced(orders):
    one, other = repaired(orders), repaired(orders, "S2")
    table = Proofs(orders.engine)
    facts = Facts((kpi("drop_rate_pct", off=10), kpi("drop_rate_pct", cell="C2")))
    first = [looked(order, facts, 30) for order in (one, other)]
    table.replace(first)
    assert table.read() == {proof.order_id: proof for proof in first}
    # of an order that is not looked at the look before stays, while it waits
    again = looked(one, facts, 31)
    table.replace([again])
    assert table.read() == {one.id: again, other.id: first[1]}
    orders.act(other.id, [Step("reopen", "w", reason="not_cured: x")], at=T0 + 32 * HOUR)
    table.replace([])
    assert table.read() == {one.id: again}


def test_it_is_about_one_repair(orders):
    order = repaired(orders)
    proof = looked(order, Facts((kpi("a"), kpi("a", cell="C2"))), 30)
    assert proof.holds(order)
    assert not replace(proof, decision="verify").holds(order)
    reopened = orders.act(order.id, [Step("reopen", "w", reason="x: y")], at=T0 + 31 * HOUR)
    assert not proof.holds(reopened)
    steps = [Step("accept", "w"), Step("dispatch", "w"), Step("repair", "w", "crew")]
    assert not proof.holds(orders.act(order.id, steps, at=T0 + 40 * HOUR))


def test_the_book_tells_of_the_newest_look(orders):
    order = repaired(orders)
    book = read_book(orders.engine, BACK)
    assert book.proofs == {}
    for hours in (20, 21):
        proof = looked(order, Facts((kpi("a", known=hours),)), hours)
        Proofs(orders.engine).replace([proof])
        anew = read_book(orders.engine, BACK)
        assert anew.version != book.version  # whoever shows it is told
        book = renewed(orders.engine, BACK, book)
        assert book == anew
        assert book.proofs == {order.id: proof}
    # as it stood then: what was looked at is not kept
    assert read_book(orders.engine, BACK, at=T0 + 20 * HOUR).proofs == {}


def test_what_is_wrong_is_told_before_what_is_not_known() -> None:
    unknown = [Reason("not_known", "C1", f"kpi{n}") for n in range(MOST_REASONS)]
    verdict = Verdict("wait", (*unknown, Reason("not_in_band", "C2", "drop_rate_pct")))
    proof = proof_of(
        1, Repaired(("C1", "C2"), T0), Facts(), verdict, VerifySettings(), as_of=T0, now=T0
    )
    assert [proof.reasons[0][name] for name in ("code", "cell_id")] == ["not_in_band", "C2"]
    assert (len(proof.reasons), proof.more) == (MOST_REASONS, 1)
