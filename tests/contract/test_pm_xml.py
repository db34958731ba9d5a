"""The six performance files of the real data, in full; every expected value is copied by hand.

Intervals: 14:14:30+02:00 less 900 s is 11:59:30Z; 12:15:00Z less 100 s is 12:13:20Z.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.counters.rows import Measured, Wanted
from ingest.profiles.model import Table
from ingest.readers.measurements import read_measurements
from ingest.readers.rows import BadRow
from ingest.settings import IngestSettings

pytestmark = pytest.mark.real_data

RNC = "SubNetwork=CountryNN,MeContext=MEC-Gbg-1,ManagedElement=RNC-Gbg-1"
CELL = RNC + ",RncFunction=RF-1,UtranCell=Gbg-"
NODE = RNC + ",ENodeBFunction=1"
GBG = datetime(2000, 3, 1, 11, 59, 30, tzinfo=UTC)

# (row, object, start, seconds, suspect, {counter: value})
FIRST = ("attTCHSeizures", "succTCHSeizures", "attImmediateAssignProcs", "succImmediateAssignProcs")
THIRD = (
    "attTCHSeizures5",
    "succTCHSeizures6",
    "attImmediateAssignProcs7",
    "succImmediateAssignProcs8",
)
NODE_VALUES = {
    "attTCHSeizures1": 4,
    "succTCHSeizures2[0]": 86,
    "succTCHSeizures2[1]": 87,
    "succTCHSeizures2[2]": 2,
    "succTCHSeizures2[3]": 6,
    "succTCHSeizures2[4]": 77,
    "succTCHSeizures2[5]": 96,
    "succTCHSeizures2[6]": 75,
    "succTCHSeizures2[7]": 33,
    "succTCHSeizures2[8]": 24,
    "attImmediateAssignProcs3": 40,
    "succImmediateAssignProcs4": 90,
}
SEVEN = [
    (1, CELL + "997", GBG, 900, False, dict(zip(FIRST, (234, 345, 567, 789), strict=True))),
    (2, CELL + "998", GBG, 900, False, dict(zip(FIRST, (890, 901, 123, 234), strict=True))),
    (3, CELL + "999", GBG, 900, True, dict(zip(FIRST, (456, 567, 678, 789), strict=True))),
    (4, NODE, GBG, 900, False, NODE_VALUES),
    (5, CELL + "997", GBG, 900, False, dict(zip(THIRD, (238, 344, 563, 787), strict=True))),
    (6, CELL + "998", GBG, 900, False, dict(zip(THIRD, (898, 905, 127, 238), strict=True))),
    (7, CELL + "999", GBG, 900, True, dict(zip(THIRD, (454, 569, 672, 785), strict=True))),
]
DUBLIN = [
    (1, "Dublin1,objLdn", datetime(2001, 10, 2, 12, 13, 20, tzinfo=UTC), 100),
    (2, "Dublin2,objLdn", datetime(2002, 10, 2, 12, 11, 40, tzinfo=UTC), 200),
    (3, "Dublin3,objLdn", datetime(2003, 10, 2, 12, 10, 0, tzinfo=UTC), 300),
]
EXPECTED = {
    "onap_assets_A20181002.0000-1000-0015-1000_5G.xml": SEVEN,
    "onap_new_radio_A20181004.0000-1000-0015-1000_5G.xml": SEVEN,
    "onap_assets_ABigFile.xml": SEVEN + [(number + 7, *rest) for number, *rest in SEVEN],
    "onap_assets_C20190328.0000-0015.xml": [
        (*DUBLIN[0], False, {"z1": 1, "a1": 11, "zz1": 111, "b1": 1111}),
        (*DUBLIN[1], False, {"z2": 2, "a2": 22, "zz2": 222, "b2": 2222}),
        (*DUBLIN[2], False, {"z3": 3, "a3": 33, "zz3": 333, "b3": 3333}),
    ],
    "onap_new_radio_C20190329.0000-0015.xml": [
        (*DUBLIN[0], False, {"z1": 1, "a1": 11, "zz1": 111, "b1": 1111}),
        (
            *DUBLIN[1],
            False,
            {"attTCHSeizures": 2, "succTCHSeizures2": 22, "zz2": 222, "b2": 2222},
        ),
        (*DUBLIN[2], False, {"z3": 3, "a3": 33, "zz3": 333, "succImmediateAssignProcs8": 3333}),
    ],
}


def read(path: Path, wanted: Wanted | None = None, table: Table | None = None) -> tuple:
    """The file's objects as in EXPECTED, and how it was read."""
    measured = read_measurements(path, table, IngestSettings(), wanted or Wanted())
    objects: dict[int, tuple] = {}
    for batch in measured.rows:
        for row in batch.to_pylist():
            key = (row["row_number"], row["object"], row["start"], row["period_s"], row["suspect"])
            values = objects.setdefault(row["row_number"], (*key, {}))
            assert values[:5] == key
            assert row["counter"] not in values[5]
            values[5][row["counter"]] = row["value"]
    return [objects[number] for number in sorted(objects)], measured


@pytest.mark.parametrize("name", EXPECTED)
def test_file_in_full(real_data: Path, name: str) -> None:
    objects, measured = read(real_data / "pm_xml" / name)
    assert objects == EXPECTED[name]
    assert measured.rows_read == len(EXPECTED[name])
    assert measured.bad == []
    assert measured.ignored == ()


@pytest.mark.parametrize(
    ("name", "sender", "vendor", "begin"),
    [
        ("onap_assets_ABigFile.xml", RNC, "Company NN", datetime(2000, 3, 1, 12, tzinfo=UTC)),
        (
            "onap_new_radio_A20181004.0000-1000-0015-1000_5G.xml",
            RNC,
            "Company NN",
            datetime(2000, 3, 1, 12, tzinfo=UTC),
        ),
        (
            "onap_new_radio_C20190329.0000-0015.xml",
            "Dublin",
            "FooBar Ltd",
            datetime(2018, 10, 2, 11, tzinfo=UTC),
        ),
    ],
)
def test_headers(real_data: Path, name: str, sender: str, vendor: str, begin: datetime) -> None:
    measured: Measured = read(real_data / "pm_xml" / name)[1]
    assert (measured.sender, measured.vendor, measured.begin) == (sender, vendor, begin)


def test_a_duration_that_cannot_be_read_sets_its_objects_aside(real_data: Path) -> None:
    path = real_data / "pm_xml" / "onap_assets_A_no_managed_element.xml"
    objects, measured = read(path)
    assert objects == []
    assert measured.rows_read == 1
    assert measured.bad == [BadRow(1, "bad_duration:granPeriod", "line 16: some duration")]
    assert measured.counters_seen == {"a", "b", "c"}


def test_without_managed_element_the_sender_names_the_object(real_data: Path) -> None:
    path = real_data / "pm_xml" / "onap_assets_A_no_managed_element.xml"
    objects, measured = read(path, table=Table(feed="kpis", granularity_s=900))
    start = datetime(2018, 10, 2, 12, 0, tzinfo=UTC)
    assert objects == [
        (1, "Dublin,some measObjLdn", start, 900, False, {"a": 86, "b": 67, "c": 14})
    ]
    assert measured.bad == []


def test_wanted_counters_alone_are_read_and_the_others_named(real_data: Path) -> None:
    path = real_data / "pm_xml" / "onap_assets_A20181002.0000-1000-0015-1000_5G.xml"
    asked = {"succTCHSeizures", "succTCHSeizures2[2]", "sum(succTCHSeizures2)", "nobody"}
    objects, measured = read(path, Wanted(frozenset(asked)))
    assert [(number, values) for number, _, _, _, _, values in objects] == [
        (1, {"succTCHSeizures": 345}),
        (2, {"succTCHSeizures": 901}),
        (3, {"succTCHSeizures": 567}),
        # 86 + 87 + 2 + 6 + 77 + 96 + 75 + 33 + 24
        (4, {"succTCHSeizures2[2]": 2, "sum(succTCHSeizures2)": 486}),
    ]
    assert measured.rows_read == 7
    assert measured.ignored == (
        "attImmediateAssignProcs",
        "attImmediateAssignProcs3",
        "attImmediateAssignProcs7",
        "attTCHSeizures",
        "attTCHSeizures1",
        "attTCHSeizures5",
        "succImmediateAssignProcs",
        "succImmediateAssignProcs4",
        "succImmediateAssignProcs8",
        "succTCHSeizures6",
    )
