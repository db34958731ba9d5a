from __future__ import annotations

import copy

import plotly.graph_objects as go
import pytest
import shapely

from dashboard.web.figures import map as wall_map
from dashboard.web.figures.frames import fitted, frames
from dashboard.web.figures.geometry import Frame, Shape, shapes_of
from dashboard.web.figures.labels import aside, place, text_width
from dashboard.web.figures.map import map_base, map_patch
from dashboard.web.figures.theme import theme_of
from dashboard.web.view.marks import CellMark, RegionMark
from geo.boundaries import beijing, label_points, to_feature_collection

FRAME = Frame((0.0, 100.0), (0.0, 100.0), 500, 500)  # 0.2 km a pixel


def map_figure(*given):
    """Plotly's own classes check every value."""
    return go.Figure(wall_map.map_figure(*given))


def shape(name, west, south, east, north):
    area = shapely.box(west, south, east, north)
    return Shape(name, name, area, (west + east) / 2, (south + north) / 2)


@pytest.fixture(scope="module")
def base():
    points = label_points(beijing())
    labels = {
        r.region_id: (r.label_longitude, r.label_latitude) for r in points.itertuples(index=False)
    }
    shapes = shapes_of(to_feature_collection(beijing()), labels)
    found = frames(shapes, 1216, 920, label_px=80, pad=24)
    return (
        map_base(shapes, found.main, 1.0, theme_of(), inset=found.inset),
        map_base(shapes, found.inset.frame, 1.0, theme_of()),
    )


def marks(base, statuses):
    return {
        s.region_id: RegionMark(s.region_id, statuses[i % len(statuses)], i % 3, f"hover {i}")
        for i, s in enumerate(base.shapes)
    }


RED = CellMark("r", "red", 116.4, 39.9, "red cell")
YELLOW = CellMark("y", "yellow", 116.5, 40.0, "yellow cell")
GREEN = CellMark("g", "green", 116.5, 40.0, "g")


def test_text_width():
    assert text_width("东城区", 20) == 60
    assert text_width("ab", 100) == pytest.approx(116)


def test_every_district_of_beijing_has_its_name_in_one_of_the_views(base):
    main, inset = base
    named = [label.name for label in (*main.labels, *inset.labels) if label.named]
    assert sorted(named) == sorted(beijing()["name"])


def test_labels_do_not_cover_each_other(base):
    for view in base:
        boxes = []
        for label in view.labels:
            width = max(text_width(label.name, 24) if label.named else 0, 2.4 * 24)
            half = (width / 2 * view.frame.per_px, 24 * view.frame.per_px)
            boxes.append(
                shapely.box(
                    label.x - half[0], label.y - half[1], label.x + half[0], label.y + half[1]
                )
            )
        for i, one in enumerate(boxes):
            for other in boxes[i + 1 :]:
                assert one.intersection(other).area < 0.01 * one.area


def test_narrow_district_gets_the_sign_alone():
    # 15 km are 75 px: too narrow for 8 characters of 24 px, wide enough for "■ 12".
    (label,) = place([shape("一二三四五六七八", 40, 0, 55, 100)], FRAME, 24)
    assert not label.named


def test_a_speck_gets_no_label():
    assert place([shape("小", 50, 50, 51, 51)], FRAME, 24) == []


def test_labels_keep_clear_of_what_lies_on_the_map():
    (free,) = place([shape("名", 0, 0, 100, 100)], FRAME, 24)
    (moved,) = place([shape("名", 0, 0, 100, 100)], FRAME, 24, covered=(0, 45, 100, 60))
    assert free.y == 50
    assert not 45 < moved.y < 60


def test_a_sign_comes_before_a_name():
    # A strip of 60 px between two that would fill it with their names.
    middle = shape("中中中中", 45, 45, 57, 55)
    sides = [shape("西西西西西", 20, 45, 45, 55), shape("东东东东东", 57, 45, 82, 55)]
    signs = {label.region_id for label in place([*sides, middle], FRAME, 24)}
    assert signs == {"西西西西西", "东东东东东", "中中中中"}


def test_one_label_makes_room_for_another():
    # Side by side, 60 px wide and 200 px high: names of 72 px only fit at different heights.
    left, right = shape("东东东", 40, 30, 52, 70), shape("西西西", 52, 30, 64, 70)
    labels = place([left, right], FRAME, 24)
    assert [label.named for label in labels] == [True, True]
    assert abs(labels[0].y - labels[1].y) / FRAME.per_px >= 2 * 24


def test_status_shows_in_fill_sign_and_border(base):
    main = base[0]
    statuses = {s.region_id: "green" for s in main.shapes}
    chosen = main.shapes[0].region_id
    regions = {k: RegionMark(k, v, 0, "") for k, v in statuses.items()}
    regions[chosen] = RegionMark(chosen, "red", 4, "")
    figure = map_figure(main, regions, [])
    n = len(main.shapes)
    assert figure.data[0].fillcolor == theme_of().fill["red"]
    assert figure.data[1].fillcolor == theme_of().fill["green"]
    assert figure.data[n].line.color == theme_of().status["red"]
    assert figure.data[n + 1].line.width == 0
    text = dict(zip([b.region_id for b in main.labels], figure.data[-3].text, strict=True))
    if chosen in text:
        assert "■" in text[chosen]
        assert "<b>4</b>" in text[chosen]


def test_unknown_is_hatched_and_a_missing_district_is_unknown(base):
    figure = map_figure(base[0], {}, [])
    for trace in figure.data[: len(base[0].shapes)]:
        assert trace.fillpattern.shape == "/"
        assert trace.fillcolor == theme_of().fill["unknown"]
    assert all("▨" in text for text in figure.data[-3].text)


def test_reds_are_drawn_above_yellows(base):
    figure = map_figure(base[0], {}, [RED, YELLOW])
    yellow, red = figure.data[-5], figure.data[-4]
    assert (yellow.marker.symbol, red.marker.symbol) == ("triangle-up", "square")
    assert list(red.customdata[0]) == ["cell", "r"]


def test_bad_kpis_are_rings_below_the_signs_and_clear_of_them(base):
    figure = map_figure(base[0], {}, [RED], [RED, GREEN])
    ring, red = figure.data[-6], figure.data[-4]
    assert ring.marker.symbol == "circle-open"
    assert [pair[1] for pair in ring.customdata] == ["r", "g"]
    assert (ring.x[0], ring.y[0]) == (red.x[0], red.y[0])
    assert ring.marker.size > 2**0.5 * red.marker.size
    assert ring.marker.color not in theme_of().status.values()


def test_patch_equals_drawing_anew(base):
    """Old figure + patch = new figure, in both views: nothing is forgotten, nothing is left."""
    for view in base:
        before = map_figure(view, marks(view, ["green", "red", "unknown"]), [RED]).to_plotly_json()
        regions, cells = marks(view, ["red", "yellow", "green"]), [YELLOW, YELLOW, RED]
        patched, bad = copy.deepcopy(before), [GREEN, RED]
        patch = map_patch(view, regions, cells, bad=bad)
        for operation in patch.to_plotly_json()["operations"]:
            assert operation["operation"] == "Assign"
            *way, last = operation["location"]
            target = patched
            for step in way:
                target = target[step]
            target[last] = operation["params"]["value"]
        after = map_figure(view, regions, cells, bad).to_plotly_json()
        assert _plain(patched) == _plain(after)


def _plain(value):
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.tobytes() if hasattr(value, "tobytes") else value


def test_everything_scales(base):
    main = base[0]
    big = map_base(main.shapes, main.frame, 2.0, theme_of())
    one, two = map_figure(main, {}, [RED]), map_figure(big, {}, [RED])
    assert two.data[-4].marker.size == 2 * one.data[-4].marker.size
    assert two.data[-3].textfont.size == 2 * one.data[-3].textfont.size == 48


def test_new_reds_get_a_ring(base):
    main = base[0]
    operations = map_patch(main, {}, [RED, YELLOW], frozenset({"r"})).to_plotly_json()["operations"]
    ring = {
        op["location"][2]: op["params"]["value"]
        for op in operations
        if op["location"][1] == 2 * len(main.shapes) + 5
    }
    assert len(ring["x"]) == len(ring["y"]) == 1


def test_quality_now_is_an_outline_inside_the_border_in_no_status_colour(base):
    main = base[0]
    chosen = main.shapes[0]
    regions = {s.region_id: RegionMark(s.region_id, "green", 0, "") for s in main.shapes}
    calm = map_figure(main, regions, []).data[2 * len(main.shapes)]
    assert list(calm.x) == []
    regions[chosen.region_id] = RegionMark(chosen.region_id, "green", 0, "", poor=True)
    figure = map_figure(main, regions, [])
    line = figure.data[2 * len(main.shapes)]
    assert line.line.color not in theme_of().status.values()
    assert figure.data[0].fillcolor == theme_of().fill["green"]  # the risk is still told
    x0, y0 = main.frame.centre
    points = [
        shapely.Point(x + x0, y + y0)
        for x, y in zip(line.x, line.y, strict=True)
        if x is not None and x == x
    ]
    assert len(points) >= 4
    # Simplified by no more than it was moved inwards: hardly a corner leaves the district.
    inside = [chosen.area.buffer(main.frame.per_px).contains(point) for point in points]
    assert sum(inside) >= 0.95 * len(inside)


def test_a_label_moves_aside_of_a_sign_and_stays_where_there_is_none():
    square = shape("名", 0, 0, 100, 100)
    labels = place([square], FRAME, 24)
    assert aside(labels, [square], FRAME, 24, signs=[(80, 80, 84, 84)]) == tuple(labels)
    (moved,) = aside(labels, [square], FRAME, 24, signs=[(48, 48, 52, 52)])
    dx, dy = abs(moved.x - 50), abs(moved.y - 50)
    assert (dx, dy) != (0, 0)
    # 24 px are 4.8 km: two lines of a label are 10.8 km high and at least 10.1 km wide.
    assert dy >= 2 + 10.7 / 2 or dx >= 2 + 10 / 2
    assert moved.named


def test_a_region_in_focus_fills_the_view_and_the_others_recede(base):
    one = base[0].shapes[0]
    frame = fitted([one], 1000, 800, pad=50)
    west, south, east, north = one.area.bounds
    assert frame.x[0] <= west
    assert frame.x[1] >= east
    assert frame.y[0] <= south
    assert frame.y[1] >= north
    assert max((east - west) / 900, (north - south) / 700) == pytest.approx(frame.per_px)
    view = map_base(base[0].shapes, frame, 1.0, theme_of(), focus=frozenset({one.region_id}))
    figure = map_figure(view, {}, [])
    ids = [s.region_id for s in view.shapes]
    opacity = {key: figure.data[n].opacity for n, key in enumerate(ids)}
    assert opacity.pop(one.region_id) == 1
    assert set(opacity.values()) <= {0.45}
    border = figure.data[len(ids) + ids.index(one.region_id)]
    assert border.line.color == theme_of().accent


def test_states_of_orders_stand_on_red_cells_alone(base):
    cells = [
        CellMark("A", "red", 116.4, 39.9, "", "dispatched"),
        CellMark("B", "red", 116.5, 39.9, "", "proposed"),
        CellMark("C", "yellow", 116.4, 40.0, "", "accepted"),
        CellMark("D", "red", 116.3, 39.9, "", "repaired"),
    ]
    figure = map_figure(base[0], {}, cells)
    told, red = figure.data[-1], figure.data[-4]
    assert list(told.marker.symbol) == ["triangle-right", "circle-open"]
    assert [x for x in red.x if x in told.x] == list(told.x)
    assert told.marker.size < red.marker.size
