"""The ways of a counter file: tried out, from the inbox, packed, made anew from the archive."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.errors import CatalogueError
from ingest.inbox import take_inbox
from ingest.rebuild import rebuild
from ingest.settings import IngestSettings
from tests.support.warehouses import NOW, Room

PM = """<?xml version="1.0" encoding="UTF-8"?>
<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
 <fileHeader fileFormatVersion="32.435 V10.0"><fileSender localDn="SubNetwork=1"/>
  <measCollec beginTime="2026-03-02T08:00:00+08:00"/></fileHeader>
 <measData><managedElement localDn="SubNetwork=1,ManagedElement=7"/>
  <measInfo measInfoId="{group}">
   <granPeriod duration="PT900S" endTime="2026-03-02T08:15:00+08:00"/>
   <measTypes>{names}</measTypes>
   <measValue measObjLdn="ENodeBFunction=1,EUtranCellFDD=WJ-1"><measResults>{values}</measResults>
   </measValue>
   <measValue measObjLdn="ENodeBFunction=1"><measResults>{values}</measResults></measValue>
  </measInfo></measData>
 <fileFooter><measCollec endTime="2026-03-02T08:15:00+08:00"/></fileFooter>
</measCollecFile>
"""
RRC = PM.format(group="RRC", names="RRC.ConnEstabAtt.sum RRC.ConnEstabSucc.sum", values="400 380")
LOAD = PM.format(group="Load", names="RRU.PrbTotDl RRU.CellUnavailableTime.sum", values="42 90")
ROW = "SELECT cell_id, ts, period_min, rrc_setup_failure_pct, prb_util_dl_pct, availability_pct"
RIGHT = [("WJ-1", "2026-03-02T00:00:00Z", 15, 5.0, 42.0, 90.0)]  # 20/400; 810/900


def test_without_a_profile_plain_and_packed(room: Room) -> None:
    results = [
        room.take("A1.xml", RRC),
        room.take("A2.xml.gz", LOAD),
        room.take("A3", "\ufeff" + RRC),
    ]
    assert [(r.rows_read, r.rows_loaded, r.rows_updated, r.rows_unchanged) for r in results] == [
        (2, 1, 0, 0),
        (2, 0, 1, 0),
        (2, 0, 0, 1),
    ]
    assert all(r.reasons == {"not_a_cell": 1} for r in results)
    assert room.rows(f"{ROW} FROM kpis") == RIGHT


def test_a_dry_run_keeps_nothing(room: Room) -> None:
    files = [room.put("A1.xml", RRC), room.put("A2.xml", LOAD)]
    tried = room.load(*files, dry_run=True)
    assert room.one("SELECT (SELECT count(*) FROM counters) + (SELECT count(*) FROM kpis)") == (0,)
    assert [(r.rows_loaded, r.rows_updated) for r in tried] == [(1, 0), (0, 1)]
    done = room.load(*files)
    assert [r.to_json() for r in done] == [r.to_json() for r in tried]


def test_from_the_inbox(room: Room) -> None:
    room.settings = IngestSettings(inbox_profiles=("huawei_pm",), inbox_old_s=0, inbox_rest_s=0)
    box = room.data / "inbox"
    box.mkdir()
    (box / "A1.xml").write_text(RRC, "utf-8")
    (box / "pmresult_1_15.csv").write_text(
        "Result Time,Granularity Period,Object Name,Reliability,L.UL.Interference.Avg\n"
        '2026-03-02 08:00,15,"x/Cell:Cell Name=WJ-1, eNodeB ID=7",Reliable,-110\n',
        "utf-8",
    )
    (box / "kpis_1.csv").write_text(
        "cell_id,ts,period_min,voice_mos\nWJ-1,2026-03-02T08:00:00+08:00,15,4.25\n", "utf-8"
    )
    old = (NOW - timedelta(hours=1)).timestamp()
    for path in box.iterdir():
        os.utime(path, (old, old))
    results = take_inbox(
        room.connection, room.data, settings=room.settings, clock=FixedClock(NOW),
        file_clock=FixedClock(NOW),
    )  # fmt: skip
    assert [r.refused for r in results] == [None] * 3
    assert room.rows(
        "SELECT rrc_setup_failure_pct, interference_dbm, voice_mos, known_at FROM kpis"
    ) == [(5.0, -110.0, 4.25, "2026-03-02T04:00:00Z")]


def test_made_anew_from_the_archive(room: Room) -> None:
    room.take("A1.xml", RRC)
    room.take("A2.xml", LOAD)
    room.take("A1b.xml", RRC.replace("400 380", "400 360"))
    query = f"{ROW}, known_at, delivery_id FROM kpis"
    revisions = "SELECT rrc_setup_failure_pct, delivery_id FROM kpi_revisions ORDER BY delivery_id"
    stored = "SELECT cell_id, counter, value, delivery_id FROM counters ORDER BY counter"
    before = [room.rows(q) for q in (query, revisions, stored)]
    assert before[0][0][3] == 10.0
    room.close()
    made = rebuild(room.data, settings=room.settings, clock=FixedClock(NOW))
    assert (made.files, made.missing, made.different) == (3, (), ())
    anew = Room(room.data)
    assert [anew.rows(q) for q in (query, revisions, stored)] == before
    anew.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<configuration/>", "is no performance file of TS 32.435 or TS 28.532"),
        (RRC[:-200], "cut off"),
        ("", "is empty"),
    ],
)
def test_refused(room: Room, content: str, words: str) -> None:
    result = room.take("A1.xml", content)
    assert result.refused is not None
    assert words in result.refused
    assert room.one("SELECT count(*) FROM counters") == (0,)


def test_a_wrong_formula_is_said_before_any_file_is_read(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "formulas.toml"
    path.write_text('[[formula.mos]]\nname="x"\nstandard="x"\nunit="%"\nexpression="{a}"\n')
    room.settings = IngestSettings(formulas=path)
    with pytest.raises(CatalogueError, match=r"formulas.toml: \[\[formula.mos\]\]: no such KPI"):
        room.take("A1.xml", RRC)
    assert room.one("SELECT count(*) FROM deliveries") == (0,)


def test_xml_in_a_folder_counts_only_when_it_is_of_this_kind(room: Room, tmp_path: Path) -> None:
    folder = room.put("pm/A1.xml", RRC).parent
    room.put("pm/settings.xml", "<configuration/>")
    assert [Path(r.file).name for r in room.load(folder)] == ["A1.xml"]


def test_xml_needs_a_profile_of_counters(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        'description = "x"\n[[tables]]\nfeed = "kpis"\n[tables.columns]\n'
        'cell_id = { source = "a" }\n'
    )
    result = room.take("A1.xml", RRC, profile=str(path))
    assert result.refused is not None
    assert "its profile needs a table with [tables.counters]" in result.refused
