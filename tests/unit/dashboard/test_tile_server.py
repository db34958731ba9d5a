from __future__ import annotations

import pytest
from pydantic import ValidationError

from dashboard.web.tile_server import TileSettings


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tiles.example.net/{z}/{x}/{y}.png", "https://tiles.example.net"),
        ("https://Tiles.Example.Net:8443/a?x={x}&y={y}&z={z}", "https://tiles.example.net:8443"),
        ("http://10.3.4.5:8080/{z}/{x}/{y}.pbf", "http://10.3.4.5:8080"),
        ("http://[fd00::7]/{z}/{x}/{y}.pbf", "http://[fd00::7]"),
        ("http://maps/{z}/{x}/{y}.png", "http://maps"),
        ("http://maps.intranet/{z}/{x}/{y}.png", "http://maps.intranet"),
        ("http://localhost:5000/{z}/{x}/{y}.png", "http://localhost:5000"),
    ],
)
def test_addresses_that_may_be_asked(url, origin):
    tiles = TileSettings(url=url)
    assert tiles.origin == origin
    assert tiles.for_browser()["url"] == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://tiles.example.net/{z}/{x}.png", "{y} missing"),
        ("http://tiles.example.net/{z}/{x}/{y}.png", "http is for private hosts only"),
        ("http://8.8.8.8/{z}/{x}/{y}.png", "http is for private hosts only"),
        ("ftp://maps/{z}/{x}/{y}.png", "must begin with https://"),
        ("//maps/{z}/{x}/{y}.png", "must begin with https://"),
        ("https:///{z}/{x}/{y}.png", "names no host"),
        ("https://{s}.example.net/{z}/{x}/{y}.png", "one host, without placeholders"),
        ("https://*.example.net/{z}/{x}/{y}.png", "one host, without placeholders"),
        ("https://user:word@maps.example.net/{z}/{x}/{y}.png", "no user or password"),
        ("https://maps.example.net:99999/{z}/{x}/{y}.png", "impossible port"),
        ("https://maps.example.net/{z}/{x}/{y}.png; script-src *", "must encode"),
        ("https://maps.example.net/{z}/{x}/{y}.png, https://evil.example", "must encode"),
        ("https://maps.example.net\\@evil.example/{z}/{x}/{y}.png", "must encode"),
        ("https://地图.example.net/{z}/{x}/{y}.png", "must encode"),
    ],
)
def test_addresses_that_are_refused(url, why):
    with pytest.raises(ValidationError, match=None) as refused:
        TileSettings(url=url)
    assert why in str(refused.value)


def test_baidus_grid_is_refused_with_the_reason():
    with pytest.raises(ValidationError, match="Baidu's tiles have another grid"):
        TileSettings(coordinates="bd09")
    with pytest.raises(ValidationError, match="wgs84"):
        TileSettings(coordinates="mars")


def test_zooms_must_rise():
    with pytest.raises(ValidationError, match="min_zoom = 9 is above max_zoom = 3"):
        TileSettings(min_zoom=9, max_zoom=3)


def test_without_an_address_nothing_is_shifted_told_or_allowed():
    tiles = TileSettings(coordinates="gcj02")
    assert (tiles.system, tiles.origin, tiles.for_browser()) == ("wgs84", None, None)
    told = TileSettings(url="https://m.example/{z}/{x}/{y}", coordinates="gcj02")
    assert told.system == "gcj02"
