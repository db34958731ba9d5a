"""The board of work orders: what it says, what can be done on it, and who is told of what."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.dispatch.model import Step, id_of
from dashboard.snapshot import write_snapshot
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from tests.support.city import city
from tests.support.orders import TEAMS, desk_of, fill_orders, look_at_proof, team_tables
from tests.support.snapshots import AS_OF
from tests.web.conftest import HandClock, Site

NOW = AS_OF + timedelta(minutes=23)
BOARD, ROWS, MAP, STEPS = (f"/live/dispatch/{n}" for n in ("board", "rows", "map", "steps"))
FEW = 40


def site_of(data):
    clock, desk = HandClock(NOW), desk_of(data)
    made = Site(data, clock, create_app(data, clock=clock, settings=WebSettings(), dispatch=desk))
    made.desk = desk
    return made


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A city with teams and forty orders in all states."""
    data = tmp_path_factory.mktemp("orders")
    content = city()
    content = replace(content, more={**content.more, **team_tables(AS_OF)})
    write_snapshot(data, content, kpi_days={}, published_at=AS_OF)
    orders = fill_orders(data, content.cells, at=NOW, count=FEW)
    assert len({order.state for order in orders}) == 10  # all states
    return data


@pytest.fixture(scope="module")
def site(filled):
    """Read only."""
    made = site_of(filled)
    yield made
    made.desk.close()


@pytest.fixture
def own(filled, tmp_path):
    """To act on."""
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    made = site_of(data)
    yield made
    made.desk.close()


def board(site, search="", **headers):
    answer = site.get(f"{BOARD}?lang=en{search}", **headers)
    assert answer.status_code == 200, answer.data
    return answer.get_json()


def step(site, kind, orders, **more):
    raw = {"kind": kind, "by": "Wang", "orders": orders, **more}
    return site.client.post(f"{STEPS}?lang=en", json=raw)


def cards_of(told, key):
    column = next(column for column in told["columns"] if column["key"] == key)
    return [told["cards"][name] for name in column["cards"]]


def seen(card):
    return {"id": card["id"], "seen": card["seq"]}


def test_columns_hold_all_orders_of_their_states(site):
    told, orders = board(site), site.desk.book().orders
    for column in told["columns"]:
        fit = [order for order in orders if order.state in column["states"]]
        assert int(column["count"]) == len(fit) == len(column["cards"])
    ended = {one["key"]: int(one["count"]) for one in told["folded"]}
    assert ended == {
        state: sum(order.state == state for order in orders)
        for state in ("closed", "rejected", "cancelled")
    }
    assert told["count"] == f"{FEW} of {FEW} orders"
    unfolded = board(site, "&done=open")
    assert unfolded["folded"] == []
    assert {card["state"] for card in cards_of(unfolded, "closed")} == {
        "closed", "rejected", "cancelled",
    }  # fmt: skip


def test_a_card_says_what_an_order_is_about(site):
    told = board(site)
    card = cards_of(told, "dispatched")[0]
    order = site.desk.book().by_id[id_of(card["id"])]
    names = {team: name for team, name, *_ in TEAMS}
    assert card["site"] == order.draft.title
    cells = len(order.draft.cell_ids)
    assert card["cells"] == (f"{cells} cells" if cells > 1 else "1 cell")
    assert card["team"] == names[order.team_id]
    assert card["given"] == "yes"
    assert card["avoided"] == f"{order.draft.avoided:.2f}"
    # The way to the site began with acceptance and takes 120 minutes by day.
    assert card["due"]["from"] == order.accepted_at.timestamp()
    assert card["due"]["at"] - card["due"]["from"] == 7200
    assert card["due"]["at"] - card["due"]["warn"] == pytest.approx(2160)  # 30 % of it
    assert card["href"] == f"/dispatch/{card['id']}?lang=en"
    repaired = cards_of(told, "repaired")[0]
    assert repaired["due"]["proof"]
    assert repaired["due"]["at"] - repaired["due"]["from"] == (72 + 12) * 3600
    assert "proof" not in [mark[0] for mark in repaired["marks"]]  # nobody looked yet
    reopened = [card for card in cards_of(told, "proposed") if card["state"] == "reopened"]
    assert reopened
    assert all("reopened" in [mark[0] for mark in card["marks"]] for card in reopened)


def test_a_card_says_how_far_a_repair_is_proven(own):
    orders = own.desk.orders()
    name = cards_of(board(own), "repaired")[0]["id"]
    order = orders.get(id_of(name))
    kpis = 3 * len(order.draft.cell_ids)

    def looked(hours, off=None):
        at = order.repaired_at + timedelta(hours=hours)
        look_at_proof(orders, order, at, off=off)
        own.desk._look_again()  # its version is believed for a second
        [card] = [c for c in cards_of(board(own), "repaired") if c["id"] == name]
        return card, next(mark for mark in card["marks"] if mark[0].startswith("proof"))

    assert looked(0.5)[1][:2] == ["proof", "no KPIs yet"]
    card, mark = looked(13)
    assert mark[:2] == ["proof", f"KPIs {kpis}/{kpis}"]
    assert f"{kpis} of {kpis} KPIs are back, 12 of 24 hours are known" in mark[2]
    assert card["due"]["at"] - card["due"]["from"] == (72 + 12) * 3600
    card, mark = looked(90, off="latency_ms")
    assert mark[:2] == ["proof off", f"KPIs {kpis - 1}/{kpis}"]
    # the quiet hours are over, a KPI is not back: after a week the order reopens
    assert card["due"]["what"] == "reopens"
    assert card["due"]["at"] == order.repaired_at.timestamp() + 168 * 3600


def test_the_best_come_first(site):
    book = site.desk.book()

    def worth(card):
        order = book.by_id[id_of(card["id"])]
        stop = book.plan.get(order.id)
        return stop.per_hour if stop else order.draft.avoided / order.draft.hours

    by_worth = [worth(card) for card in cards_of(board(site), "proposed")]
    assert by_worth == sorted(by_worth, reverse=True)
    due = [card["due"]["at"] for card in cards_of(board(site, "&sort=due"), "proposed")]
    assert due == sorted(due)
    age = [card["opened"] for card in cards_of(board(site, "&sort=age"), "proposed")]
    assert age == sorted(age)


def test_filters_and_what_they_leave(site):
    orders = site.desk.book().orders
    some = next(order for order in orders if order.state == "dispatched")
    for search, fits in (
        (f"&region_id={some.draft.region_id}", lambda o: o.draft.region_id == some.draft.region_id),
        (f"&cause={some.draft.cause}", lambda o: o.draft.cause == some.draft.cause),
        ("&state=accepted,on_site", lambda o: o.state in ("accepted", "on_site")),
        (f"&q={some.draft.cell_ids[0]}", lambda o: some.draft.cell_ids[0] in o.draft.cell_ids),
        (f"&q={some.name.lower()}", lambda o: o.id == some.id),
        (f"&mine={some.by}", lambda o: some.by in (o.by, o.opened_by)),
    ):
        told = board(site, search + "&done=open")
        assert set(told["cards"]) == {order.name for order in orders if fits(order)}, search
    team = board(site, f"&team={some.team_id}&done=open")["cards"]
    names = {team_id: name for team_id, name, *_ in TEAMS}
    assert {card["team"] for card in team.values()} == {names[some.team_id]}
    late = board(site, "&late=yes")
    assert late["cards"]
    now = NOW.timestamp()
    for card in late["cards"].values():
        assert card["late"] or now >= card["due"]["warn"]
    nothing = board(site, "&q=nowhere-at-all")
    assert nothing["empty"]["clear"]
    odd = board(site, "&sort=sideways&state=lost,accepted")
    assert "state=lost, sort=sideways" in odd["notes"][0]


def test_only_known_parameters(site):
    answer = site.get(f"{BOARD}?colour=blue")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "unknown_parameter")


def test_an_answer_that_did_not_change_is_not_sent_again(own):
    first = own.get(f"{BOARD}?lang=en")
    again = own.get(f"{BOARD}?lang=en", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert float(again.headers["X-Foresite-Now"]) == NOW.timestamp()
    card = cards_of(first.get_json(), "proposed")[0]
    assert step(own, "accept", [seen(card)]).status_code == 200
    later = own.get(f"{BOARD}?lang=en", **{"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.get_json()["cards"][card["id"]]["state"] == "accepted"


def test_many_are_accepted_at_once_and_the_teams_are_told_apart(own):
    proposed = [c for c in cards_of(board(own), "proposed") if c["state"] == "proposed"]
    told = step(own, "accept", [seen(card) for card in proposed]).get_json()
    assert sorted(told["done"]) == sorted(card["id"] for card in proposed)
    assert told["lines"][0].startswith("Accepted: ")
    orders = [own.desk.order(id_of(name)) for name in told["done"]]
    assert {(order.state, order.by) for order in orders} == {("accepted", "Wang")}
    sent = step(own, "dispatch", [{"id": order.name, "seen": order.seq} for order in orders])
    assert len(sent.get_json()["done"]) == len(orders)
    for order in orders:
        now = own.desk.order(order.id)
        stop = own.desk.book().plan.get(order.id)
        assert now.state == "dispatched"
        assert now.team_id == (stop.team_id if stop else order.draft.team_id)


def test_to_send_a_team_is_to_accept(own):
    card = next(c for c in cards_of(board(own), "proposed") if c["state"] == "proposed")
    assert "dispatch" in card["can"]
    told = step(own, "dispatch", [seen(card)], team="T07").get_json()
    assert told["done"] == [card["id"]]
    kinds = [event.kind for event in own.desk.events(id_of(card["id"]))]
    assert kinds[-2:] == ["accept", "dispatch"]
    assert own.desk.order(id_of(card["id"])).team_id == "T07"
    assert "城南一队" in told["lines"][0]


def test_who_is_second_is_told_who_was_first(own):
    card = next(c for c in cards_of(board(own), "proposed") if c["state"] == "proposed")
    other = Step("reject", "Li", reason="duplicate")
    own.desk.act(id_of(card["id"]), [other], at=NOW, seen=card["seq"])
    told = step(own, "accept", [seen(card)]).get_json()
    assert (told["done"], told["lost"]) == ([], [card["id"]])
    said = f"{card['id']}: Li was first at 15:23 (Rejected); it is “Rejected” now"
    assert told["lines"] == [said]
    assert own.desk.order(id_of(card["id"])).by == "Li"


def test_the_same_click_twice_counts_once(own):
    card = next(c for c in cards_of(board(own), "proposed") if c["state"] == "proposed")
    first, second = (step(own, "accept", [seen(card)]).get_json() for _ in range(2))
    assert first["done"] == second["done"] == [card["id"]]
    assert second["lost"] == []
    assert [e.kind for e in own.desk.events(id_of(card["id"]))].count("accept") == 1


def test_reasons_are_kept_and_masked(own):
    card = next(c for c in cards_of(board(own), "proposed") if c["state"] == "proposed")
    refused = step(own, "reject", [seen(card)]).get_json()
    assert refused["done"] == []
    note = "用户 13812345678 已撤诉"
    told = step(own, "reject", [seen(card)], code="not_network", note=note).get_json()
    assert told["done"] == [card["id"]]
    order = own.desk.order(id_of(card["id"]))
    assert order.reason.startswith("not_network: ")
    assert "13812345678" not in order.reason
    event = step(own, "comment", [{"id": card["id"], "seen": order.seq}], note="ok").get_json()
    assert event["done"] == [card["id"]]
    assert own.desk.order(order.id).comments == order.comments + 1


def test_some_fail_and_all_are_told(own):
    told = board(own)
    fine = next(c for c in cards_of(told, "proposed") if c["state"] == "proposed")
    wrong = cards_of(told, "on_site")[0]
    said = step(own, "accept", [seen(fine), seen(wrong)]).get_json()
    assert (said["done"], said["refused"]) == ([fine["id"]], [wrong["id"]])
    assert said["lines"][1] == f"{wrong['id']}: it is “On site” now, this cannot be done"


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        ({"kind": "repair", "orders": [{"id": "WO-000001"}]}, "use accept, dispatch"),
        ({"kind": "accept", "orders": [{"id": "cell-7"}]}, "WO-000001"),
        ({"kind": "accept", "orders": []}, "name 1 to 100 orders"),
        ({"kind": "accept", "orders": [{"id": f"WO-{n}"} for n in range(1, 102)]}, "1 to 100"),
        (["accept"], "as JSON"),
    ],
)
def test_a_request_that_says_nothing_right(site, raw, hint):
    answer = site.client.post(STEPS, json=raw)
    assert answer.status_code == 400
    assert hint in answer.get_json()["error"]["hint"]


def test_only_pages_of_this_machine_act(site):
    raw = {"kind": "accept", "orders": [{"id": "WO-000001"}]}
    for options in (
        {"headers": {"Origin": "https://elsewhere.example"}},
        {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}},
    ):
        answer = site.client.post(STEPS, json=raw, **options)
        assert answer.status_code == 403


def test_who_gives_no_name_is_the_address(own):
    card = next(c for c in cards_of(board(own), "proposed") if c["state"] == "proposed")
    assert step(own, "accept", [seen(card)], by="  \n ").status_code == 200
    assert own.desk.order(id_of(card["id"])).by == "127.0.0.1"


def test_a_replay_shows_the_board_as_it_was_and_does_nothing(site):
    moment = AS_OF.isoformat().replace("+00:00", "Z")
    then = board(site, f"&at={moment}&done=open")
    orders = site.desk.book(AS_OF).orders
    assert {name: card["state"] for name, card in then["cards"].items()} == {
        order.name: order.state for order in orders
    }
    assert {card["state"] for card in then["cards"].values()} != {
        order.state for order in site.desk.book().orders
    } or len(orders) < FEW
    assert not then["acting"]
    assert all(card["can"] == [] for card in then["cards"].values())
    assert (then["speed"], then["now"]) == (0.0, AS_OF.timestamp())
    raw = {"kind": "accept", "orders": [{"id": "WO-000001"}]}
    answer = site.client.post(f"{STEPS}?at={moment}", json=raw)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "replay")
    page = site.page("/dispatch", f"?lang=en&at={moment}")
    assert "dp-bar" not in page
    assert "to look at, not to act on" in page


def test_teams_on_duty_with_their_plan(site):
    told = board(site)["teams"]
    assert told["count"] == "8 / 10"
    shown = {team["id"]: team for team in told["list"]}
    plan = [stop for stop in site.desk.book().plan.values() if stop.team_id == "T02"]
    # T02 works 09:00-18:00: what its plan takes of that, in hours.
    start = NOW.replace(hour=1, minute=0)
    planned = sum(
        max(timedelta(0), min(stop.ends_at, start + timedelta(hours=9)) - stop.starts_at)
        / timedelta(hours=1)
        for stop in plan
        if stop.starts_at < start + timedelta(hours=9)
    )
    assert shown["T02"]["planned"] == f"{planned:.1f}/9 h"
    assert shown["T02"]["now"] == round((6 + 23 / 60) / 9, 4)
    assert (shown["T05"]["state"] == "later") == (shown["T05"]["open"] == 0)
    assert shown["T05"]["hours"] == "20:00–05:00"


def test_the_map_has_all_that_fit(site):
    told = site.get(f"{MAP}?lang=en").get_json()
    shown = [
        o for o in site.desk.book().orders if o.state not in ("closed", "rejected", "cancelled")
    ]
    assert {one[0] for one in told["orders"]} == {order.name for order in shown}
    width, height = told["size"]
    assert all(0 < one[2] < width and 0 < one[3] < height for one in told["orders"])
    assert len(told["teams"]) == len(TEAMS)
    assert told["ways"]
    bases = {(team[3], team[4]) for team in told["teams"]}
    assert all((way[0], way[1]) in bases for way in told["ways"])


def test_the_table_in_its_order(site):
    ascending = site.get(f"{ROWS}?lang=en&rows=users&start=0&end=500").get_json()
    users = [int(row["users"].replace(",", "")) for row in ascending["rows"]]
    assert users == sorted(users)
    assert ascending["total"] == FEW
    due = site.get(f"{ROWS}?lang=en&rows=-late,name").get_json()["rows"]
    known = [row["late"] for row in due if row["late"]]
    assert known == sorted(known, reverse=True)
    assert all(not row["late"] for row in due[len(known) :])  # unknown comes last


def test_files_hold_what_fits(site):
    csv = site.get(f"{ROWS}?lang=en&state=accepted&format=csv")
    lines = csv.data.decode("utf-8-sig").strip().splitlines()
    accepted = sum(order.state == "accepted" for order in site.desk.book().orders)
    assert len(lines) == 1 + accepted
    assert "attachment" in csv.headers["Content-Disposition"]
    made = site.get(f"{ROWS}?lang=zh&format=xlsx").data
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert "少投诉" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("view", ["board", "map", "both", "table"])
def test_pages(site, language, view):
    page = site.page("/dispatch", f"?lang={language}&view={view}")
    setup = json.loads(page)  # it travels
    assert setup
    assert f"view-{view}" in page
    assert ("dispatch-grid" in page) == (view == "table")
    assert "dp-dialog" in page


def test_a_wall_has_no_controls(site):
    page = site.page("/dispatch", "?kiosk=full")
    for part in ("dp-controls", "dp-line", "dp-bar", "dp-dialog", "who-name"):
        assert f'"{part}' not in page
    assert not board(site, "&kiosk=full")["acting"]


def test_nothing_proposed_says_why(tiny_site):
    made = site_of(tiny_site.data)
    told = board(made)
    assert told["empty"]["lines"][0] == (
        "There are red cells (1): orders are proposed with the next forecast."
    )
    assert told["teams"]["note"].startswith("No teams")
    made.clock.at = AS_OF + timedelta(hours=9)
    stale = board(made)
    assert stale["notes"][0].startswith("The forecast is of Sat 21 Nov 15:00")
    made.desk.close()


def test_without_an_ops_database_the_page_says_so(tiny_site):
    told = board(tiny_site)
    assert told["empty"]["title"] == "No work orders are kept here"
    answer = step(tiny_site, "accept", [{"id": "WO-000001"}])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "no_orders")
    assert "dp-bar" not in tiny_site.page("/dispatch")


def test_a_damaged_database_is_told_of(own):
    own.desk.close()
    (own.data / "ops.sqlite").write_bytes(b"not a database" * 100)
    for suffix in ("-wal", "-shm"):
        (own.data / f"ops.sqlite{suffix}").unlink(missing_ok=True)
    assert own.get(BOARD).status_code == 503
    assert "The ops database cannot be read" in own.page("/dispatch", "?lang=en")
