"""No callback can be asked for where its parts are not: a browser drops a whole round then.

Dash asks for a callback when one of its inputs is on the page and changes. If another input, an
output or a state of it is not there, the browser writes an error and drops what else was asked for
in that moment. So on every page, in every state of it, a callback has all of its parts or no input.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dashboard.web.pages import shell
from tests.support import record as made_up
from tests.support.city import city, city_kpis
from tests.support.snapshots import tiny
from tests.web.conftest import make_site


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A city with everything that pages tell of."""
    site = make_site(tmp_path_factory.mktemp("told"))
    content = city()
    more = {**content.more, **made_up.record(content), **made_up.deliveries(content)}
    site.publish(replace(content, more=more), city_kpis(content))
    site.content = content
    return site


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A snapshot with cells, and nothing to tell of trends, fates or deliveries."""
    site = make_site(tmp_path_factory.mktemp("bare"))
    site.publish(tiny())
    return site


def ids(node):
    """Ids of all components; of a pattern, its type."""
    if isinstance(node, dict):
        if isinstance(node.get("props"), dict) and "id" in node["props"]:
            yield _name(node["props"]["id"])
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from ids(value)


def _name(given):
    if isinstance(given, str) and given.startswith("{"):
        given = json.loads(given)
    return given["type"] if isinstance(given, dict) else given


def parts_of(spec):
    """Ids of inputs, and of everything else that has to be there; patterns may match nothing."""

    def plain(listed):
        return {one["id"] for one in listed if not one["id"].startswith("{")}

    outputs = {one.rsplit(".", 1)[0] for one in spec["output"].strip(".").split("...")}
    return plain(spec["inputs"]), outputs | plain(spec["state"])


def lacking(specs, there):
    """Callbacks that could be asked for with parts missing, and which parts."""
    found = []
    for spec in specs:
        inputs, others = parts_of(spec)
        missing = (inputs | others) - there
        if inputs & there and missing:
            found.append((sorted(inputs & there), sorted(missing)))
    return found


def specs_of(site):
    return site.get("/_dash-dependencies").get_json()


def stands(site, path, search=""):
    shown = json.loads(site.page(path, search))
    frame = json.loads(json.dumps(shell.layout().to_plotly_json(), default=_plain))
    return {*ids(shown), *ids(frame)}


def _plain(component):
    return component.to_plotly_json()


@pytest.mark.parametrize(
    "address",
    [
        "/", "/?kiosk=full&rotate=30", "/?board=risk", "/?board=outlook", "/?focus=110105",
        "/?at=2026-11-21T15:30", "/?at=never", "/?at=2001-01-01", "/cells", "/cells?q=nowhere",
        "/cells?compare={one},{two}", "/cells?compare=none", "/cells/{one}", "/cells/none",
        "/regions/110105", "/regions/none", "/trends", "/trends?split=channel",
        "/accuracy", "/accuracy?q=none", "/data", "/nowhere",
    ],
)  # fmt: skip
def test_all_parts_or_no_input(told, address):
    one, two = told.content.cells["cell_id"].iloc[:2]
    path, _, search = address.format(one=one, two=two).partition("?")
    assert lacking(specs_of(told), stands(told, path, f"?{search}")) == []


@pytest.mark.parametrize("path", [*shell.PAGES, "/regions/110105"])
def test_without_facts_too(bare, states_site, empty_site, path):
    for site in (bare, states_site, empty_site):
        assert lacking(specs_of(site), stands(site, path)) == []


def test_a_mixed_callback_would_be_found():
    spec = {
        "inputs": [{"id": "url"}],
        "state": [{"id": '{"type":"x","n":["ALL"]}'}],
        "output": "..list.children...bar.children@1..",
    }
    assert lacking([spec], {"url", "list"}) == [(["url"], ["bar"])]
    assert lacking([spec], {"url", "list", "bar"}) == lacking([spec], {"list"}) == []
