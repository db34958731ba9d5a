from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.dock import Dock
from ingest.sources.errors import SourceError
from tests.support.fetching import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.outside.mkdir()
    return made


def folder(bench: Bench, **more):
    return {"kind": "folder", "path": str(bench.outside), **more}


def landing(bench: Bench, **more):
    return {"kind": "landing", "path": str(bench.outside), **more}


@pytest.mark.parametrize("kind", [folder, landing])
def test_complete_files_are_taken_with_their_subfolders(bench: Bench, kind) -> None:
    bench.put("kpis/a.csv", "one")
    bench.put("b.csv", "three")
    tally = bench.run(**kind(bench))
    assert bench.seen() == {"b.csv": "three", "kpis/a.csv": "one"}
    assert (tally.files, tally.bytes) == (2, 8)
    assert bench.cancel.waits == []  # old files need no second look
    left = sorted(p.name for p in bench.outside.rglob("*") if p.is_file())
    assert left == ([] if kind is folder else ["a.csv", "b.csv"])
    assert bench.hidden() == []


@pytest.mark.parametrize("kind", [folder, landing])
def test_a_young_file_is_taken_when_it_rests_between_two_looks(bench: Bench, kind) -> None:
    bench.put("still.csv", "done", age_s=2)
    growing = bench.put("grows.csv", "half", age_s=2)

    def meanwhile():
        with growing.open("a") as file:
            file.write(" of it")

    bench.cancel.meanwhile = meanwhile
    tally = bench.run(**kind(bench))
    assert bench.seen() == {"still.csv": "done"}
    assert bench.cancel.waits == [5]
    assert (tally.files, tally.waiting) == (1, 1)
    assert growing.read_text() == "half of it"


def test_a_voucher_makes_it_complete_at_once(bench: Bench) -> None:
    bench.put("a.csv", "one", age_s=0)
    bench.put("a.csv.ok", "", age_s=0)
    bench.run(**landing(bench))
    assert bench.cancel.waits == []
    assert bench.seen() == {"a.csv": "one"}
    bench.run(**folder(bench, name="own"))
    assert bench.seen("own") == {"a.csv": "one"}
    assert list(bench.outside.iterdir()) == []  # the voucher goes with its file


@pytest.mark.parametrize("kind", [folder, landing])
def test_what_is_being_written_links_and_pipes_are_left(bench: Bench, kind) -> None:
    for name in ("a.csv.part", "b.filepart", "c.tmp", "d.csv.writing", ".e.csv", ".dir/f.csv"):
        bench.put(name)
    elsewhere = bench.root / "secret.csv"
    elsewhere.write_text("not meant")
    (bench.outside / "link.csv").symlink_to(elsewhere)
    (bench.outside / "linked").symlink_to(bench.root)
    os.mkfifo(bench.outside / "pipe.csv")
    assert bench.run(**kind(bench)).files == 0
    assert bench.seen() == {}


def test_patterns_and_depth(bench: Bench) -> None:
    for name in ("A1.xml", "A2.xml.gz", "B1.xml", "one/A3.xml", "one/two/A4.xml"):
        bench.put(name)
    meant = landing(bench, include=["A*.xml", "*.gz"], exclude=["A1*"], max_depth=1)
    bench.run(**meant)
    assert sorted(bench.seen()) == ["A2.xml.gz", "one/A3.xml"]


def test_a_landed_file_is_taken_once_and_again_when_it_was_changed(bench: Bench) -> None:
    bench.put("a.csv", "one")
    assert bench.run(**landing(bench)).files == 1
    assert bench.run(**landing(bench)).files == 0
    assert bench.memory.taken("oss")["a.csv"].sha256 == (  # sha256sum of "one"
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    )
    (bench.inbox / "oss/a.csv").unlink()  # loaded
    bench.put("a.csv", "two", age_s=900)
    assert bench.run(**landing(bench)).files == 1
    assert bench.seen() == {"a.csv": "two"}


def test_a_landed_file_that_was_only_touched_brings_nothing(bench: Bench) -> None:
    bench.put("a.csv", "one")
    bench.run(**landing(bench))
    (bench.inbox / "oss/a.csv").unlink()
    bench.put("a.csv", "one", age_s=900)
    assert bench.run(**landing(bench)).files == 0
    assert bench.seen() == {}
    assert bench.hidden() == []


def test_a_name_that_still_waits_in_the_inbox_is_never_replaced(bench: Bench) -> None:
    bench.put("a.csv", "one")
    bench.run(**landing(bench))
    bench.put("a.csv", "two", age_s=900)
    tally = bench.run(**landing(bench))
    assert (tally.files, tally.waiting) == (0, 1)
    assert bench.seen() == {"a.csv": "one"}
    (bench.inbox / "oss/a.csv").unlink()
    assert bench.run(**landing(bench)).files == 1
    assert bench.seen() == {"a.csv": "two"}


def test_files_gone_for_a_month_are_forgotten_but_not_when_the_folder_is_empty(
    bench: Bench,
) -> None:
    gone = bench.put("gone.csv")
    there = bench.put("there.csv", age_s=1000)
    bench.run(**landing(bench))
    gone.unlink()
    kept = there.rename(bench.root / "there.csv")
    bench.at += timedelta(days=31)
    bench.run(**landing(bench))
    assert sorted(bench.memory.taken("oss")) == ["gone.csv", "there.csv"]  # perhaps not mounted
    kept.rename(there)
    bench.run(**landing(bench))
    assert sorted(bench.memory.taken("oss")) == ["there.csv"]


def test_across_file_systems_a_file_is_copied_and_then_removed(bench: Bench, monkeypatch) -> None:
    """A rename across two file systems is refused by the kernel: EXDEV."""
    original = bench.put("a.csv", "one")
    real = Dock.place

    def place(self, part, inside, mtime_ns=None):
        if part == original:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        assert original.exists()  # until the copy is visible and durable
        return real(self, part, inside, mtime_ns)

    monkeypatch.setattr(Dock, "place", place)
    assert bench.run(**folder(bench)).files == 1
    assert bench.seen() == {"a.csv": "one"}
    assert not original.exists()


def test_one_unreadable_file_is_said_and_the_others_are_taken(bench: Bench, monkeypatch) -> None:
    bench.put("a.csv", "one")
    bench.put("b.csv", "two")
    real = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith("outside/a.csv"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    assert bench.refused(**landing(bench)) == f"{bench.outside / 'a.csv'}: Permission denied"
    assert bench.seen() == {"b.csv": "two"}
    assert bench.tally.files == 1


def test_a_full_disk_is_one_clear_line_and_leaves_no_part(bench: Bench, monkeypatch) -> None:
    bench.put("a.csv", "one")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert bench.refused(**landing(bench)) == f"the disk of {bench.inbox} is full: make room"
    assert bench.hidden() == []
    monkeypatch.undo()
    assert bench.run(**landing(bench)).files == 1  # recovers when there is room


def test_a_folder_that_is_not_there_or_holds_the_inbox_is_refused(bench: Bench) -> None:
    assert "is it mounted?" in bench.refused(kind="landing", path=str(bench.root / "none"))
    assert "in one another" in bench.refused(kind="folder", path=str(bench.root))
    assert "in one another" in bench.refused(kind="folder", path=str(bench.inbox / "x"))


def test_parts_of_a_killed_fetch_are_cleared(bench: Bench) -> None:
    part = bench.inbox / "oss" / "sub" / ".a.csv.part"
    part.parent.mkdir(parents=True)
    part.write_text("half")
    bench.run(**landing(bench))
    assert not part.exists()


def test_two_fetches_of_one_source_never_run_at_once(bench: Bench) -> None:
    bench.put("a.csv")
    with Dock(bench.inbox, "oss").held():
        assert bench.refused(**landing(bench)) == "source oss is being fetched already"
        assert bench.run(**landing(bench, name="other")).files == 1
    assert bench.run(**landing(bench)).files == 1


def test_a_fetch_that_is_told_to_end_ends_between_two_files(bench: Bench) -> None:
    bench.put("a.csv", age_s=1)
    bench.cancel.meanwhile = lambda: bench.cancel.cancel("enough")
    assert bench.refused(**landing(bench)) == "enough"
    assert bench.seen() == {}


def test_a_copy_is_durable_before_it_is_visible(bench: Bench, monkeypatch) -> None:
    bench.put("a.csv", "one")
    order = []
    real_fsync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("sync"), real_fsync(fd))[1])
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (order.append("show"), real_replace(self, to))[1]
    )
    monkeypatch.setattr(
        bench.memory, "remember_taken", lambda *_: order.append("remember"), raising=False
    )
    bench.run(**landing(bench))
    assert order == ["sync", "show", "sync", "remember"]


def test_nothing_in_the_inbox_is_ever_replaced(bench: Bench) -> None:
    dock = Dock(bench.inbox, "oss")
    for content in ("one", "two"):
        part = dock.part("a.csv")
        part.write_text(content)
        if content == "one":
            dock.place(part, "a.csv")
    with pytest.raises(SourceError, match=r"a\.csv: an earlier file of that name still waits"):
        dock.place(part, "a.csv")
    assert bench.seen() == {"a.csv": "one"}
