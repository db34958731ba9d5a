from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from ingest.containers import is_container, unpack
from ingest.errors import FileRefusedError
from ingest.files import find_jobs
from ingest.settings import IngestSettings
from tests.support.containers import tarred, zipped
from tests.support.warehouses import KPI_HEAD, Room
from tests.support.workbooks import workbook

LINE = "A,2026-03-01T00:00:00+08:00,60,1,1\n"
FILES = {"kpis/1.csv": KPI_HEAD + LINE, "kpis/2.csv": KPI_HEAD + LINE.replace("A", "B")}


def packed(name: str) -> bytes:
    if name.endswith(".zip"):
        return zipped(FILES)
    return tarred(FILES, "w:gz" if name.endswith("gz") else "w")


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.dat"])
def test_members_are_unpacked_below_the_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(packed("x.zip" if name == "x.dat" else name))
    assert is_container(path)
    made = unpack(path, tmp_path / "out", IngestSettings())
    assert [str(file.relative_to(tmp_path / "out")) for file in made] == list(FILES)
    assert [file.read_text() for file in made] == list(FILES.values())


def test_workbooks_and_texts_are_no_containers(tmp_path: Path) -> None:
    for name, content in {
        "a.xlsx": workbook({"一": [["a"]]}),
        "b.dat": workbook({"一": [["a"]]}),
        "c.csv": KPI_HEAD.encode(),
        "d.parquet": b"PAR1",
        "e.xlsx": b"PK\x03\x04damaged",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert not is_container(tmp_path / name), name


def test_chinese_names_of_windows_are_read(tmp_path: Path) -> None:
    raw = zipped({"XXXX.csv": "a"}).replace(b"XXXX", "指标".encode("gb18030"))
    (tmp_path / "x.zip").write_bytes(raw)
    [made] = unpack(tmp_path / "x.zip", tmp_path / "out", IngestSettings())
    assert made.name == "指标.csv"


def test_what_is_hidden_or_still_written_is_left_out(tmp_path: Path) -> None:
    files = {"a.csv": "a", ".b.csv": "b", "__MACOSX/a.csv": "c", "c.csv.part": "d", ".x/d.csv": "e"}
    (tmp_path / "x.zip").write_bytes(zipped(files))
    made = unpack(tmp_path / "x.zip", tmp_path / "out", IngestSettings())
    assert [file.name for file in made] == ["a.csv"]


def test_files_in_containers_are_loaded_under_their_own_names(room: Room) -> None:
    files = FILES | {"cells.csv": "cell_id,name\nA,x\n", "README.txt": "what"}
    path = room.put("in/export.zip", zipped(files))
    room.put("in/tickets.csv", "ticket_id,created_at\n1,2026-03-01\n")
    results = room.load(path.parent)
    assert [(result.file, result.feed, result.rows_loaded) for result in results] == [
        (f"{path}/cells.csv", "cells", 1),
        (f"{path}/kpis/1.csv", "kpis", 1),
        (f"{path}/kpis/2.csv", "kpis", 1),
        (str(path.with_name("tickets.csv")), "tickets", 1),
    ]
    assert room.rows("SELECT file FROM deliveries ORDER BY delivery_id")[1] == (
        f"{path}/kpis/1.csv",
    )
    assert list((room.data / "unpacked").iterdir()) == []
    again = room.load(path)
    assert [(result.rows_unchanged, result.known) for result in again] == [(1, True)] * 3


def test_of_a_file_in_a_container_the_error_names_both(room: Room) -> None:
    path = room.put(
        "export.tar", tarred({"kpis.csv": "nothing\n1\n", "kpis_2.csv": KPI_HEAD + LINE})
    )
    first, second = room.load(path)
    assert first.refused is not None
    assert first.refused.startswith(f"{path}/kpis.csv: lacks the column")
    assert second.rows_loaded == 1


def test_a_dry_run_looks_into_containers(room: Room) -> None:
    path = room.put("export.zip", zipped(FILES))
    results = room.load(path, dry_run=True)
    assert [result.rows_loaded for result in results] == [1, 1]
    assert room.one("SELECT count(*) FROM kpis") == (0,)
    assert list((room.data / "unpacked").iterdir()) == []


def test_containers_without_data_are_refused(room: Room) -> None:
    for name, content, why in (
        ("a.zip", zipped({"README.txt": "x"}), "holds no file that can be loaded"),
        ("b.zip", zipped({}), "holds no file"),
        ("c.zip", b"PK\x03\x04damaged", "is damaged, cut off or encrypted"),
        ("d.tar", b"no tar", "is damaged, cut off or encrypted"),
        ("e.zip", zipped({"x/f.zip": zipped(FILES)}), "holds another container, x/f.zip"),
    ):
        path = room.put(name, content)
        [result] = room.load(path)
        assert result.refused is not None
        assert result.refused.startswith(f"{path}: {why}"), result.refused
    assert room.one("SELECT count(*) FROM deliveries WHERE refused IS NOT NULL") == (5,)


def test_containers_are_found_in_folders_with_a_profile_too(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped(FILES))
    [job] = find_jobs([tmp_path], None, None)
    assert job.container


@pytest.mark.parametrize(
    "name", ["../out.csv", "/etc/x.csv", "a/../../b.csv", "..\\b.csv", "C:\\b.csv", "a" * 300]
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_outside_are_refused(tmp_path: Path, name: str, pack) -> None:
    (tmp_path / "x").write_bytes(pack({"a.csv": "a", name: "b"}))
    with pytest.raises(FileRefusedError, match="has a member"):
        unpack(tmp_path / "x", tmp_path / "deep" / "out", IngestSettings())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x"]
    assert not (tmp_path / "deep" / "out").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar_files_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        entry = tarfile.TarInfo("link.csv")
        entry.type, entry.linkname = kind, "/etc/passwd"
        file.addfile(entry)
    with pytest.raises(FileRefusedError, match="no plain file"):
        unpack(tmp_path / "x.tar", tmp_path / "out", IngestSettings())


def test_links_in_zip_files_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        entry = zipfile.ZipInfo("link.csv")
        entry.external_attr = 0o120777 << 16
        file.writestr(entry, "/etc/passwd")
    with pytest.raises(FileRefusedError, match="no plain file"):
        unpack(tmp_path / "x.zip", tmp_path / "out", IngestSettings())


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_too_many_members_are_refused(tmp_path: Path, pack) -> None:
    (tmp_path / "x").write_bytes(pack({f"{n}.csv": "a" for n in range(4)}))
    with pytest.raises(FileRefusedError, match="max_members = 3"):
        unpack(tmp_path / "x", tmp_path / "out", IngestSettings(max_members=3))
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.csv", "a.csv"), ("a", "a/b.csv"), ("a/b.csv", "a")])
def test_members_that_hide_each_other_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        for name in names:
            file.writestr(name, "a")
    with pytest.raises(FileRefusedError, match="has the member"):
        unpack(tmp_path / "x.zip", tmp_path / "out", IngestSettings())
    assert not (tmp_path / "out").exists()
