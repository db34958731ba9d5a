from __future__ import annotations

import pytest

from ingest.counters.cells import CellNames
from ingest.counters.objects import cell_of
from ingest.profiles.counters import CounterTable
from ingest.readers.measurements.names import FullNames

NODE = "SubNetwork=A,ManagedElement=E1"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        (f"{NODE},ENodeBFunction=1,EUtranCellFDD=E1_1", "E1_1"),
        (f"{NODE},ENodeBFunction=1,EUtranCellTDD=E1_2", "E1_2"),
        (f"{NODE},ENodeBFunction=1,EUtranCell=小区3", "小区3"),
        (f"{NODE},ENodeBFunction=1,EUtranGenericCell=4", "4"),
        (f"{NODE},GNBDUFunction=1,NRCellDU=5", "5"),
        (f"{NODE},GNBCUCPFunction=1,NRCellCU=5", "5"),
        (f"{NODE},RncFunction=RF-1,UtranCell=Gbg-997", "Gbg-997"),
        (f"{NODE},BssFunction=1,BtsSiteMgr=2,GsmCell=7", "7"),
        (f"{NODE},vsDataENodeBFunction=1,vsDataEUtranCellFDD=8", "8"),
        (f"{NODE},E1/Cell:eNodeB Function Name=E1, Local Cell ID=1, Cell Name=E1_9", "E1_9"),
        (f"{NODE},ENodeBFunction=1", None),
        (f"{NODE},ENodeBFunction=1,EUtranCellFDD=E1_1,EUtranCellRelation=7", None),
        (f"{NODE},ENodeBFunction=1,EUtranCellFDD=", None),
        ("Dublin,some measObjLdn", None),
        ("", None),
    ],
)
def test_the_innermost_class_tells_whether_an_object_is_a_cell(name: str, cell: str | None) -> None:
    assert cell_of(name) == cell


def test_templates_and_patterns_say_otherwise() -> None:
    name = f"{NODE},ENodeBFunction=1,EUtranCellFDD=2"
    assert CellNames(CounterTable(), distinguished=True).find(name) == "2"
    numbered = CounterTable(cell=("{ManagedElement}/{cell}",))
    assert CellNames(numbered, distinguished=True).find(name) == "E1/2"
    assert CellNames(numbered, distinguished=True).find(NODE) is None
    by_regex = CounterTable(patterns=(r"LNCEL-(?P<cell>\d+)$",))
    assert CellNames(by_regex, distinguished=True).find("MRBTS-1/LNCEL-12") == "12"


@pytest.mark.parametrize(
    ("element", "local", "full"),
    [
        ("N=A,M=1", "EUtranCell=1", "N=A,M=1,EUtranCell=1"),
        ("N=A,M=1", "M=1,F=1", "N=A,M=1,F=1"),
        ("N=A,M=1", "N=A,M=1,F=1", "N=A,M=1,F=1"),
        ("N=A,M=1", "N=A,Other=2", "N=A,M=1,N=A,Other=2"),
        ("A=1,A=1", "A=1,B=2", "A=1,A=1,B=2"),
        (r"A=x\,y", "B=2", r"A=x\,y,B=2"),
        ("", "B=2", "B=2"),
        ("A=1", "", "A=1"),
        ("Dublin", "Dublin", "Dublin"),
    ],
)  # fmt: skip
def test_full_names_do_not_double_what_is_repeated(element: str, local: str, full: str) -> None:
    assert FullNames(element).full(local) == full
