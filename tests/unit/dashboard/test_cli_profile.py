"""`foresite profile`: what it says, and that it writes nothing but what it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.runtime.locks import write_lock
from ingest.profiles import shipped_profiles
from tests.support.warehouses import Room

TICKETS = "工单号;受理时间;手机号;投诉内容;备注\n" + "".join(
    f"T{n};2026/03/01 08:{n:02};1381234{n:04};联系人：王小明，掉话;x\n" for n in range(12)
)

pytestmark = pytest.mark.usefixtures("elsewhere")


def run(capsys: pytest.CaptureFixture[str], *arguments: object, as_json: bool = True):
    """Exit code, stdout (as JSON), stderr."""
    code = main([*(["--json"] if as_json else []), *map(str, arguments)])
    heard = capsys.readouterr()
    assert "Traceback" not in heard.err
    return code, json.loads(heard.out) if as_json and heard.out else heard.out, heard.err


def test_list_and_show(capsys) -> None:
    code, said, _ = run(capsys, "profile", "list")
    assert code == 0
    assert [profile["name"] for profile in said["profiles"]] == shipped_profiles()
    for name in shipped_profiles():
        code, said, _ = run(capsys, "profile", "show", name)
        assert (code, said["name"]) == (0, name)
        assert "[[tables]]" in said["toml"]
    code, text, _ = run(capsys, "profile", "show", "tmf621", as_json=False)
    assert code == 0
    assert 'feed = "tickets"' in text
    code, _, error = run(capsys, "profile", "show", "nope")
    assert code == 1
    assert "no profile 'nope'" in error


def test_check(capsys) -> None:
    Path("good.toml").write_text(
        'description = "x"\n[[tables]]\nfeed = "alarms"\n[tables.columns]\n'
        'alarm_id = { source = "a" }\n'
    )
    code, said, _ = run(capsys, "profile", "check", "good.toml")
    assert code == 0
    assert said["tables"][0]["columns"] == ["alarm_id"]
    Path("bad.toml").write_text('description = "x"\n[[tables]]\nfeed = "alarms"\ncolour = 1\n')
    code, said, error = run(capsys, "profile", "check", "bad.toml")
    assert (code, said) == (1, "")
    assert "bad.toml: tables.0.colour" in error
    code, _, error = run(capsys, "profile", "check", "gone.toml")
    assert code == 1
    assert "gone.toml: no such file" in error


def test_suggest_writes_a_profile_that_loads_the_file(capsys) -> None:
    Path("crm.csv").write_text(TICKETS, "gb18030")
    code, said, _ = run(capsys, "profile", "suggest", "crm.csv", "-o", "crm.toml")
    assert (code, said["feed"], said["written"]) == (0, "tickets", "crm.toml")
    assert said["unused"] == ["备注"]
    assert said["preview"]["rows_read"] == 12
    assert len(said["preview"]["rows"]) == 5
    shown = json.dumps(said, ensure_ascii=False)
    assert "1381234" not in shown
    assert "王小明" not in shown
    assert {guess["sure"] for guess in said["guesses"]} <= {"high", "medium", "low"}
    assert sorted(path.name for path in Path().iterdir()) == ["crm.csv", "crm.toml"]
    code, said, _ = run(capsys, "ingest", "crm.csv", "--profile", "crm.toml")
    assert (code, said["files"][0]["rows_loaded"]) == (0, 12)
    code, _, error = run(capsys, "profile", "suggest", "crm.csv", "-o", "crm.toml")
    assert code == 1
    assert "crm.toml exists" in error


def test_suggest_for_people(capsys) -> None:
    Path("crm.csv").write_text(TICKETS)
    code, text, _ = run(capsys, "profile", "suggest", "crm.csv", as_json=False)
    assert code == 0
    assert "ticket_id: 工单号   (high: its name is one that others use for it)" in text
    assert "Columns not understood, and left out: 备注" in text
    assert "Tried: 12 rows, 0 rejected" in text
    assert 'customer_id = { source = "手机号" }' in text
    assert "1381234" not in text


def test_suggest_refuses_in_one_line(capsys) -> None:
    for name, content in (("a.csv", "x,y\n1,2\n"), ("b.csv", ""), ("c.json", "{")):
        Path(name).write_text(content)
        code, said, error = run(capsys, "profile", "suggest", name)
        assert (code, said) == (1, "")
        assert error.startswith(f"foresite: {name}: ")
        assert error.count("\n") == 1
    code, _, error = run(capsys, "profile", "suggest", "gone.csv")
    assert code == 1
    assert "gone.csv: no such file" in error
    assert run(capsys, "profile", "suggest", "a.csv", "--feed", "rows")[0] == 2


def test_suggest_reads_the_warehouse_and_never_writes_it(capsys, tmp_path: Path) -> None:
    room = Room(tmp_path / "data")
    room.take("cells.csv", "cell_id,longitude,latitude\nX1,116.4,39.9\n")
    room.close()
    before = {p: p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    Path("k.csv").write_text(
        "who,time,drop rate\n" + "".join(f"X1,2026-03-01 {h:02}:00:00,1.5\n" for h in range(10))
    )
    code, said, error = run(capsys, "profile", "suggest", "k.csv")
    assert (code, error) == (0, "")
    [cell] = [guess for guess in said["guesses"] if guess["what"] == "cell_id"]
    assert cell["value"] == "who"
    with write_lock(tmp_path / "data", "foresite worker"):  # the lock alone does not hold the file
        assert run(capsys, "profile", "suggest", "k.csv")[0] == 0
    after = {p: p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    after.pop(tmp_path / "data" / "worker.lock", None)
    assert after == before
