"""What other systems tell of work orders, through the application."""

from __future__ import annotations

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.dispatch.inbound import MEANING
from dashboard.dispatch.inbound_event import FORMS, STATES
from dashboard.dispatch.outbound import tmf
from dashboard.dispatch.outbound.links import Links
from dashboard.dispatch.outbound.notice import Notice, Voice
from dashboard.dispatch.outbound.settings import InboundPeer
from dashboard.dispatch.states import STATES as OURS
from dashboard.dispatch.states import next_state
from dashboard.web.i18n import load_texts
from tests.support.hearing import ATTRIBUTES, EVENTS, LISTENER, NOW, TOKEN, Hearing


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One application for all tests: each has orders of its own."""
    with Hearing(tmp_path_factory.mktemp("hearing")) as hearing:
        yield hearing


@pytest.fixture
def here(shared):
    shared.clock.at = NOW
    return shared


VOICE = Voice(load_texts("zh"), ZoneInfo("Asia/Shanghai"), {})


def said(answer):
    return answer.get_json()["error"]["code"]


def kinds(here, order):
    return [event.kind for event in here.desk.events(order.id)]


def test_a_contractor_does_the_whole_work(here):
    order = here.order()
    for state, ours in (("acknowledged", "accepted"), ("inProgress", "on_site"),
                        ("completed", "repaired")):  # fmt: skip
        answer = here.tell(here.event(order, state))
        assert answer.status_code == 201
        assert answer.get_json()["result"] == "applied"
        assert answer.get_json()["state"] == ours
    assert kinds(here, order) == ["propose", "accept", "dispatch", "arrive", "repair"]
    events = here.desk.events(order.id)[1:]
    assert {(event.who, event.actor) for event in events} == {("itsm", "peer")}
    assert events[-1].details["peer_state"] == "completed"


def test_completed_at_once_takes_all_steps_and_remote_work_has_no_arrival(here):
    here.tell(here.event(here.order(), "completed"))
    remote = here.order(on_site=False)
    here.tell(here.event(remote, "completed"))
    assert kinds(here, remote) == ["propose", "accept", "dispatch", "repair"]


def test_the_same_event_twice_does_nothing(here):
    order = here.order()
    event = here.event(order)
    first, again = here.tell(event), here.tell(event, LISTENER)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json()["result"] == "known"
    assert kinds(here, order).count("arrive") == 1
    held = here.event(order, "held")
    assert [here.tell(held).status_code for _ in range(3)] == [201, 200, 200]
    assert kinds(here, order).count("comment") == 1


def test_the_same_event_many_times_at_once_does_it_once(here):
    order = here.order()
    event, answers = here.event(order, "completed"), []
    threads = [
        threading.Thread(target=lambda: answers.append(here.tell(event).status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 201}
    assert kinds(here, order) == ["propose", "accept", "dispatch", "arrive", "repair"]


def test_the_peers_own_id_is_kept_and_found_again(here):
    order = here.order()
    here.tell(here.event(order, "acknowledged", wo={"id": 8041}))
    links = Links(here.desk.orders().engine)
    assert links.external("itsm", order.id) == "8041"
    event = here.event(order, "inProgress")
    event["event"]["workOrder"] = {"id": "8041", "state": "inProgress"}
    assert here.tell(event).get_json()["order"] == order.name
    other = here.order()
    mixed = here.event(other, "acknowledged", wo={"id": "8041"})
    answer = here.tell(mixed)
    assert (answer.status_code, said(answer)) == (409, "other_order")
    assert kinds(here, other) == ["propose"]


def test_unknown_orders_and_impossible_steps_are_said(here):
    answer = here.tell(here.event("WO-000999"))
    assert (answer.status_code, said(answer)) == (404, "unknown_order")
    bare = here.event(here.order())
    bare["event"]["workOrder"] = {"id": "1", "state": "inProgress"}
    assert said(here.tell(bare)) == "unknown_order", "a peer's number is not ours"
    gone = here.order("cancel")
    answer = here.tell(here.event(gone, "completed"))
    assert (answer.status_code, said(answer)) == (409, "impossible_transition")
    assert "is cancelled: completed cannot follow" in answer.get_json()["error"]["message"]
    assert kinds(here, gone) == ["propose", "cancel"]


def test_older_than_what_is_known_changes_nothing(here):
    order = here.order()
    late, early = here.event(order, "acknowledged"), here.event(order, "completed")
    late["eventTime"] = (here.clock.at + timedelta(seconds=60)).isoformat()
    early["eventTime"] = (here.clock.at + timedelta(seconds=30)).isoformat()
    assert here.tell(late).status_code == 201
    answer = here.tell(early)
    assert (answer.status_code, said(answer)) == (409, "older_event")
    # The first repair, told late, must not end the second one.
    again = here.order("accept", "dispatch", "repair", "reopen")
    stale = here.event(again, "completed")
    stale["eventTime"] = (here.clock.at - timedelta(minutes=6)).isoformat()
    assert said(here.tell(stale)) == "older_event"
    assert here.desk.order(again.id).state == "reopened"


def test_attributes_are_a_comment_without_personal_data(here):
    order = here.order()
    event = here.event(order, None, eventType="WorkOrderAttributeValueChangeEvent", wo={
        "expectedCompletionDate": "2026-11-21T12:00:00Z", "appointment": {"id": "x"},
        "note": [{"text": "联系人：王小明 13800138000"}],
    })  # fmt: skip
    answer = here.tell(event, ATTRIBUTES)
    assert answer.get_json()["result"] == "noted"
    comment = here.desk.events(order.id)[-1]
    assert (comment.kind, comment.after) == ("comment", "proposed")
    assert "expectedCompletionDate = 2026-11-21T12:00:00Z, appointment" in comment.reason
    assert "13800138000" not in comment.reason
    assert "王小明" not in comment.reason


def test_tickets_are_understood_as_well(here):
    order = here.order()

    def status(word, **more):
        body = {"troubleTicket": {"id": "t1", "externalId": order.name, "status": word, **more}}
        return here.tell(here.event(order, eventType="TroubleTicketStatusChangeEvent", event=body))

    assert status("inProgress").get_json()["state"] == "on_site"
    assert status("held", statusChangeReason="waits for parts").get_json()["result"] == "noted"
    assert here.desk.events(order.id)[-1].reason == "TMF621 held: waits for parts"
    assert status("resolved").get_json()["state"] == "repaired"
    assert status("closed").get_json()["result"] == "noted", "cured is what KPIs prove"
    assert here.desk.events(order.id)[-1].details["peer_state"] == "closed"
    refused = status("completed").get_json()["error"]["message"]
    assert "event.troubleTicket.status is 'completed'; states of TMF621 are" in refused


@pytest.mark.parametrize("done", [(), ("accept",), ("accept", "dispatch"),
                                  ("accept", "dispatch", "arrive"),
                                  ("accept", "dispatch", "arrive", "repair"),
                                  ("accept", "dispatch", "arrive", "repair", "verify"),
                                  ("accept", "cancel"), ("reject",)])  # fmt: skip
def test_what_a_peer_was_told_and_tells_back_is_no_news(here, done):
    """Its hub sends an event when we change its order: nobody arrives by that."""
    order = here.order(*done)
    notice = Notice(order, here.desk.events(order.id)[-1], VOICE)
    ticket = {"id": f"x{order.id}", **tmf.trouble_ticket(notice)}
    work = {"id": f"x{order.id}", **tmf.work_order(notice)}
    for kind, form in FORMS.items():
        body = {form.resource: work if form.standard == "TMF697" else ticket}
        answer = here.tell(here.event(order, eventType=kind, event=body))
        assert (answer.status_code, answer.get_json()["result"]) == (200, "known")
    assert here.desk.order(order.id) == order
    assert Links(here.desk.orders().engine).external("itsm", order.id) == f"x{order.id}"


def test_a_refusal_has_its_reason_and_goes_back(here):
    order = here.order("accept", "dispatch")
    here.tell(here.event(order, "rejected", wo={"note": {"text": "no crew today"}}))
    assert here.desk.order(order.id).state == "accepted"
    assert here.desk.events(order.id)[-1].reason == "other: no crew today"
    here.tell(here.event(order, "cancelled", wo={"cancellationReason": "site is sold"}))
    assert here.desk.order(order.id).state == "cancelled"
    assert here.desk.events(order.id)[-1].reason == "site is sold"


@pytest.mark.parametrize("state", STATES)
def test_every_row_of_the_table_is_possible_for_a_peer(state):
    """All steps that the table names lead somewhere in the one table of transitions."""
    assert set(MEANING) == set(STATES)
    for ours, steps in MEANING[state].items():
        assert ours in OURS
        state_now = ours
        for kind in steps:
            state_now = next_state(state_now, kind, "peer", "other: because")


@pytest.mark.parametrize(("change", "word"), [
    ({"eventId": None}, "eventId is missing"),
    ({"eventId": "x" * 201}, "eventId is no text of at most 200"),
    ({"eventId": "a\nb"}, "eventId is no text"),
    ({"eventTime": None}, "eventTime is missing"),
    ({"eventTime": "2026-11-21T08:00:00"}, "has no offset"),
    ({"eventTime": "2026-11-22T08:00:00Z"}, "is in the future"),
    ({"eventTime": 17}, "eventTime is 17"),
    ({"eventType": "TroubleTicketCreateEvent"}, "this address takes WorkOrderStateChangeEvent or"),
    ({"event": None}, "event is no object"),
    ({"event": {"workOrder": []}}, "event.workOrder is no object"),
    ({"event": {"workOrder": {"state": "held"}}}, "neither id nor externalId"),
    ({"event": {"workOrder": {"id": "1", "state": "done"}}}, "state is 'done'; states of TMF697"),
    ({"event": {"workOrder": {"id": "1"}}}, "state is missing"),
    ({"event": {"workOrder": {"id": {}, "state": "held"}}}, "workOrder.id is no text"),
])  # fmt: skip
def test_what_cannot_be_understood_is_named(here, change, word):
    answer = here.tell({**here.event(here.order()), **change})
    assert (answer.status_code, said(answer)) == (400, "bad_event")
    assert word in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"eventId": NaN}', b"[" * 60_000])
def test_bodies_that_are_no_event(here, raw):
    assert said(here.tell(raw)) == "bad_event"


def test_an_address_takes_its_own_type_alone(here):
    event = here.event(here.order())
    assert said(here.tell(event, ATTRIBUTES)) == "bad_event"
    del event["eventType"]
    assert here.tell(event, LISTENER).status_code == 201
    assert here.tell(event, "/api/v1/tmf/listener/else").status_code == 404
    assert here.client.get(EVENTS).status_code == 404, "it is only told"


def test_size_and_type_are_limited(here):
    event = here.event(here.order())
    event["event"]["workOrder"]["note"] = {"text": "x" * 70_000}
    assert said(here.tell(event)) == "too_large"
    assert said(here.tell(here.event("WO-000001"), mimetype="text/plain")) == "not_json"


def test_without_a_token_nothing_is_heard(here, tmp_path):
    order = here.order()
    for token in (None, "", "wrong", TOKEN + "x", TOKEN[:-1]):
        answer = here.tell(here.event(order), token=token)
        assert (answer.status_code, said(answer)) == (401, "no_token")
    basic = here.client.post(EVENTS, json=here.event(order),
                             headers={"Authorization": f"Basic {TOKEN}"})  # fmt: skip
    assert said(basic) == "no_token"
    assert kinds(here, order) == ["propose"]
    with Hearing(tmp_path / "off", ()) as off:
        assert said(off.tell(off.event("WO-000001"))) == "inbound_off"


def test_tokens_are_those_of_files_that_nobody_else_reads(tmp_path, monkeypatch):
    here = Hearing(tmp_path)
    order, file = here.order(), tmp_path / "token"
    file.write_text(f"a new token, longer than that\n{TOKEN}\n")
    assert here.tell(here.event(order, "held")).status_code == 201, "old and new while it changes"
    file.chmod(0o644)
    answer = here.tell(here.event(order))
    assert (answer.status_code, said(answer)) == (503, "inbound_unset")
    assert str(tmp_path) not in answer.get_data(as_text=True)
    file.write_text("short")
    file.chmod(0o600)
    assert said(here.tell(here.event(order), token="short")) == "inbound_unset"
    monkeypatch.setenv("PEER_TOKEN", TOKEN)
    with Hearing(tmp_path, (InboundPeer(name="b", token_env="PEER_TOKEN"),)) as named:
        assert named.tell(named.event(order, "held")).status_code == 201
    here.desk.close()


def test_one_peer_without_its_token_does_not_lock_out_the_other(tmp_path, monkeypatch):
    monkeypatch.setenv("PEER_TOKEN", TOKEN)
    peers = (
        InboundPeer(name="a", token_file=tmp_path / "none"),
        InboundPeer(name="b", token_env="PEER_TOKEN"),
    )
    with Hearing(tmp_path, peers) as here:
        order = here.order()
        assert here.tell(here.event(order)).status_code == 201
        assert here.desk.events(order.id)[-1].who == "b"
