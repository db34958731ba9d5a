"""Reads a Mapbox Vector Tile (version 2.1), as a witness of what the tiles hold."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Feature:
    """One feature: its properties, and its paths as arrays of tile steps, shape (points, 2)."""

    kind: int  # 1 point, 2 line, 3 polygon
    properties: dict[str, object]
    paths: list[np.ndarray]


def read(tile: bytes) -> dict[str, list[Feature]]:
    """The features of a gzipped tile by layer."""
    layers = {}
    for field, value in _fields(gzip.decompress(tile)):
        assert field == 3
        parts = list(_fields(value))
        keys = [v.decode() for f, v in parts if f == 3]
        values = [_value(v) for f, v in parts if f == 4]
        name = next(v.decode() for f, v in parts if f == 1)
        assert next(v for f, v in parts if f == 15) == 2
        assert next(v for f, v in parts if f == 5) == 4096
        layers[name] = [_feature(v, keys, values) for f, v in parts if f == 2]
    return layers


def area(feature: Feature) -> float:
    """Signed area of a polygon's rings, in tile steps; positive for outer rings on a screen."""
    total = 0.0
    for path in feature.paths:
        x, y = path.astype(float).T
        total += 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return total


def _feature(raw: bytes, keys: list[str], values: list[object]) -> Feature:
    kind, tags, commands = 0, [], []
    for field, value in _fields(raw):
        if field == 2:
            tags = _packed(value)
        elif field == 3:
            kind = value
        elif field == 4:
            commands = _packed(value)
    pairs = zip(tags[::2], tags[1::2], strict=True)
    return Feature(kind, {keys[k]: values[v] for k, v in pairs}, _paths(commands))


def _paths(commands: list[int]) -> list[np.ndarray]:
    paths: list[list[tuple[int, int]]] = []
    x = y = position = 0
    while position < len(commands):
        action, count = commands[position] & 7, commands[position] >> 3
        position += 1
        for _ in range(count if action != 7 else 0):
            x += _zigzag(commands[position])
            y += _zigzag(commands[position + 1])
            position += 2
            if action == 1:
                paths.append([])
            paths[-1].append((x, y))
    return [np.array(path) for path in paths]


def _value(raw: bytes) -> object:
    field, value = next(iter(_fields(raw)))
    if field == 1:
        return value.decode()
    if field == 2:
        return struct.unpack("<f", value)[0]
    if field == 3:
        return struct.unpack("<d", value)[0]
    return _zigzag(value) if field == 6 else bool(value) if field == 7 else value


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _packed(raw: bytes) -> list[int]:
    numbers, position = [], 0
    while position < len(raw):
        number, position = _varint(raw, position)
        numbers.append(number)
    return numbers


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = raw[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position


def _fields(raw: bytes):
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        if tag & 7 == 0:
            value, position = _varint(raw, position)
        else:
            width = {1: 8, 5: 4}.get(tag & 7)
            size, position = (width, position) if width else _varint(raw, position)
            value, position = raw[position : position + size], position + size
        yield tag >> 3, value
