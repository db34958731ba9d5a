"""Parts of what others are told: signatures, addresses, settings, texts, payloads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from dashboard.dispatch.model import Event, Order
from dashboard.dispatch.outbound import letters, robots, signing, tmf
from dashboard.dispatch.outbound.addresses import Doors
from dashboard.dispatch.outbound.answers import taken
from dashboard.dispatch.outbound.client import Answer
from dashboard.dispatch.outbound.errors import NotTakenError, OutboundError
from dashboard.dispatch.outbound.notice import Notice, Voice
from dashboard.dispatch.outbound.secrets import lines_of
from dashboard.dispatch.outbound.settings import DeliverySettings
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.states import KINDS, STATES
from dashboard.web.i18n import load_texts
from tests.support.telling import NOW, PLAYS, draft, endpoint

ZONE = ZoneInfo("Asia/Shanghai")
KPIS = {"drop_rate_pct": "掉线率"}
HOST = {"allow_hosts": ("itsm.example.com",)}


def notice(kind="dispatch", state="dispatched", *, language="zh", pages="https://f.example.com",
           reason="", actor="person", details=(), **given):  # fmt: skip
    order = Order(
        id=123, draft=draft(**given), state=state, seq=3, opened_at=NOW, opened_by="foresite",
        opener="system", changed_at=NOW, since=NOW + timedelta(minutes=5), by="王工",
        dispatched_at=NOW + timedelta(minutes=5),
        repaired_at=NOW + timedelta(hours=2) if state in ("repaired", "verified") else None,
    )  # fmt: skip
    event = Event(
        9, 123, 3, kind, "accepted", state, NOW + timedelta(minutes=5), "王工 13800138000",
        actor, reason, dict(details),
    )  # fmt: skip
    return Notice(order, event, Voice(load_texts(language), ZONE, PLAYS, pages, KPIS))


# ---------------------------------------------------------------- signatures


def test_the_standards_own_example():
    """The vector of Standard Webhooks' libraries."""
    key = signing.key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signing.signature(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_guides_sample_checks_what_is_sent():
    guide = (Path(__file__).parents[3] / "docs/how-to/outbound.md").read_text("utf-8")
    [sample] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    found: dict = {}
    exec(sample, found)
    now, new, old = int(time.time()), "n" * 24, "o" * 24
    told, body = signing.headers([new, old], "id", now, b"{}"), b"{}"
    assert found["is_ours"](told, body, new.encode())
    assert found["is_ours"](told, body, old.encode())
    assert not found["is_ours"](told, b"{ }", new.encode())
    assert not found["is_ours"](told, body, b"x" * 24)
    stale = signing.headers([new], "id", now - 400, body)
    assert not found["is_ours"](stale, body, new.encode())


def test_two_secrets_sign_twice_and_none_not_at_all():
    told = signing.headers(["a" * 24, "b" * 24], "id", 7, b"{}")
    first, second = told["webhook-signature"].split(" ")
    assert first != second
    assert set(signing.headers([], "id", 7, b"{}")) == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("secret", ["tiny", "whsec_äöü", "whsec_" + "A" * 8, "whsec_!"])
def test_weak_or_broken_secrets_are_refused_without_showing_them(secret):
    with pytest.raises(OutboundError) as error:
        signing.key_of(secret)
    assert secret not in str(error.value)


def test_dingtalk_and_feishu_have_key_and_message_the_other_way_round():
    secret, at = "SECabc", 1_795_248_000
    query = parse_qs(signing.dingtalk_query(secret, at * 1000))
    text = f"{at * 1000}\n{secret}".encode()
    assert query["timestamp"] == [str(at * 1000)]
    assert base64.b64decode(query["sign"][0]) == hmac.digest(secret.encode(), text, hashlib.sha256)
    fields = signing.feishu_fields(secret, at)
    assert fields["timestamp"] == str(at)
    assert base64.b64decode(fields["sign"]) == hmac.digest(
        f"{at}\n{secret}".encode(), b"", hashlib.sha256
    )


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(("address", "word"), [
    ("127.0.0.1", "this machine"), ("::1", "this machine"), ("::ffff:127.0.0.1", "this machine"),
    ("10.1.2.3", "inner address"), ("172.31.0.1", "inner address"),
    ("192.168.7.7", "inner address"), ("100.64.3.3", "inner address"),
    ("fd00::1", "inner address"), ("::ffff:10.0.0.1", "inner address"),
    ("2002:0a00:0001::1", "inner address"), ("64:ff9b::a00:1", "inner address"),
    ("169.254.169.254", "not allowed"), ("fe80::1%eth0", "not allowed"),
    ("0.0.0.0", "not allowed"), ("224.0.0.1", "not allowed"), ("255.255.255.255", "not allowed"),
    ("192.0.2.1", "not allowed"), ("::", "not allowed"), ("ff02::1", "not allowed"),
])  # fmt: skip
def test_no_name_leads_inwards(address, word):
    doors = Doors.of(DeliverySettings(**HOST))
    with pytest.raises(OutboundError, match=word):
        doors.addresses("itsm.example.com", 443, lambda *_: ["93.184.215.14", address])


def test_inner_addresses_where_they_are_allowed_and_there_alone():
    hosts = ("itsm.example.com", "other.example.com")
    doors = Doors.of(DeliverySettings(allow_hosts=hosts, inner_hosts=("itsm.example.com",)))
    assert doors.addresses("ITSM.example.com", 443, lambda *_: ["10.0.0.5"]) == ["10.0.0.5"]
    for host, address in (("itsm.example.com", "169.254.169.254"),
                          ("itsm.example.com", "127.0.0.1"),
                          ("other.example.com", "10.0.0.5")):  # fmt: skip
        with pytest.raises(OutboundError):
            doors.addresses(host, 443, lambda *_, address=address: [address])
    local = Doors.of(DeliverySettings(allow_hosts=("localhost",)))
    with pytest.raises(OutboundError, match="is not this machine"):
        local.addresses("localhost", 80, lambda *_: ["93.184.215.14"])


def test_hosts_that_are_not_on_the_list_are_not_even_looked_up():
    def never(*_):
        raise AssertionError("looked up")

    for host in ("evil.example.com", "itsm.example.com.evil.example", "sub.itsm.example.com"):
        with pytest.raises(OutboundError, match="not on the allow-list"):
            Doors.of(DeliverySettings(**HOST)).addresses(host, 443, never)
    with pytest.raises(NotTakenError, match="no known address"):
        Doors.of(DeliverySettings(**HOST)).addresses("itsm.example.com", 443, lambda *_: [])


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(("given", "word"), [
    ({"url": "http://itsm.example.com/x"}, "https"),
    ({"url": "https://user:pw@itsm.example.com/x"}, "credentials_file"),
    ({"url": "https:///x"}, "no address"),
    ({"url": "https://itsm.example.com:port/x"}, "no address"),
    ({"url": "https://itsm.example.com/x#y"}, "no server gets to see"),
    ({"url": "https://itsm.example.com/ x"}, "no address"),
    ({}, "one of url"),
    ({"url": "https://itsm.example.com/x", "url_file": "/x"}, "one of url"),
    ({"url": "https://itsm.example.com/x", "secret_env": "FORESITE_X"}, "another name"),
    ({"url": "https://itsm.example.com/x", "name": "Two Words"}, "pattern"),
    ({"url": "https://itsm.example.com/x", "events": ["propse"]}, "Input should be"),
    ({"url": "https://itsm.example.com/x", "secret": "x"}, "Extra inputs"),
])  # fmt: skip
def test_endpoints_that_are_refused(given, word):
    with pytest.raises(ValidationError, match=word) as error:
        endpoint("tmf697", **given)
    assert "pw@" not in error.value.errors(include_input=False)[0]["msg"]


def test_an_endpoints_host_must_be_on_the_allow_list_and_names_once():
    one = {"name": "a", "kind": "tmf697", "url": "https://itsm.example.com/workOrder"}
    with pytest.raises(ValidationError, match=r"host itsm.example.com is not on the allow-list"):
        DispatchSettings(outbound=(one,))
    with pytest.raises(ValidationError, match="two endpoints are called a"):
        DispatchSettings(outbound=(one, one), delivery=HOST)
    with pytest.raises(ValidationError, match="not among allow_hosts"):
        DispatchSettings(delivery={"inner_hosts": ["x"]})
    assert DispatchSettings(outbound=(one,), delivery=HOST).outbound[0].updates == "patch"


def test_secrets_come_from_files_that_nobody_else_reads(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text("new\n\nold\n")
    file.chmod(0o600)
    assert lines_of("secret_file", file, None) == ("new", "old")
    for trouble, word in (
        (lambda: file.chmod(0o640), "secret_file .* mode 0640"),
        (lambda: (file.chmod(0o600), file.write_text("\n")), "is empty"),
        (lambda: file.write_text("x" * 5000), "more than 4,096"),
        (lambda: file.write_text("geheim ä"), "not plain ASCII"),
        (lambda: file.write_bytes(b"\xff"), "is no text"),
        (file.unlink, "is not there"),
    ):
        trouble()
        with pytest.raises(OutboundError, match=word) as error:
            lines_of("secret_file", file, None)
        assert "geheim" not in str(error.value)
    monkeypatch.setenv("ROBOT", "from outside")
    assert lines_of("secret_env", None, "ROBOT") == ("from outside",)
    with pytest.raises(OutboundError, match="variable GONE is empty"):
        lines_of("secret_env", None, "GONE")


# ---------------------------------------------------------------- texts and payloads


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_event_has_words_in_both_languages_and_a_link(kind, language):
    one = notice(kind, language=language)
    assert one.happened
    assert one.link == "https://f.example.com/dispatch/WO-000123"
    for made in (robots.wecom(one), robots.dingtalk(one), robots.feishu(one)):
        text = json.dumps(made, ensure_ascii=False)
        assert "WO-000123" in text
        assert "https://f.example.com/dispatch/WO-000123" in text
        assert "outbound." not in text


def test_no_name_and_no_number_of_a_person_is_told():
    one = notice("comment", reason="联系人：王小明 13800138000，李四先生来电 a@b.example")
    letter = letters.letter(one, "key")
    told = json.dumps(
        [tmf.work_order(one), tmf.trouble_ticket(one), robots.wecom(one), robots.dingtalk(one),
         robots.feishu(one), letter.subject, letter.text, letter.html],
        ensure_ascii=False,
    )  # fmt: skip
    for personal in ("13800138000", "王工", "王小明", "a@b.example"):
        assert personal not in told


def test_codes_of_reasons_are_said_in_words():
    assert notice("reopen", reason="not_cured: 掉线率仍超限").reason == "现象仍在：掉线率仍超限"
    assert notice("cannot", reason="no_parts", language="en").reason == "Parts missing"
    assert notice("cannot", reason="因天气延后").reason == "因天气延后"


def test_what_the_product_found_and_which_limit_was_missed():
    found = [
        {"code": "out_of_band", "kpi": "drop_rate_pct", "cell_id": "S1-1", "hours": 7, "of": 24,
         "value": 2.5, "normal": 0.8},
        {"code": "complaint", "ticket_id": "T-8812", "cell_id": "S1-2",
         "since": "2026-11-21T02:00:00+00:00"},
    ]  # fmt: skip
    told = notice("reopen", "reopened", reason="out_of_band: drop_rate_pct of S1-1 …",
                  actor="system", details={"reasons": found})  # fmt: skip
    assert told.reason == (
        "掉线率 24 小时中有 7 小时偏离（S1-1）：2.5，常态 0.8；11月21日 10:00 有新投诉（S1-2）"
    )
    assert "T-8812" not in str(told.lines()), "nobody needs a customer's ticket"
    late = notice("escalate", "dispatched", actor="system", details={
        "timer": "arrive", "due_at": "2026-11-21T10:00:00+00:00", "level": 1, "to": "值班长",
    })  # fmt: skip
    assert ("时限", "到站时限、11月21日 18:00、升级至 值班长") in late.lines()


def test_marks_in_data_mean_nothing_to_robots():
    one = notice(title="<at id=all></at> **[x](http://e)** <@all>", pages=None)
    for made in (robots.wecom(one), robots.dingtalk(one), robots.feishu(one)):
        text = json.dumps(made, ensure_ascii=False)
        assert "<at" not in text
        assert "<@" not in text
        assert "](http" not in text


def test_sizes_stay_within_what_robots_take():
    one = notice(title="望" * 3000, cell_ids=tuple(f"{'c' * 400}{n}" for n in range(5)))
    assert len(robots.wecom(one)["markdown"]["content"].encode()) <= 4096
    assert robots.wecom(one)["markdown"]["content"].endswith(
        "(https://f.example.com/dispatch/WO-000123)"
    )
    for made in (robots.dingtalk(one), robots.feishu(one)):
        assert len(json.dumps(made, ensure_ascii=False).encode()) < 20_000


WORK_ORDER = {
    "id", "href", "cancellationDate", "cancellationReason", "category", "completionDate",
    "description", "expectedCompletionDate", "externalId", "notificationContact", "orderDate",
    "priority", "requestedCompletionDate", "requestedStartDate", "startDate", "stateChangeDate",
    "version", "agreement", "appointment", "billingAccount", "channel", "note", "order",
    "orderTotalPrice", "payment", "place", "quote", "relatedEntity", "relatedParty", "state",
    "workOrderItem", "workOrderRelationship", "@baseType", "@schemaLocation", "@type",
}  # fmt: skip
ITEM = {
    "id", "description", "action", "appointment", "billingAccount", "itemPrice",
    "itemTotalPrice", "note", "orderItem", "payment", "relatedEntity", "state", "work",
    "workOrderItem", "workOrderItemRelationship", "@baseType", "@schemaLocation", "@type",
}  # fmt: skip
TICKET = {
    "creationDate", "description", "expectedResolutionDate", "externalId", "lastUpdate", "name",
    "priority", "requestedResolutionDate", "resolutionDate", "severity", "statusChangeDate",
    "statusChangeReason", "ticketType", "attachment", "channel", "note", "relatedEntity",
    "relatedParty", "status", "statusChange", "troubleTicketRelationship", "@baseType",
    "@schemaLocation", "@type",
}  # fmt: skip
WORK_STATES = {
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "completed",
    "failed", "partial", "assessingCancellation", "pendingCancellation",
}  # fmt: skip
TICKET_STATES = {"acknowledged", "rejected", "pending", "held", "inProgress", "cancelled",
                 "closed", "resolved"}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_payloads_have_the_fields_of_the_standard_alone(state):
    """Names, required fields and states as in the definitions of TMF697 v4.0 and TMF621 v4.0."""
    made = tmf.work_order(notice("dispatch", state, reason="other: x"))
    assert set(made) <= WORK_ORDER
    assert made["state"] in WORK_STATES
    [item] = made["workOrderItem"]
    assert set(item) <= ITEM
    assert {"id", "action"} <= set(item)
    assert item["action"] in ("add", "modify", "delete", "noChange")
    assert isinstance(made["note"], dict), "v4.0 has one note"
    ticket = tmf.trouble_ticket(notice("dispatch", state))
    assert set(ticket) <= TICKET
    assert {"description", "severity", "ticketType"} <= set(ticket)
    assert ticket["status"] in TICKET_STATES
    assert not {"externalId", "orderDate"} & set(tmf.patched(made))
    assert "null" not in json.dumps([made, ticket])


def test_a_work_order_by_hand():
    made = tmf.work_order(notice("verify", "verified", expected=2.4))
    assert made["externalId"] == "WO-000123"
    assert made["priority"] == "1"
    assert made["orderDate"] == "2026-11-21T08:00:00.000Z"
    assert made["startDate"] == "2026-11-21T08:05:00.000Z"
    assert made["completionDate"] == "2026-11-21T10:00:00.000Z"
    # There by 10:00 UTC, two hours of work.
    assert made["requestedCompletionDate"] == "2026-11-21T12:00:00.000Z"
    assert made["relatedParty"] == [{"id": "T02", "role": "crew", "@referredType": "Organization"}]
    assert [cell["id"] for cell in made["relatedEntity"]] == ["S1-1", "S1-2"]
    assert tmf.trouble_ticket(notice(expected=2.4))["severity"] == "Critical"
    assert tmf.trouble_ticket(notice(expected=None))["severity"] == "Minor"


# ---------------------------------------------------------------- answers


def answer(status, body=b"", **headers):
    return Answer(status, headers, body)


@pytest.mark.parametrize(("status", "final"), [
    (301, True), (307, True), (400, True), (404, True), (410, True), (413, True), (422, True),
    (401, False), (403, False), (408, False), (409, False), (425, False), (429, False),
    (500, False), (502, False), (503, False),
])  # fmt: skip
def test_which_refusals_are_for_good(status, final):
    with pytest.raises(NotTakenError) as error:
        taken("tmf697", answer(status), NOW, ())
    assert (error.value.final, error.value.status) == (final, status)


def test_what_the_peer_calls_the_order():
    assert taken("tmf697", answer(201, b'{"id": "8041"}'), NOW, ()) == "8041"
    assert taken("tmf697", answer(201, b'{"id": 8041}'), NOW, ()) == "8041"
    located = answer(201, b"", location="https://x/workOrder/80%2041/")
    assert taken("tmf697", located, NOW, ()) == "80 41"
    for body in (b"", b"[]", b'{"id": ""}', b'{"id": {}}', b"\xff", b"[" * 9000):
        assert taken("tmf697", answer(201, body), NOW, ()) is None
    assert taken("tmf697", answer(201, b'{"id": "%s"}' % (b"x" * 300)), NOW, ()) is None


@pytest.mark.parametrize(("kind", "body", "final"), [
    ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, False),
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, True),
    ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, False),
    ("dingtalk", {"errcode": 300001, "errmsg": "token is not exist"}, True),
    ("feishu", {"code": 19021, "msg": "sign match fail"}, False),
    ("feishu", {"code": 19001, "msg": "param invalid"}, True),
    ("feishu", {}, False), ("wecom", {"errcode": "0"}, False), ("wecom", {"errcode": True}, False),
])  # fmt: skip
def test_robots_answer_200_whatever_happened(kind, body, final):
    with pytest.raises(NotTakenError) as error:
        taken(kind, answer(200, json.dumps(body).encode()), NOW, ())
    assert error.value.final == final
    for fine in ({"errcode": 0}, {"code": 0}, {"StatusCode": 0, "StatusMessage": "success"}):
        assert taken(kind, answer(200, json.dumps(fine).encode()), NOW, ()) is None


def test_retry_after_and_excerpts_without_secrets():
    with pytest.raises(NotTakenError) as error:
        taken("tmf697", answer(503, b"busy\nkey=verysecret \x1b[31m", **{"retry-after": "70"}),
              NOW, ("verysecret",))  # fmt: skip
    assert error.value.after_s == 70
    assert str(error.value) == "HTTP 503: busy key=… [31m"
    dated = answer(503, **{"retry-after": "Sat, 21 Nov 2026 08:02:00 GMT"})
    with pytest.raises(NotTakenError) as error:
        taken("tmf697", dated, NOW, ())
    assert error.value.after_s == 120
    for odd in ("soon", "-5", "1e9", ""):
        with pytest.raises(NotTakenError) as error:
            taken("tmf697", answer(503, **{"retry-after": odd}), NOW, ())
        assert error.value.after_s is None
