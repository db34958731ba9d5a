"""How a cell belongs to those around it: words on its page, figures in the API."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from tests.support.snapshots import AS_OF, tiny

LATER = AS_OF + timedelta(minutes=1)


def related(cells: pd.DataFrame) -> pd.DataFrame:
    """C1 and all signs of a relation."""
    others = [name for name in cells["cell_id"] if name != "C1"][:2]
    rows = [
        ("C1", others[0], "handover", 4200.0, 0.0, 0.123, 0.3),
        ("C1", others[1], "adjacent", None, 350.0, 0.05, 0.7),
        (others[0], "C1", "cosite", 0.0, 0.0, None, 1.0),
        (others[1], "C1", "near", 800.0, 0.0, 0.0, 1.0),
    ]
    names = ["cell_id", "neighbour_id", "kind", "distance_m", "border_m", "share", "weight"]
    return pd.DataFrame(rows, columns=names)


def test_words_of_every_kind(tiny_site):
    cells = tiny().cells
    tiny_site.publish(tiny(as_of=LATER, neighbours=related(cells)))
    page = tiny_site.page("/cells/C1")
    assert "切换占比" in page
    assert "12%" in page
    assert "切换关系 · 4.2 公里" in page
    assert page.index("覆盖相邻") < page.index("切换关系")  # the greater weight first
    other, third = related(cells)["neighbour_id"].iloc[:2]
    assert "共站" in tiny_site.page(f"/cells/{other}")
    assert "邻近对打" in tiny_site.page(f"/cells/{third}")
    english = tiny_site.page("/cells/C1", "?lang=en")
    assert "By handovers" in english
    assert "Adjacent" in english


def test_the_api_tells_border_share_and_kind(tiny_site):
    cells = tiny().cells
    tiny_site.publish(tiny(as_of=LATER, neighbours=related(cells)))
    told = tiny_site.get("/api/v1/cells/C1").get_json()["neighbours"]
    assert [(n["kind"], n["border_m"], n["share"]) for n in told] == [
        ("adjacent", 350.0, 0.05), ("handover", 0.0, 0.123),
    ]  # fmt: skip


def test_an_older_snapshot_knows_no_borders_and_no_hand_overs(tiny_site):
    cells = tiny().cells
    older = related(cells).drop(columns=["border_m", "share"]).assign(kind="near")
    tiny_site.publish(tiny(as_of=LATER, neighbours=older))
    assert "邻近对打" in tiny_site.page("/cells/C1")
    told = tiny_site.get("/api/v1/cells/C1").get_json()["neighbours"]
    assert {(n["border_m"], n["share"]) for n in told} == {(None, None)}
