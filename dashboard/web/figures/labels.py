"""Where district labels go, so that none covers another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from dashboard.web.figures.geometry import Bounds, Frame, Shape

# Line height and width of a character, in units of the type size.
_LINE, _WIDE, _NARROW = 1.12, 1.0, 0.58
# Right and up, in units of the label's own size; tried in this order.
_UP = (0.0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0)
_SHIFTS = (*((0.0, up) for up in _UP), *((right, 0.0) for right in (0.25, -0.25, 0.5, -0.5)))
# The same with more places, the nearest first.
_FINE = sorted(
    ((0.25 * right, 0.25 * up) for right in range(-6, 7) for up in range(-10, 11)),
    key=lambda shift: (shift[0] ** 2 + shift[1] ** 2, shift),
)


@dataclass(frozen=True)
class Label:
    """A district's label: its place in km, and whether there is room for the name."""

    region_id: str
    name: str
    x: float
    y: float
    named: bool


@dataclass(frozen=True)
class _Placed:
    shape: Shape | None  # None: not a label, but something that lies on the map
    box: Bounds
    named: bool


def text_width(text: str, size: float) -> float:
    """Width in pixels of one line; Chinese characters are as wide as high."""
    wide = sum(_WIDE if unicodedata.east_asian_width(c) in "WF" else _NARROW for c in text)
    return wide * size


def place(
    shapes: Sequence[Shape],
    frame: Frame,
    size: float,
    *,
    elsewhere: Frame | None = None,
    covered: Bounds | None = None,
) -> list[Label]:
    """Two-line labels (name; symbol and count) at, above, below or beside each label point.

    Large districts choose first; one that finds no room for its name may move one other aside.
    Where the name does not fit, the symbol alone stands for the district, so that colour is never
    the only sign; where not even that fits, there is no label.

    Args:
        shapes: the districts.
        frame: the view.
        size: type size in pixels.
        elsewhere: a second view that shows its districts' labels; they are left out here.
        covered: a part of the view that something lies on (west, south, east, north).
    """
    placed: list[_Placed] = []
    if covered is not None:
        placed.append(_Placed(None, covered, named=False))
    for shape in sorted(shapes, key=lambda s: -s.area.area):
        if not frame.holds(shape.label_x, shape.label_y):
            continue
        if elsewhere is not None and elsewhere.holds(shape.label_x, shape.label_y):
            continue
        found = (
            _free(shape, frame, size, placed, named=True)
            or _make_room(shape, frame, size, placed, named=True)
            or _free(shape, frame, size, placed, named=False)
            or _make_room(shape, frame, size, placed, named=False)
        )
        if found is not None:
            placed.append(found)
    return [
        Label(
            p.shape.region_id,
            p.shape.name,
            (p.box[0] + p.box[2]) / 2,
            (p.box[1] + p.box[3]) / 2,
            p.named,
        )
        for p in placed
        if p.shape is not None
    ]


def aside(
    labels: Sequence[Label],
    shapes: Sequence[Shape],
    frame: Frame,
    size: float,
    *,
    signs: Sequence[Bounds],
    covered: Bounds | None = None,
) -> tuple[Label, ...]:
    """The same labels, in the same order, those that lie under signs moved where there is room.

    Args:
        labels: as placed.
        shapes: the districts.
        frame: the view.
        size: type size in pixels.
        signs: boxes that shall stay free.
        covered: a part of the view that something lies on.
    """
    by_id = {shape.region_id: shape for shape in shapes}
    boxes = [_box(label, frame, size) for label in labels]
    moved, taken = list(labels), np.array(signs, dtype=np.float64).reshape(-1, 4)
    for n, label in enumerate(labels):
        best = _hidden(boxes[n], taken)
        if not best:
            continue
        others = [box for i, box in enumerate(boxes) if i != n]
        if covered is not None:
            others.append(covered)
        for box in _fine(by_id[label.region_id], frame, size, named=label.named):
            hidden = _hidden(box, taken)
            if hidden < best and not any(_overlap(box, other) for other in others):
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                moved[n] = Label(label.region_id, label.name, x, y, label.named)
                boxes[n], best = box, hidden
                if hidden == 0:
                    break
    return tuple(moved)


def _hidden(box: Bounds, signs: npt.NDArray[np.float64]) -> int:
    """How many of the signs, shape (signs, 4), lie under the box."""
    west, south, east, north = signs.T
    under = (box[0] < east) & (west < box[2]) & (box[1] < north) & (south < box[3])
    return int(np.count_nonzero(under))


@lru_cache(maxsize=1024)
def _fine(shape: Shape, frame: Frame, size: float, *, named: bool) -> tuple[Bounds, ...]:
    """All places of a label; signs come and go, these stay."""
    return tuple(_boxes(shape, frame, size, named=named, fine=True))


def _box(label: Label, frame: Frame, size: float) -> Bounds:
    dx, dy = _extent(label.name, frame, size, named=label.named)
    return label.x - dx / 2, label.y - dy / 2, label.x + dx / 2, label.y + dy / 2


def _extent(name: str, frame: Frame, size: float, *, named: bool) -> tuple[float, float]:
    """Width and height of a label, km."""
    width = max(text_width(name, size) if named else 0.0, 2.0 * size) + 0.1 * size
    height = (2 if named else 1) * _LINE * size
    return width * frame.per_px, height * frame.per_px


def _free(
    shape: Shape, frame: Frame, size: float, placed: Sequence[_Placed], *, named: bool
) -> _Placed | None:
    """The first place that covers no other label."""
    for box in _boxes(shape, frame, size, named=named):
        if not any(_overlap(box, other.box) for other in placed):
            return _Placed(shape, box, named)
    return None


def _make_room(
    shape: Shape, frame: Frame, size: float, placed: list[_Placed], *, named: bool
) -> _Placed | None:
    """A place that only one other label blocks, when that one has another place to go to.

    For a sign alone the other may lose its name: every district a sign comes before names.
    """
    for box in _boxes(shape, frame, size, named=named):
        blocking = [other for other in placed if _overlap(box, other.box)]
        if len(blocking) != 1 or not blocking[0].named or blocking[0].shape is None:
            continue
        here = _Placed(shape, box, named)
        others = [*(other for other in placed if other is not blocking[0]), here]
        moved = _free(blocking[0].shape, frame, size, others, named=True)
        if moved is None and not named:
            moved = _free(blocking[0].shape, frame, size, others, named=False)
        if moved is not None:
            placed[placed.index(blocking[0])] = moved
            return here
    return None


def _boxes(
    shape: Shape, frame: Frame, size: float, *, named: bool, fine: bool = False
) -> Iterator[Bounds]:
    """Places inside the view that lie mostly in the district, the best first."""
    dx, dy = _extent(shape.name, frame, size, named=named)
    west, _, east, _ = shape.area.bounds
    # A name much wider than its district would seem to belong to the neighbours.
    if named and dx > 1.5 * (east - west) + size * frame.per_px:
        return
    for right, up in _FINE if fine else _SHIFTS:
        x, y = shape.label_x + right * dx, shape.label_y + up * dy
        box = (x - dx / 2, y - dy / 2, x + dx / 2, y + dy / 2)
        inside = frame.x[0] <= box[0] and box[2] <= frame.x[1]
        inside = inside and frame.y[0] <= box[1] and box[3] <= frame.y[1]
        if inside and _mostly_in(shape, box):
            yield box


def _mostly_in(shape: Shape, box: Bounds) -> bool:
    """Two fifths of the label, and its middle, lie in the district it speaks of."""
    frame = shapely.box(*box)
    return bool(
        shape.area.contains(frame.centroid)
        and shape.area.intersection(frame).area >= 0.4 * frame.area
    )


def _overlap(a: Bounds, b: Bounds) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
