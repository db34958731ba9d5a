from __future__ import annotations

import base64
import errno
import gzip
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from ingest.sources.errors import BusyServerError
from tests.support.fetching import NOW, Bench
from tests.support.servers import (
    Server,
    conditional,
    cut,
    fails,
    gives,
    in_turn,
    ranged,
)

BODY = b"cell_id,ts\n" + b"A,2026-03-02 08:00\n" * 2000


@pytest.fixture(autouse=True)
def localhost_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second name of loopback, also on a machine without /etc/hosts."""
    original = socket.getaddrinfo

    def resolve(host, *args, **options):
        return original("127.0.0.1" if host == "localhost" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def pull(server: Server, path: str = "/kpis.csv", **more):
    return {"kind": "https", "url": server.url(path), "read_s": 20, **more}


def test_a_file_is_fetched_once_and_then_only_asked_for(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = conditional(BODY, '"v1"')
    tally = bench.run(**pull(server))
    assert (tally.files, tally.bytes) == (1, len(BODY))
    assert bench.seen() == {"kpis.csv": BODY.decode()}
    (bench.inbox / "oss/kpis.csv").unlink()
    assert bench.run(**pull(server)).files == 0
    assert bench.seen() == {}
    first, second = server.asked
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == '"v1"'
    server.answers["/kpis.csv"] = conditional(BODY + b"B,\n", '"v2"')
    assert bench.run(**pull(server)).files == 1


def test_a_date_stands_in_for_a_tag(bench: Bench, server: Server) -> None:
    written = "Mon, 02 Mar 2026 03:00:00 GMT"
    server.answers["/kpis.csv"] = gives(BODY, Last_Modified=written)
    bench.run(**pull(server))
    stamp = (bench.inbox / "oss/kpis.csv").stat().st_mtime
    assert stamp == datetime(2026, 3, 2, 3, tzinfo=UTC).timestamp()
    (bench.inbox / "oss/kpis.csv").unlink()
    tally = bench.run(**pull(server))  # this server ignores the condition: same content, no news
    assert server.asked[1].headers["if-modified-since"] == written
    assert (tally.files, bench.seen(), bench.hidden()) == (0, {}, [])


def test_an_answer_that_breaks_off_is_gone_on_with(bench: Bench, server: Server) -> None:
    whole = ranged(BODY, '"v1"')
    torn = cut(BODY, 15_000, ETag='"v1"', Accept_Ranges="bytes")
    server.answers["/kpis.csv"] = in_turn(torn, whole)
    bench.run(**pull(server))
    assert bench.seen() == {"kpis.csv": BODY.decode()}
    assert server.asked[1].headers["range"] == "bytes=15000-"
    assert server.asked[1].headers["if-range"] == '"v1"'
    assert bench.hidden() == []


def test_the_rest_of_another_state_is_not_glued_on(bench: Bench, server: Server) -> None:
    other = b"x" * 40_000
    torn = cut(BODY, 15_000, ETag='"v1"', Accept_Ranges="bytes")
    server.answers["/kpis.csv"] = in_turn(torn, ranged(other, '"v2"'))
    bench.run(**pull(server))
    assert bench.seen() == {"kpis.csv": other.decode()}


def test_a_wrong_range_starts_anew(bench: Bench, server: Server) -> None:
    torn = cut(BODY, 15_000, ETag='"v1"', Accept_Ranges="bytes")

    def wrong(handler):
        handler.say(206, BODY[:10], Content_Range=f"bytes 0-9/{len(BODY)}")

    server.answers["/kpis.csv"] = in_turn(torn, wrong, gives(BODY))
    bench.run(**pull(server))
    assert bench.seen() == {"kpis.csv": BODY.decode()}


def test_a_torn_answer_never_reaches_the_inbox(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = cut(BODY, 15_000, ETag='"v1"', Accept_Ranges="bytes")
    said = bench.refused(**pull(server, tries=3))
    assert said == f"{server.url('/kpis.csv')}: the answer broke off"
    assert bench.seen() == {}
    assert len(server.asked) == 3
    assert bench.hidden() == [".kpis.csv.part", ".kpis.csv.part.json"]  # for the next fetch
    server.answers["/kpis.csv"] = ranged(BODY, '"v1"')
    bench.run(**pull(server))
    assert server.asked[3].headers["range"] == "bytes=15000-"
    assert bench.seen() == {"kpis.csv": BODY.decode()}


@pytest.mark.parametrize("after", [0, 1, 11, len(BODY) - 1])
def test_torn_anywhere(bench: Bench, server: Server, after: int) -> None:
    server.answers["/kpis.csv"] = cut(BODY, after)
    assert "broke off" in bench.refused(**pull(server, tries=1))
    assert (bench.seen(), bench.hidden()) == ({}, [".kpis.csv.part"])
    server.answers["/kpis.csv"] = gives(BODY)
    bench.run(**pull(server))
    assert (bench.seen(), bench.hidden()) == ({"kpis.csv": BODY.decode()}, [])


def test_torn_chunks_are_noticed(bench: Bench, server: Server) -> None:
    def chunked(*, whole: bool):
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"5\r\nhello\r\n" + (b"0\r\n\r\n" if whole else b""))
            handler.wfile.flush()
            handler.close_connection = True

        return answer

    server.answers["/kpis.csv"] = chunked(whole=False)
    assert "broke off" in bench.refused(**pull(server, tries=1))
    server.answers["/kpis.csv"] = chunked(whole=True)
    bench.run(**pull(server))
    assert bench.seen() == {"kpis.csv": "hello"}


def test_an_answer_of_unknown_length_is_refused_unless_it_is_meant(
    bench: Bench, server: Server
) -> None:
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"hello")
        handler.close_connection = True

    server.answers["/kpis.csv"] = endless
    assert "allow_unsized = true" in bench.refused(**pull(server))
    assert bench.seen() == {}
    bench.run(**pull(server, allow_unsized=True))
    assert bench.seen() == {"kpis.csv": "hello"}


def test_too_large_is_refused_by_word_and_by_deed(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = gives(BODY)
    assert "allowed are 100" in bench.refused(**pull(server, max_bytes=100))
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"

    def flood(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(chunk * 200 + b"0\r\n\r\n")

    server.answers["/kpis.csv"] = flood
    assert "allowed are 100,000" in bench.refused(**pull(server, max_bytes=100_000))
    assert (bench.seen(), bench.hidden()) == ({}, [])
    assert len(server.asked) == 2  # asking again would not mend it


def test_a_full_disk_is_one_clear_line_and_leaves_no_part(
    bench: Bench, server: Server, monkeypatch
) -> None:
    """A part that is kept for the next attempt would keep the disk full."""
    server.answers["/kpis.csv"] = ranged(BODY, '"v1"')

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert bench.refused(**pull(server)) == f"the disk of {bench.inbox} is full: make room"
    assert (bench.hidden(), len(server.asked)) == ([], 1)
    monkeypatch.undo()
    assert bench.run(**pull(server)).files == 1


def test_failures_are_tried_again_with_growing_spread_waits(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = in_turn(fails(500), fails(502), fails(503), gives(BODY))
    bench.run(**pull(server))
    assert bench.seen() == {"kpis.csv": BODY.decode()}
    for wait, full in zip(bench.cancel.waits, (1, 2, 4), strict=True):
        assert full / 2 <= wait <= full


def test_a_server_that_asks_for_rest_gets_it(bench: Bench, server: Server) -> None:
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    server.answers["/kpis.csv"] = in_turn(
        fails(429, Retry_After="30"), fails(503, Retry_After=date), gives(BODY)
    )
    bench.run(**pull(server))
    assert bench.cancel.waits == [30, 90]
    server.answers["/kpis.csv"] = fails(429, Retry_After="7200")
    with pytest.raises(BusyServerError, match="left alone for 7200 s") as caught:
        bench.run(**pull(server, save_as="other.csv"))
    assert caught.value.after_s == 7200


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "check credentials_file"),
        (403, "check credentials_file"),
        (404, "no such file"),
        (410, "no such file"),
        (400, "answered HTTP 400"),
    ],
)
def test_what_no_second_attempt_mends_is_said_at_once(
    bench: Bench, server: Server, status: int, words: str
) -> None:
    server.answers["/kpis.csv"] = fails(status)
    assert words in bench.refused(**pull(server))
    assert len(server.asked) == 1


def test_redirects_lead_only_to_hosts_that_are_allowed(bench: Bench, server: Server) -> None:
    elsewhere = server.url("/moved.csv", host="localhost")
    server.answers["/kpis.csv"] = fails(302, Location=elsewhere)
    server.answers["/moved.csv"] = gives(BODY)
    assert "host 'localhost' is not allowed" in bench.refused(**pull(server))
    assert server.paths() == ["/kpis.csv"]
    bench.run(**pull(server, allow_hosts=["localhost"]))
    assert bench.seen() == {"kpis.csv": BODY.decode()}


@pytest.mark.parametrize(
    "target", ["http://example.org/x", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/x", "/kpis.csv"]
)
def test_redirects_to_nowhere_good_end(bench: Bench, server: Server, target: str) -> None:
    server.answers["/kpis.csv"] = fails(301, Location=target)
    said = bench.refused(**pull(server, allow_hosts=["example.org"]))
    assert "only https" in said or "more than 5 redirects" in said
    assert len(server.asked) <= 6


def secret(bench: Bench, text: str, mode: int = 0o600) -> str:
    bench.root.mkdir(exist_ok=True)
    path = bench.root / "secret.toml"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_credentials_go_to_their_own_server_alone(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = fails(302, Location=server.url("/moved.csv", host="localhost"))
    server.answers["/moved.csv"] = gives(BODY)
    file = secret(bench, 'user = "ops"\npassword = "geheim"')
    bench.run(**pull(server, credentials_file=file, allow_hosts=["localhost"]))
    own, other = server.asked
    assert own.headers["authorization"] == "Basic " + base64.b64encode(b"ops:geheim").decode()
    assert "authorization" not in other.headers


def test_a_token(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = gives(BODY)
    bench.run(**pull(server, credentials_file=secret(bench, 'token = "abc"')))
    assert server.asked[0].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ('token = "geheim"', 0o644, "has mode 0644"),
        ('token = "geheim"\nuser = "x"', 0o600, "give user and password, or token"),
        ("geheim", 0o600, "is no TOML"),
        ('token = "geheim\\n x"', 0o600, "texts of one line"),
    ],
)
def test_bad_credentials_are_refused_without_a_word_of_them(
    bench: Bench, server: Server, text: str, mode: int, words: str
) -> None:
    said = bench.refused(**pull(server, credentials_file=secret(bench, text, mode)))
    assert words in said
    assert "geheim" not in said
    assert server.asked == []


def test_queries_are_neither_shown_nor_stored(bench: Bench, server: Server) -> None:
    path = "/export?key=geheim"
    server.answers[path] = gives(BODY)
    bench.run(**pull(server, path, save_as="kpis.csv"))
    assert bench.seen() == {"kpis.csv": BODY.decode()}
    [stored] = bench.memory.pulled("oss")
    assert "geheim" not in stored
    server.answers[path] = fails(404)
    assert "geheim" not in bench.refused(**pull(server, path, save_as="other.csv"))
    server.http.shutdown()
    server.http.socket.close()
    said = bench.refused(**pull(server, path, save_as="other.csv", tries=1))
    assert said == f"{server.url('/export')}?…: the connection is refused"


def test_missed_periods_are_caught_up_oldest_first(bench: Bench, server: Server) -> None:
    """Now is Monday 2 March 12:00 in Beijing: the newest whole day is Sunday the 1st."""
    for day in ("2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"):
        server.answers[f"/kpis-{day}.csv"] = conditional(day.encode(), f'"{day}"')
    dated = pull(server, "/kpis-{day}.csv", catch_up_days=3)
    assert bench.run(**dated).files == 3
    assert server.paths() == [
        "/kpis-2026-02-27.csv",
        "/kpis-2026-02-28.csv",
        "/kpis-2026-03-01.csv",
    ]
    server.asked.clear()
    assert bench.run(**dated).files == 0
    assert server.paths() == []  # the newest would be asked for changes, but it waits in the inbox
    for path in (bench.inbox / "oss").glob("*.csv"):
        path.unlink()
    bench.at += timedelta(days=3)  # three days down
    for day in ("2026-03-02", "2026-03-04"):
        server.answers[f"/kpis-{day}.csv"] = gives(day.encode())
    tally = bench.run(**dated)
    assert sorted(bench.seen()) == ["kpis-2026-03-02.csv", "kpis-2026-03-04.csv"]
    assert (tally.files, tally.absent) == (2, 1)
    server.answers["/kpis-2026-03-03.csv"] = gives(b"late")
    assert bench.run(**dated).files == 1  # late, not lost


def test_hours_and_their_delay(bench: Bench, server: Server) -> None:
    """12:00 in Beijing with a delay of 30 min: the newest hour is 10:00 to 11:00."""
    server.answers["/k_2026030210.csv"] = gives(b"ten")
    dated = pull(server, "/k_{hour:%Y%m%d%H}.csv", lag_min=30, catch_up_days=0.1)
    assert bench.run(**dated).absent == 1
    assert server.paths() == ["/k_2026030209.csv", "/k_2026030210.csv"]


def test_a_dated_address_without_any_file_is_a_failure(bench: Bench, server: Server) -> None:
    said = bench.refused(**pull(server, "/wrong-{day}.csv", catch_up_days=2))
    assert "no such file" in said
    assert "nor for any other of 2 periods" in said


HTML = '<a href="?C=N;O=D">Name</a><a href="../">up</a><a href="a.csv">a</a><A HREF=b.csv>b</A>'


def test_one_name_in_several_periods_comes_one_after_the_other(
    bench: Bench, server: Server
) -> None:
    for day in ("2026-02-28", "2026-03-01"):
        server.answers[f"/{day}/"] = gives(b"kpis.csv")
        server.answers[f"/{day}/kpis.csv"] = gives(day.encode())
    dated = pull(server, "/{day}/", index="text", catch_up_days=2, recheck=0)
    tally = bench.run(**dated)
    assert (tally.files, tally.waiting) == (1, 1)
    assert bench.seen() == {"kpis.csv": "2026-02-28"}
    (bench.inbox / "oss/kpis.csv").unlink()  # loaded
    assert bench.run(**dated).files == 1
    assert bench.seen() == {"kpis.csv": "2026-03-01"}


INDEXES = {
    "html": HTML + '<a href="c.txt">c</a><a href="sub/">sub</a>',
    "text": "b.csv\n\na.csv\nc.txt\nd.csv.part\n.hidden.csv\n",
    "json": json.dumps({"files": ["a.csv", {"name": "b.csv", "size": 1}, {"url": "/x/c.txt"}]}),
}


@pytest.mark.parametrize("kind", sorted(INDEXES))
def test_an_index_leads_to_its_files(bench: Bench, server: Server, kind: str) -> None:
    server.answers["/x/"] = gives(INDEXES[kind].encode())
    server.answers["/x/a.csv"], server.answers["/x/b.csv"] = gives(b"A"), gives(b"B")
    listed = pull(server, "/x/", index=kind, pattern="*.csv", recheck=0)
    assert bench.run(**listed).files == 2
    assert bench.seen() == {"a.csv": "A", "b.csv": "B"}
    for name in ("a.csv", "b.csv"):
        (bench.inbox / "oss" / name).unlink()
    server.asked.clear()
    bench.run(**listed)
    assert server.paths() == ["/x/"]  # known files are not asked again


def test_what_an_index_calls_changed_is_asked_again(bench: Bench, server: Server) -> None:
    def listing(size):
        return gives(json.dumps([{"name": "a.csv", "size": size}]).encode())

    listed = pull(server, "/x/", index="json", recheck=0)
    server.answers["/x/"], server.answers["/x/a.csv"] = listing(1), conditional(b"A", '"1"')
    bench.run(**listed)
    (bench.inbox / "oss/a.csv").unlink()
    server.answers["/x/"], server.answers["/x/a.csv"] = listing(2), conditional(b"AA", '"2"')
    assert bench.run(**listed).files == 1
    assert bench.seen() == {"a.csv": "AA"}


def test_an_index_cannot_lead_elsewhere(bench: Bench, server: Server) -> None:
    names = ["http://169.254.169.254/a.csv", "file:///etc/passwd", "..%2f..%2fa.csv", "%00.csv"]
    server.answers["/x/"] = gives("\n".join(names).encode())
    said = bench.refused(**pull(server, "/x/", index="text"))
    assert "is not allowed" in said
    assert server.paths() == ["/x/"]
    assert bench.seen() == {}


def test_one_bad_file_of_an_index_does_not_keep_the_others(bench: Bench, server: Server) -> None:
    server.answers["/x/"] = gives(b"a.csv\nb.csv\nc.csv\n")
    server.answers["/x/a.csv"] = fails(500)
    server.answers["/x/c.csv"] = gives(b"C")
    said = bench.refused(**pull(server, "/x/", index="text", tries=2))
    assert "a.csv: the server failed (HTTP 500) (and 1 more)" in said
    assert bench.seen() == {"c.csv": "C"}


def test_files_that_always_fail_do_not_keep_those_behind_them(bench: Bench, server: Server) -> None:
    server.answers["/x/"] = gives(b"a.csv\nb.csv\nc.csv\nd.csv\ne.csv")
    for name in "abc":
        server.answers[f"/x/{name}.csv"] = fails(500)
    server.answers["/x/d.csv"], server.answers["/x/e.csv"] = gives(b"D"), gives(b"E")
    listed = pull(server, "/x/", index="text", tries=1, max_files=1)
    assert "HTTP 500" in bench.refused(**listed)
    assert bench.seen() == {"d.csv": "D"}
    assert bench.tally.waiting == 1
    assert "HTTP 500" in bench.refused(**listed)
    assert bench.seen() == {"d.csv": "D", "e.csv": "E"}


def test_a_silent_server_is_not_asked_for_every_file(bench: Bench, server: Server) -> None:
    server.answers["/x/"] = gives(b"a.csv\nb.csv\nc.csv\nd.csv")
    for name in "abcd":
        server.answers[f"/x/{name}.csv"] = server.hang()
    said = bench.refused(**pull(server, "/x/", index="text", tries=1, read_s=0.2))
    assert "no word from the server in time (and 1 more)" in said
    assert server.paths() == ["/x/", "/x/a.csv", "/x/b.csv"]


@pytest.mark.parametrize(
    ("kind", "body"), [("json", b"<html>"), ("json", b'{"a": 1}'), ("json", b"[3]")]
)
def test_an_index_that_is_none(bench: Bench, server: Server, kind: str, body: bytes) -> None:
    server.answers["/x/"] = gives(body)
    assert "index" in bench.refused(**pull(server, "/x/", index=kind))


def test_packed_on_its_way_though_declined(bench: Bench, server: Server) -> None:
    packed = gzip.compress(BODY)
    server.answers["/kpis.csv"] = gives(packed, Content_Encoding="gzip")
    server.answers["/kpis.csv.gz"] = gives(packed, Content_Encoding="x-gzip")
    assert "packed on its way (gzip)" in bench.refused(**pull(server))
    assert server.asked[0].headers["accept-encoding"] == "identity"
    bench.run(**pull(server, "/kpis.csv.gz"))
    assert gzip.decompress((bench.inbox / "oss/kpis.csv.gz").read_bytes()) == BODY


def test_the_environment_has_no_say(bench: Bench, server: Server, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers["/kpis.csv"] = gives(BODY)
    assert bench.run(**pull(server)).files == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl makes the certificate of the test")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [program, "req", *made, "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


@pytest.mark.parametrize("before", [b"", BODY[:20_000]])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_server_that_hangs_is_left_when_told(
    bench: Bench, certificate: Path, before: bytes, encrypted: bool
) -> None:
    """read_s is far longer than the test: only the closed socket can end the wait."""
    with Server(certificate if encrypted else None) as server:
        server.answers["/kpis.csv"] = server.hang(before)
        ca = {"ca_file": str(certificate.with_name("cert.pem"))} if encrypted else {}
        thread, said = bench.in_thread(**pull(server, read_s=3000, **ca))
        assert server.reached.wait(20)
        bench.cancel.cancel("enough")
        thread.join(20)
        assert not thread.is_alive()
        assert said == ["enough"]
        assert bench.seen() == {}


def test_a_server_that_says_nothing_in_time(bench: Bench, server: Server) -> None:
    server.answers["/kpis.csv"] = server.hang()
    said = bench.refused(**pull(server, read_s=0.2, tries=2))
    assert said.endswith("no word from the server in time")
    assert len(server.asked) == 2


def test_a_handshake_that_breaks_off_is_tried_again(bench: Bench, server: Server) -> None:
    """A server that does not speak TLS at all: no word about certificates."""
    url = server.url("/kpis.csv").replace("http:", "https:")
    said = bench.refused(kind="https", url=url, tries=2)
    assert "certificate" not in said
    assert len(bench.cancel.waits) == 1


def test_certificates_are_verified(bench: Bench, certificate: Path) -> None:
    with Server(certificate) as server:
        server.answers["/kpis.csv"] = gives(BODY)
        assert "certificate cannot be verified; set ca_file" in bench.refused(**pull(server))
        assert server.asked == []
        ca = str(certificate.with_name("cert.pem"))
        assert bench.run(**pull(server, ca_file=ca)).files == 1
        assert "is not there" in bench.refused(**pull(server, ca_file="/nowhere.pem"))
