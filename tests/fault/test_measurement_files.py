"""Performance files and containers cut off, damaged or made to do harm: refused, never half."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ingest.containers import unpack
from ingest.errors import FileRefusedError
from ingest.readers.measurements import source
from ingest.settings import IngestSettings
from tests.support.containers import tarred, zipped
from tests.support.pm_xml import document, info, rows_of, value
from tests.support.warehouses import Room

COUNTERS = '<measType p="1">RRC.ConnEstabAtt.sum</measType><measType p="2">x</measType>'
WHOLE = document(
    info(value(1, 2, name="EUtranCellFDD=A"), value(3, 4, name="EUtranCellFDD=B"), types=COUNTERS),
    info(value(5, 6, name="EUtranCellFDD=C", suspect="true"), types=COUNTERS),
    head='<?xml version="1.0" encoding="UTF-8"?>\n',
).encode()
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def read(tmp_path: Path, raw: bytes, **settings: int) -> int:
    path = tmp_path / "a.xml"
    path.write_bytes(raw)
    rows, measured = rows_of(path, settings=IngestSettings(**settings))
    assert measured.bad == []
    return len(rows)


@pytest.mark.parametrize("block", [64, source.BLOCK])
def test_cut_off_at_every_byte_it_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(source, "BLOCK", block)
    for cut in range(len(WHOLE)):
        with pytest.raises(FileRefusedError) as error:
            read(tmp_path, WHOLE[:cut])
        assert "\n" not in str(error.value), cut
    assert read(tmp_path, WHOLE) == 6


def test_of_a_file_that_breaks_off_no_row_is_kept(room: Room) -> None:
    """Many batches are staged before the end is missed."""
    cells = (value(n, n, name=f"EUtranCellFDD=C{n}") for n in range(40_000))
    raw = document(info(*cells, types=COUNTERS)).encode()
    result = room.take("a.xml", raw[:-20])
    assert result.refused is not None
    assert "line 1: cut off, or no sound XML" in result.refused
    for table in ("counters", "kpis", "rejected_rows"):
        assert room.one(f"SELECT count(*) FROM {table}") == (0,)


def test_gzip_cut_off_or_flipped_is_refused(tmp_path: Path) -> None:
    raw = gzip.compress(WHOLE, mtime=0)
    for cut in range(1, len(raw)):
        with pytest.raises(FileRefusedError):
            read(tmp_path, raw[:cut])
    chance = random.Random(3)
    for _ in range(100):
        torn = bytearray(raw)
        torn[chance.randrange(10, len(raw))] ^= 1 << chance.randrange(8)
        with pytest.raises(FileRefusedError):
            read(tmp_path, bytes(torn))


@pytest.mark.parametrize("head", [LAUGHS, XXE, REMOTE], ids=["laughs", "xxe", "remote"])
def test_document_types_are_refused(tmp_path: Path, head: str) -> None:
    text = WHOLE.decode().replace(">1<", ">&e;<" if head is XXE else ">&e9;<")
    for prologue in ("", "<!--" + "x" * (source.BLOCK - 10) + "-->"):
        raw = prologue + head + text.partition("\n")[2]
        with pytest.raises(FileRefusedError, match="document type"):
            read(tmp_path, raw.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_document_types_do_not_hide_in_wide_encodings(tmp_path: Path, encoding: str) -> None:
    raw = (f'<?xml version="1.0" encoding="{encoding}"?>' + XXE + "<a>&e;</a>").encode(encoding)
    with pytest.raises(FileRefusedError, match="UTF-16 or UTF-32"):
        read(tmp_path, raw)


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "iso-2022-jp", "no-such"])
def test_encodings_without_ascii_markup_are_refused(tmp_path: Path, encoding: str) -> None:
    raw = f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode()
    with pytest.raises(FileRefusedError, match="declares the encoding"):
        read(tmp_path, raw)


def test_bytes_of_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="line 2: cut off, or no sound XML"):
        read(tmp_path, WHOLE.replace(b"EUtranCellFDD=A", "小区".encode("gb18030")))


def test_a_gzip_bomb_is_stopped(tmp_path: Path) -> None:
    bomb = gzip.compress(WHOLE[:-17] + b" " * 40_000_000, mtime=0)
    assert len(bomb) < 100_000
    with pytest.raises(FileRefusedError, match=r"unpacks to more than 16,777,216 bytes|text of"):
        read(tmp_path, bomb)
    spread = gzip.compress(WHOLE[:-17] + (b" " * 999 + b"<x/>") * 40_000, mtime=0)
    with pytest.raises(FileRefusedError, match="unpacks to more than"):
        read(tmp_path, spread)


@pytest.mark.parametrize(
    "where", [">1<", "EUtranCellFDD=A", "RRC.ConnEstabAtt.sum", "PT900S", "ManagedElement=E"]
)
def test_a_field_of_3_mb_is_refused(tmp_path: Path, where: str) -> None:
    huge = where.replace("1", "1" * 3_000_000) if where == ">1<" else "x" * 3_000_000
    with pytest.raises(FileRefusedError, match="a text of more than 1,048,576 bytes"):
        read(tmp_path, WHOLE.replace(where.encode(), huge.encode(), 1))


@pytest.mark.parametrize("block", [1000, source.BLOCK])
@pytest.mark.parametrize("lead", [0, 1, 999, 1000, 3333])
def test_the_longest_text_is_measured_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, lead: int
) -> None:
    monkeypatch.setattr(source, "BLOCK", block)
    head = "<!--" + "x" * lead + "-->"
    for length, sound in ((1600, True), (1599, True), (1601, False)):
        raw = (head + "<a>" + "y" * (length - len("a>")) + "</a>").encode()
        path = tmp_path / "x.xml"
        path.write_bytes(raw)
        blocks = source.xml_blocks(path, IngestSettings(max_field_bytes=100))
        if sound or lead > 1600:
            if lead < 1600:
                assert b"".join(blocks) == raw
        else:
            with pytest.raises(FileRefusedError, match="a text of more than 1,600 bytes"):
                list(blocks)


def test_depth_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="no sound XML"):
        read(tmp_path, WHOLE.replace(b"<fileFooter/>", b"<x>" * 5000 + b"</x>" * 5000))


def test_a_file_without_objects_is_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.readers.measurements.reader._IDLE", 300_000)
    with pytest.raises(FileRefusedError, match="bytes without a measured object after 3 of them"):
        read(tmp_path, WHOLE.replace(b"<fileFooter/>", b"<x/>" * 200_000))


@pytest.mark.parametrize("root", ["html", "measCollec", "other"])
def test_other_xml_is_refused(room: Room, root: str) -> None:
    result = room.take("a.xml", f"<{root}/>")
    assert result.refused is not None
    assert "is no performance file of TS 32.435 or TS 28.532" in result.refused


FLAT = """
import sys
from pathlib import Path
from ingest.counters.rows import Wanted
from ingest.readers.measurements import read_measurements, reader
from ingest.settings import IngestSettings
reader._HELD = 2_000_000  # a batch is due long before the smaller file ends
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
path, wanted, before = Path(sys.argv[1]), Wanted(frozenset({"a"})), peak()
measured = read_measurements(path, None, IngestSettings(), wanted)
rows = sum(len(batch) for batch in measured.rows)
print(rows, peak() - before)
"""


def peak_kib(path: Path) -> tuple[int, int]:
    """Rows, and by how much the peak memory of a process grew while it read them."""
    run = subprocess.run(
        [sys.executable, "-c", FLAT, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )
    rows, grown = run.stdout.split()
    return int(rows), int(grown)


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [1, 2000], ids=["one block", "many blocks"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, blocks: int) -> None:
    """10 MB and 50 MB: elements are thrown away, in one block and in many."""
    types = "".join(
        f'<measType p="{n}">{"a" if n == 1 else f"c{n}"}</measType>' for n in range(1, 21)
    )
    peaks = []
    for size in (10_000_000, 50_000_000):
        one = value(*range(100_000, 100_020), name="EUtranCellFDD=C")
        count = size // len(one) // blocks
        path = tmp_path / f"{size}.xml"
        with path.open("w") as file:
            head, _, tail = document("@").partition("@")
            file.write(head)
            for _ in range(blocks):
                file.write(info("@", types=types).replace("@", one * count))
            file.write(tail)
        rows, grown = peak_kib(path)
        assert rows == count * blocks
        peaks.append(grown)
    assert peaks[1] < peaks[0] + 8 * 1024


# containers


@pytest.mark.parametrize(
    "pack", [zipped, tarred, lambda f: tarred(f, "w:gz")], ids=["zip", "tar", "tgz"]
)
def test_containers_cut_off_at_every_byte_leave_nothing(tmp_path: Path, pack) -> None:
    raw = pack({"a.csv": "one\n" * 40, "b.csv": "two\n" * 40})
    whole = len(raw) - (tarfile.RECORDSIZE - 3 * 1024 - 1024 if pack is tarred else 0)
    for cut in range(0, len(raw), 1 if len(raw) < 2000 else 31):
        path = tmp_path / "x.zip"
        path.write_bytes(raw[:cut])
        try:
            made = unpack(path, tmp_path / "out", IngestSettings())
        except FileRefusedError:
            assert not (tmp_path / "out").exists(), cut
        else:  # of a tar file the mark at its end is there, what follows it is padding
            assert pack is tarred
            assert cut > 2 * 1024
            assert whole > 0
            assert [file.read_text() for file in made] == ["one\n" * 40, "two\n" * 40]
            for file in made:
                file.unlink()
            (tmp_path / "out").rmdir()


def test_flipped_bits_in_packed_containers_are_refused_or_harmless(tmp_path: Path) -> None:
    chance = random.Random(5)
    contents = ["one\n" * 40, "two\n" * 40]
    for pack in (zipped, lambda files: tarred(files, "w:gz")):
        raw = pack({"a.csv": contents[0], "b.csv": contents[1]})
        for number in range(150):
            torn = bytearray(raw)
            torn[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            path = tmp_path / "x.zip"
            path.write_bytes(torn)
            out = tmp_path / f"{pack is zipped}{number}"
            try:
                made = unpack(path, out, IngestSettings())
            except FileRefusedError:
                assert not out.exists()
            else:
                assert {file.read_text() for file in made} <= set(contents)


@pytest.mark.parametrize("pack", [zipped, lambda f: tarred(f, "w:gz")], ids=["zip", "tgz"])
def test_container_bombs_are_stopped(tmp_path: Path, pack) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(pack({f"{n}.csv": b"0" * 9_000_000 for n in range(3)}))
    assert path.stat().st_size < 100_000
    with pytest.raises(FileRefusedError, match="it may be a bomb"):
        unpack(path, tmp_path / "out", IngestSettings())
    assert not (tmp_path / "out").exists()


def test_headers_of_absurd_size_in_tar_files_are_refused(tmp_path: Path) -> None:
    """A header that says that a gigabyte of further header follows; and a file of holes."""
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 1 << 30
    path = tmp_path / "x.tar"
    path.write_bytes(entry.tobuf() + b"\0" * 4096)
    with pytest.raises(FileRefusedError, match="absurd size"):
        unpack(path, tmp_path / "out", IngestSettings())
    holes = tarfile.TarInfo("holes.csv")
    holes.type = tarfile.GNUTYPE_SPARSE
    path.write_bytes(holes.tobuf(tarfile.GNU_FORMAT) + b"\0" * 4096)
    with pytest.raises(FileRefusedError, match="no plain file"):
        unpack(path, tmp_path / "out", IngestSettings())


def test_a_tar_file_torn_in_the_middle_does_not_end_there(tmp_path: Path) -> None:
    raw = bytearray(tarred({"a.csv": "one", "b.csv": "two", "c.csv": "three"}))
    raw[1024 + 5] ^= 1  # in the second header: its check sum fails
    (tmp_path / "x.tar").write_bytes(raw)
    with pytest.raises(FileRefusedError, match="mark at the end"):
        unpack(tmp_path / "x.tar", tmp_path / "out", IngestSettings())
    assert not (tmp_path / "out").exists()


def test_what_a_tar_file_holds_is_no_container_again(tmp_path: Path) -> None:
    inner = io.BytesIO(zipped({"a.csv": "a"}))
    (tmp_path / "x.tar").write_bytes(tarred({"deep/x.dat": inner.getvalue()}))
    with pytest.raises(FileRefusedError, match=r"holds another container, deep/x\.dat"):
        unpack(tmp_path / "x.tar", tmp_path / "out", IngestSettings())
