"""Made before it is asked for; scripts packed once and kept by browsers for ever."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest

from dashboard.snapshot import SnapshotStore
from dashboard.web import ready
from dashboard.web.components import wall_picture
from dashboard.web.context import Context, InUse
from dashboard.web.pages import wall
from dashboard.web.settings import WebSettings
from dashboard.web.view.maps import Screen
from ingest.catalogue import load_catalogue
from tests.support.snapshots import AS_OF, tiny

SCREEN = Screen(1920, 1080)


@pytest.fixture
def context(tiny_site):
    store = SnapshotStore(tiny_site.data)
    return Context(store, tiny_site.clock, WebSettings(), load_catalogue())


def test_the_next_wall_is_made_for_those_who_look(tiny_site, context, monkeypatch):
    for search in ("?lang=en", "?focus=R1"):
        wall.layout(context, context.look(context.state(search)), SCREEN)
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=20)))
    before = context.store.present
    coming = SnapshotStore(tiny_site.data).get()
    ready.walls(context, coming)
    assert context.store.present is before  # others look at it all the while
    after = context.look_at(coming, context.state("?lang=en"), tiny_site.clock.now())
    monkeypatch.setattr(wall_picture, "_picture", None)
    monkeypatch.setattr(wall_picture, "_patches", None)  # nothing is left to be made
    drawn = wall_picture.picture(context, after, SCREEN)
    assert wall_picture.patches(context, drawn, drawn.reds)


def test_a_fault_in_making_ready_is_no_fault_of_the_opening(tiny_site, context, monkeypatch):
    monkeypatch.setattr(ready, "walls", lambda *_: 1 / 0)
    ready.attend(context)
    context.store._before[0](context.store.get())  # says nothing, raises nothing


def test_only_what_is_looked_at_lately_is_in_use():
    use = InUse(2)
    for key in "abc":
        use.note(key, key.upper())
    assert use.turn() == ["C", "B"]
    use.note("d", "D")
    assert use.turn() == ["D", "C"]
    assert use.turn() == ["D"]
    assert use.turn() == []


def test_scripts_travel_packed_and_are_kept(tiny_site):
    page = tiny_site.get("/").get_data(as_text=True)
    assert "<script" in page
    scripts = re.findall(r'src="(/[^"]+)"', page)
    late = re.search(r'<meta name="grid" content="([^"]+)"', page)
    assert late is not None
    assert not any("dash_ag_grid" in src for src in scripts)
    for src in (late[1], next(s for s in scripts if s.startswith("/assets/"))):
        with tiny_site.get(src) as answer:
            plain = answer.data
        packed = [tiny_site.get(src, **{"Accept-Encoding": "gzip"}) for _ in range(2)]
        for answer in packed:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Security-Policy"]
            assert gzip.decompress(answer.data) == plain
        assert len(packed[1].data) < len(plain)


def test_what_names_no_version_is_not_kept(tiny_site):
    with tiny_site.get("/assets/wall.css", **{"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200
        assert "immutable" not in answer.headers.get("Cache-Control", "")
    assert tiny_site.get("/assets/none.js?m=1").status_code == 404


def test_the_engine_of_charts_is_asked_for_but_not_sent_again(tiny_site):
    tiny_site.get("/")  # registers what may be asked for
    src = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    first = tiny_site.get(src, **{"Accept-Encoding": "gzip"})
    assert len(first.data) < 2_000_000
    assert first.headers["Cache-Control"] == "no-cache"
    tag = {"If-None-Match": first.headers["ETag"]}
    again = tiny_site.get(src, **{"Accept-Encoding": "gzip"}, **tag)
    assert (again.status_code, again.data) == (304, b"")
