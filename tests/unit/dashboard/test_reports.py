from __future__ import annotations

import email
import email.policy
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from python_calamine import CalamineWorkbook

from dashboard.errors import LockedError
from dashboard.ops.engine import open_ops
from dashboard.reports import run as runs
from dashboard.reports.content import Made
from dashboard.reports.deliveries import FOLDER, Deliveries
from dashboard.reports.errors import MailError, ReportError, UnsureError
from dashboard.reports.mail import Attachment, Letter, check, compose, send
from dashboard.reports.periods import Period, due, period_of
from dashboard.reports.run import Desk, run_due, send_now
from dashboard.reports.settings import MailSettings, ReportsSettings
from dashboard.snapshot import write_snapshot
from tests.support.city import city
from tests.support.smtp import Peer
from tests.support.snapshots import AS_OF

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
WEEK = Period("week", date(2026, 11, 9))
LETTER = Letter(
    "周报 2026-W46\nBcc: x@y", "文字\n.点", "<p>周报</p>",
    (Attachment("投诉周报.xlsx", b"PK\n.\nx", "application", "vnd.ms-excel"),), "week|2026-11-09",
)  # fmt: skip


def mail(port, **changes):
    given = {
        "timeout_s": 5,
        "security": "none",
        "sender": "foresite@op.example",
        "to": ("a@op.example",),
    }
    return MailSettings(host="127.0.0.1", port=port, **(given | changes))


@pytest.fixture
def engine(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield engine
    engine.dispose()


@pytest.fixture
def quick(monkeypatch):
    """A report that costs nothing to make, where only its way is looked at."""
    file = Attachment("投诉周报.xlsx", b"x", "application", "x")
    made = Made("title", "<html><body>x</body></html>", "x", (file,))
    monkeypatch.setattr(runs, "make", lambda *_: made)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    data = tmp_path_factory.mktemp("reports")
    write_snapshot(data, city(cells=120), kpi_days={}, published_at=AS_OF)
    return data


# ---------------------------------------------------------------- periods


def test_weeks_run_from_monday_and_months_by_the_calendar():
    week = period_of("week", date(2026, 11, 15))
    assert (week.first, week.last, week.label) == (
        date(2026, 11, 9),
        date(2026, 11, 15),
        "2026-W46",
    )
    month = period_of("month", date(2026, 12, 31))
    assert (month.first, month.last, month.label) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
        "2026-12",
    )
    assert month.after.first == date(2027, 1, 1)
    assert period_of("week", date(2027, 1, 1)).label == "2026-W53"


def test_a_report_is_due_from_its_hour_on_the_day_after():
    monday = datetime(2026, 11, 16, 7, tzinfo=ZONE)
    early = due(["week"], monday - timedelta(seconds=1), ZONE, hour=7, catch_up=1)
    assert [p.label for p in early] == ["2026-W45"]
    assert [p.label for p in due(["week"], monday, ZONE, hour=7, catch_up=1)] == ["2026-W46"]


def test_missed_reports_are_made_up_oldest_first():
    found = due(["week", "month"], datetime(2026, 11, 18, tzinfo=ZONE), ZONE, hour=7, catch_up=2)
    assert [p.label for p in found] == ["2026-09", "2026-10", "2026-W45", "2026-W46"]


# ---------------------------------------------------------------- mail


def test_a_mail_arrives_whole_with_its_files_and_no_second_head():
    with Peer() as peer:
        send(LETTER, "a@op.example", mail(peer.port), NOW)
    got = email.message_from_bytes(peer.mails[0], policy=email.policy.default)
    assert got["Subject"] == "周报 2026-W46 Bcc: x@y"
    assert got["Bcc"] is None
    [file] = list(got.iter_attachments())
    assert (file.get_filename(), file.get_content()) == ("投诉周报.xlsx", b"PK\n.\nx")
    assert got.get_body(("plain",)).get_content().splitlines()[1] == ".点"
    assert peer.to == ["rcpt TO:<a@op.example>"]


def test_the_same_report_is_the_same_mail():
    one = compose(LETTER, "a@op.example", "f@op.example", NOW)
    assert one.as_bytes() == compose(LETTER, "a@op.example", "f@op.example", NOW).as_bytes()
    assert one["Message-ID"] != compose(LETTER, "b@op.example", "f@op.example", NOW)["Message-ID"]


@pytest.mark.parametrize(
    ("at", "does", "final", "said"),
    [
        ("greet", "421 busy", False, "busy"),
        ("greet", "drop", False, "127.0.0.1"),
        ("rcpt", "550 no such user", True, "no such user"),
        ("rcpt", "450 full", False, "full"),
        ("mail", "451 later", False, "sender"),
        ("data", "452 no room", False, "no room"),
        ("data", "drop", False, "127.0.0.1"),
        ("text", "554 looks like spam", True, "spam"),
        ("text", "451 later", False, "later"),
    ],
)
def test_a_mail_that_was_not_taken_may_be_tried_again_unless_refused_for_good(
    at, does, final, said
):
    with Peer(at, does) as peer, pytest.raises(MailError, match=said) as error:
        send(LETTER, "a@op.example", mail(peer.port), NOW)
    assert error.value.final is final
    assert peer.mails == []


@pytest.mark.parametrize("does", ["drop", "hang"])
def test_a_line_that_breaks_after_the_text_leaves_it_unsure(does):
    with Peer("text", does) as peer, pytest.raises(UnsureError, match="handed over"):
        send(LETTER, "a@op.example", mail(peer.port, timeout_s=1), NOW)


def test_a_server_that_hangs_or_is_not_there_costs_its_time_limit_alone():
    with Peer("greet", "hang") as peer, pytest.raises(MailError, match="no answer in time"):
        send(LETTER, "a@op.example", mail(peer.port, timeout_s=1), NOW)
    with pytest.raises(MailError, match="refused"):
        check(mail(peer.port, timeout_s=1))


def test_without_tls_nothing_is_said_to_a_server_that_offers_none(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("hush-hush\n")
    secret.chmod(0o600)
    login = {"user": "u", "password_file": secret}
    with Peer() as peer, pytest.raises(MailError, match="STARTTLS") as error:
        send(LETTER, "a@op.example", mail(peer.port, security="starttls", **login), NOW)
    assert "hush" not in str(error.value)
    assert peer.mails == []
    secret.chmod(0o644)
    with pytest.raises(ReportError, match="others may read it"):
        send(LETTER, "a@op.example", mail(1, security="tls", **login), NOW)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"to": ("a@b.example", "A@b.example")}, "twice"),
        ({"to": ("Someone <a@b.example>",)}, "no mail address"),
        ({"sender": "x\r\nBcc: y@z.example"}, "no mail address"),
        ({"user": "u"}, "without a password"),
        ({"user": "u", "password": "p"}, "open line"),
        ({"host": "smtp://x/y"}, "without scheme"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes, said):
    given = {
        "host": "mail.example",
        "security": "none",
        "sender": "f@b.example",
        "to": ("a@b.example",),
    }
    with pytest.raises(ValidationError, match=said):
        MailSettings(**(given | changes))


def test_a_password_is_never_shown():
    settings = MailSettings(
        host="mail.example", sender="f@b.example", to=("a@b.example",), user="u", password="hush"
    )
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"


# ---------------------------------------------------------------- once


class Post:
    """Stands for the mail server; keeps who got what, or fails as told."""

    def __init__(self, *failures):
        self.failures, self.got = list(failures), []

    def __call__(self, letter, recipient, settings, at):
        del settings, at
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        self.got.append((recipient, letter.key))


def desk(data, engine, post, *, now=NOW, **changes):
    changes = {
        "every": ("week",),
        "catch_up": 1,
        "mail": mail(25, to=("a@op.example", "b@op.example")),
    } | changes
    return Desk(data, engine, ReportsSettings(**changes), now, now, send=post)


def test_each_gets_a_report_once_however_often_one_looks(published, engine, tmp_path):
    post = Post()
    at = desk(published, engine, post, folder=tmp_path / "out")
    assert run_due(at).sent == ["2026-W46 folder", "2026-W46 a@op.example", "2026-W46 b@op.example"]
    assert run_due(at).message == ""
    assert [who for who, _ in post.got] == ["a@op.example", "b@op.example"]
    assert {key for _, key in post.got} == {"week|2026-11-09"}
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["投诉周报_2026-W46.html", "投诉周报_2026-W46.xlsx"]
    text = (tmp_path / "out" / names[0]).read_text("utf-8")
    assert "投诉周报 · 2026年11月9日 至 2026年11月15日" in text
    assert "src=" not in text
    assert "http" not in text
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "out" / names[1]).read_bytes()))
    assert {"趋势", "按片区", "满意度分布", "片区排行", "说明"} <= set(book.sheet_names)


@pytest.mark.usefixtures("quick")
def test_what_was_not_taken_is_tried_again_later_and_the_others_do_not_wait(
    published, engine, tmp_path
):
    post = Post(MailError("busy"))
    first = run_due(desk(published, engine, post, folder=tmp_path))
    assert first.failed == ["2026-W46 a@op.example"]
    assert "2026-W46 b@op.example" in first.sent
    soon = NOW + timedelta(minutes=4)
    assert run_due(desk(published, engine, post, now=soon, folder=tmp_path)).message == ""
    later = NOW + timedelta(minutes=5)
    assert run_due(desk(published, engine, post, now=later, folder=tmp_path)).sent == [
        "2026-W46 a@op.example"
    ]
    entry = Deliveries(engine).find(WEEK, "a@op.example")
    assert (entry.state, entry.attempts) == ("sent", 2)


@pytest.mark.usefixtures("quick")
def test_attempts_end_and_refusals_are_final(published, engine, tmp_path):
    given = {"folder": tmp_path, "mail": mail(25, attempts=1)}
    run_due(desk(published, engine, Post(MailError("busy")), **given))
    assert Deliveries(engine).find(WEEK, "a@op.example").next_at is None
    month = {"every": ("month",), "folder": tmp_path, "mail": mail(25)}
    run_due(desk(published, engine, Post(MailError("no such user", final=True)), **month))
    assert (
        Deliveries(engine).find(Period("month", date(2026, 10, 1)), "a@op.example").state
        == "refused"
    )
    much_later = NOW + timedelta(days=1)
    assert run_due(desk(published, engine, Post(), now=much_later, **given)).sent == []


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.usefixtures("quick")
def test_a_process_that_ends_while_sending_never_sends_twice_nor_hides_it(
    published, engine, tmp_path
):
    with pytest.raises(KilledError):
        run_due(desk(published, engine, Post(KilledError()), folder=tmp_path))
    entry = Deliveries(engine).find(WEEK, "a@op.example")
    assert entry.state == "sending", "written down before anything was sent"
    post = Post()
    again = run_due(desk(published, engine, post, folder=tmp_path))
    assert again.unsure == ["2026-W46 a@op.example"]
    assert [who for who, _ in post.got] == ["b@op.example"]
    assert Deliveries(engine).find(WEEK, "a@op.example").state == "unsure"
    # A person decides.
    one = desk(published, engine, post, folder=tmp_path)
    assert send_now(one, WEEK, ["a@op.example"], again=False).message == ""
    assert send_now(one, WEEK, ["a@op.example"], again=True).sent == ["2026-W46 a@op.example"]


@pytest.mark.usefixtures("quick")
def test_a_killed_write_of_the_folder_is_done_again(published, engine, tmp_path, monkeypatch):
    def killed(*_):
        raise KilledError

    at = desk(published, engine, Post(), folder=tmp_path, mail=None)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "put", killed)
        with pytest.raises(KilledError):
            run_due(at)
    assert run_due(at).sent == ["2026-W46 folder"]


@pytest.mark.usefixtures("quick")
def test_a_period_waits_until_the_snapshot_has_seen_its_end(published, engine, tmp_path):
    week_on = datetime(2026, 11, 23, 8, tzinfo=ZONE)
    at = desk(published, engine, Post(), now=week_on, folder=tmp_path, catch_up=1)
    assert run_due(at).message == "", "W47 is due, but the snapshot is of its Saturday"
    with pytest.raises(ReportError, match="2026-W47 ends on 2026-11-22"):
        send_now(at, Period("week", date(2026, 11, 16)), [FOLDER], again=False)


@pytest.mark.usefixtures("quick")
def test_two_processes_do_not_send_at_once(published, engine, tmp_path):
    at = desk(published, engine, Post(), folder=tmp_path)
    with runs._alone(published), pytest.raises(LockedError, match="another process"):
        run_due(at)


def test_both_languages_make_one_mail_and_a_file_each(published, tmp_path):
    engine = open_ops(tmp_path)
    letters = []
    at = desk(
        published, engine, lambda letter, *_: letters.append(letter),
        folder=tmp_path, language="both", mail=mail(25),
    )  # fmt: skip
    run_due(at)
    [letter] = letters
    assert "投诉周报" in letter.html
    assert "Weekly complaint report" in letter.html
    assert [file.name for file in letter.files] == [
        "投诉周报_2026-W46.xlsx",
        "weekly-report_2026-W46.xlsx",
    ]
    assert letter.html.count("<body>") == 1
    engine.dispose()


@pytest.mark.usefixtures("quick")
def test_a_full_disk_is_a_failure_that_is_told(published, engine, tmp_path):
    (tmp_path / "file").write_text("")
    at = desk(published, engine, Post(), folder=tmp_path / "file", mail=None)
    assert run_due(at).failed == ["2026-W46 folder"]
    assert Deliveries(engine).find(WEEK, FOLDER).state == "failed"
