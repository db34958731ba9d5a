"""``foresite orders``: the same orders at a terminal."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.cli import main
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.runtime.clock import save_clock
from ingest.clock import ScaledClock
from tests.support.snapshots import AS_OF


@pytest.fixture
def data(tmp_path):
    """Two orders, one of them with a team; the clock stands still."""
    save_clock(tmp_path, ScaledClock(AS_OF, AS_OF + timedelta(minutes=5), 0.0))
    engine = open_ops(tmp_path)
    orders = Orders(engine)
    drafts = [
        Draft("S1", "hardware", ("C1", "C2"), "望京", expected=1.21, team_id="T01", note="看电源"),
        Draft("S2", "transport", ("C3",), "中关村"),
    ]
    orders.propose(drafts, at=AS_OF, step=Step("propose", "foresite", "system"))
    engine.dispose()
    return tmp_path


def run(data, *arguments):
    return main(["--data", str(data), "orders", *arguments])


def told(capsys):
    return json.loads(capsys.readouterr().out)


def test_the_list(data, capsys):
    assert run(data, "list") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == [
        "WO-000002", "proposed", "transport", "-", "2026-11-21", "07:00", "UTC", "中关村",
    ]  # fmt: skip
    assert second.startswith("WO-000001")
    assert run(data, "list", "--json", "--cell", "C2", "--state", "open", "--words", "电源") == 0
    [order] = told(capsys)["orders"]
    assert (order["id"], order["timer"]["name"]) == ("WO-000001", "accept")
    assert run(data, "list", "--state", "closed", "--site", "S1") == 0
    assert capsys.readouterr().out == "no such order\n"
    assert run(data, "list", "--state", "asleep") == 2


def test_one_order_with_all_that_happened(data, capsys):
    assert run(data, "act", "1", "accept", "--by", "王工", "--seen", "1") == 0
    assert run(data, "act", "WO-000001", "dispatch", "--by", "王工") == 0  # the suggested team
    assert run(data, "act", "1", "repair", "--crew", "--found-cause", "transport") == 0
    capsys.readouterr()
    assert run(data, "show", "wo-1") == 0
    text = capsys.readouterr().out
    assert "WO-000001  repaired" in text
    assert "note: 看电源" in text
    assert "1.21 low-satisfaction complaints expected" in text
    assert "2  2026-11-21 07:05 UTC  accept    by 王工" in text
    assert run(data, "show", "1", "--json") == 0
    body = told(capsys)
    assert (body["order"]["team_id"], body["order"]["found_cause"]) == ("T01", "transport")
    assert [(e["kind"], e["actor"]) for e in body["events"]] == [
        ("propose", "system"), ("accept", "person"), ("dispatch", "person"), ("repair", "crew"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("act", "1", "repair"), 1, "possible: accept, reject"),
        (("act", "1", "reject"), 1, "reject needs a reason"),
        (("act", "2", "assign"), 1, "needs a team"),
        (("act", "9", "accept"), 1, "there is no work order WO-000009"),
        (("show", "9"), 1, "there is no work order WO-000009"),
        (("act", "1", "dance"), 2, "use propose"),
        (("show", "nothing"), 2, "WO-000123"),
    ],
)
def test_what_is_refused(data, capsys, arguments, code, said):
    assert run(data, *arguments) == code
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_who_was_first_is_told(data, capsys):
    assert run(data, "act", "1", "accept", "--by", "李敏", "--seen", "1") == 0
    assert run(data, "act", "1", "reject", "--reason", "duplicate", "--seen", "1") == 1
    assert "李敏 was first: accept" in capsys.readouterr().err


def test_numbers_of_customers_do_not_reach_the_disk(data, capsys):
    reason = "客户 13812345678 已回访"
    assert run(data, "act", "1", "comment", "--reason", reason, "--json") == 0
    assert run(data, "show", "1") == 0
    assert "13812345678" not in capsys.readouterr().out


def test_without_a_database_there_is_nothing(tmp_path, capsys):
    assert run(tmp_path, "list", "--json") == 0
    assert told(capsys) == {"orders": []}
    assert run(tmp_path, "show", "1") == 1
