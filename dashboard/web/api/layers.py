"""``/layers/…``: the geometry of maps; named by content, so that a browser asks for it once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request

from dashboard.errors import LayersError
from dashboard.web.api.errors import ApiError
from dashboard.web.compress import send, send_packed
from dashboard.web.context import Context

FOREVER = "public, max-age=31536000, immutable"
TILE_TYPE = "application/vnd.mapbox-vector-tile"
_PICTURE = re.compile(r"region-\d{1,4}\.json")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,6}")
_LAYER = re.compile(r"[a-z][a-z0-9-]{0,63}")
_HINT = "/api/v1/map names the present set; its layers are in /layers/<set>/index.json"

T = TypeVar("T")


def register(server: Flask, context: Context) -> None:
    """Add the routes."""
    store = context.layers

    @server.get("/layers/base.json")
    def base_index() -> Response:
        system = context.settings.tiles.system
        return _revalidated({"system": system, "layers": _read(lambda: _base(context, system))})

    @server.get("/layers/<name>/index.json")
    def layer_index(name: str) -> Response:
        index = _found(_read(lambda: store.index(name)), f"no map layers {name[:40]!r}")
        shown = {key: value for key, value in index.items() if key != "files"}
        # the operator's tile server is a setting: it may change while the geometry does not
        return _revalidated(shown | {"server": context.settings.tiles.for_browser()})

    @server.get("/layers/<name>/<file>")
    def layer_picture(name: str, file: str) -> Response:
        if not _PICTURE.fullmatch(file):
            raise _nothing(f"no file {file[:40]!r} among map layers")
        raw = _found(_read(lambda: store.file(name, file)), f"no {file} of map layers {name[:40]}")
        response = _immutable(f"{name}-{file}", "application/geo+json")
        return response if response.status_code == 304 else send(response, raw)

    @server.get("/layers/<name>/<layer>/<z>/<x>/<y>.pbf")
    def layer_tile(name: str, layer: str, z: str, x: str, y: str) -> Response:
        if not (_LAYER.fullmatch(layer) and all(_NUMBER.fullmatch(part) for part in (z, x, y))):
            raise _nothing("no such tile")
        tile = _read(lambda: store.tile(name, layer, int(z), int(x), int(y)))
        packed = _found(tile, f"no layer {layer!r} in map layers {name[:40]!r}")
        response = _immutable(f"{name}-{layer}-{z}-{x}-{y}", TILE_TYPE)
        if response.status_code == 304:
            return response
        if not packed:
            response.status_code = 204
            return response
        return send_packed(response, packed)

    @server.get("/layers/", defaults={"rest": ""})
    @server.get("/layers/<path:rest>")
    def no_layer(rest: str) -> Response:
        # Without this route Dash would answer with its page.
        raise _nothing(f"nothing at /layers/{rest[:80]}")


def _base(context: Context, system: str) -> list[dict[str, Any]]:
    """The operator's base layers whose tiles are there in this coordinate system."""
    shown = []
    for layer in context.base_map().layers:
        index = context.layers.index(layer.sets.get(system, ""))
        if index is not None:
            entry = index["layers"][layer.kind]
            shown.append({"name": layer.name, "kind": layer.kind, "layer": layer.kind, **entry})
    return shown


def _read(look: Callable[[], T]) -> T:
    """What the store says.

    Raises:
        ApiError: 503: what it holds is damaged.
    """
    try:
        return look()
    except LayersError as error:
        hint = "the next forecast makes them anew: foresite forecast"
        raise ApiError(503, "layers_damaged", str(error), hint) from error


def _found(value: T | None, missing: str) -> T:
    if value is None:
        raise _nothing(missing)
    return value


def _nothing(message: str) -> ApiError:
    return ApiError(404, "not_found", message, _HINT)


def _immutable(mark: str, mimetype: str) -> Response:
    """An answer that never changes; 304 to who has it already."""
    response = Response(mimetype=mimetype)
    response.set_etag(hashlib.sha256(mark.encode()).hexdigest()[:24])
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
    return response


def _revalidated(value: object) -> Response:
    """JSON that a browser asks about each time, and gets only when it has changed."""
    raw = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    response = Response(mimetype="application/json")
    response.set_etag(hashlib.sha256(raw).hexdigest()[:24])
    response.headers["Cache-Control"] = "no-cache"
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    return send(response, raw)
