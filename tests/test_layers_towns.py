"""Which town: against shapely asked one polygon after the other, on the county's own boundaries."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from layers.towns import TownIndex

FEATURES = json.loads((Path(__file__).parent.parent / "fixtures/towns.geojson").read_text(encoding="utf-8"))["features"]
OUTLINES = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in FEATURES}
CODES = sorted(OUTLINES)
VERTICES = shapely.get_coordinates(list(OUTLINES.values()))
COUNTY = shapely.union_all(list(OUTLINES.values()))
TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
SQUARE = {"610724001": shapely.box(0, 0, 1, 1), "610724002": shapely.box(1, 0, 2, 1)}

around = st.tuples(st.floats(107.2, 108.3), st.floats(32.45, 33.3))
on_a_vertex = st.integers(0, len(VERTICES) - 1).map(lambda row: tuple(VERTICES[row]))
on_an_edge = st.integers(0, len(VERTICES) - 2).map(lambda row: tuple((VERTICES[row] + VERTICES[row + 1]) / 2))


@pytest.fixture(scope="module")
def index():
    shuffled = sorted(OUTLINES, key=lambda code: code[::-1])
    return TownIndex(shuffled, [OUTLINES[code] for code in shuffled])


def reference(lon, lat):
    """The lowest code whose outline covers the point, by shapely alone."""
    point = shapely.Point(lon, lat)
    return next((code for code in CODES if OUTLINES[code].covers(point)), None)


@given(point=st.one_of(around, on_a_vertex, on_an_edge))
def test_the_town_of_a_point_is_the_lowest_one_that_covers_it(index, point):
    assert index.code_at(*point) == reference(*point)


def test_many_points_at_once_are_the_same_as_one_after_the_other(index):
    random = np.random.default_rng(7)
    middles = (VERTICES[:-1] + VERTICES[1:]) / 2
    points = np.vstack([random.uniform((107.2, 32.5), (108.3, 33.3), (3000, 2)), VERTICES[::9], middles[::9]])
    assert list(index.codes_at(points[:, 0], points[:, 1])) == [index.code_at(*point) for point in points]


def test_every_vertex_of_the_countys_edge_is_in_a_town(index):
    edge = shapely.get_coordinates(COUNTY)
    assert None not in index.codes_at(edge[:, 0], edge[:, 1])


@pytest.mark.parametrize("order", [["610724001", "610724002"], ["610724002", "610724001"]])
def test_on_a_shared_edge_the_lower_code_wins(order):
    index = TownIndex(order, [SQUARE[code] for code in order])
    assert index.code_at(1, 0.5) == "610724001"
    assert list(index.codes_at([1, 1.1], [1, 0.5])) == ["610724001", "610724002"]


def test_a_hole_is_outside_and_its_rim_inside():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    index = TownIndex(["610724001"], [ring])
    assert index.code_at(1.5, 1.5) is None
    assert index.code_at(1, 1.5) == "610724001"


@pytest.mark.parametrize("point", [(float("nan"), 33.0), (107.7, float("nan")), (float("inf"), 33.0), (32.98, 107.76)])
def test_no_place_is_in_no_town(index, point):
    assert index.code_at(*point) is None
    assert list(index.codes_at([point[0]], [point[1]])) == [None]


def test_no_points_give_no_towns(index):
    assert len(index.codes_at([], [])) == 0


def test_the_nearest_town_and_its_distance_are_those_of_a_plain_measurement(index):
    random = np.random.default_rng(3)
    flat = {code: shapely.transform(shape, TO_METRES.transform, interleaved=False) for code, shape in OUTLINES.items()}
    for lon, lat in random.uniform((107.0, 32.3), (108.5, 33.5), (40, 2)):
        point = shapely.Point(TO_METRES.transform(lon, lat))
        distances = {code: shape.distance(point) for code, shape in flat.items()}
        code, km = index.nearest(lon, lat)
        assert km == pytest.approx(min(distances.values()) / 1000, abs=1e-6)
        assert code == min(CODES, key=lambda c: (distances[c], c))


def test_inside_a_town_the_nearest_is_that_town_at_no_distance(index):
    assert index.nearest(107.766, 32.993) == ("610724001", 0.0)


@pytest.mark.parametrize(("lon", "lat", "km"), [(-100.0, 40.0, 11400), (32.98, 80.0, 6118), (0.0, -90.0, 13650)])
def test_even_far_away_there_is_a_nearest_town(index, lon, lat, km):
    assert index.nearest(lon, lat)[1] == pytest.approx(km, rel=0.01)


@pytest.mark.parametrize("point", [(32.98, 107.76), (float("nan"), 33.0), (181.0, 0.0)])
def test_what_is_no_place_on_earth_has_no_nearest_town(index, point):
    with pytest.raises(ValueError, match="no place on earth"):
        index.nearest(*point)


@given(point=around, metres=st.floats(0, 8000))
def test_a_circle_reaches_the_towns_that_are_nearer_than_its_radius(index, point, metres):
    centre = shapely.Point(TO_METRES.transform(*point))
    reached = dict(index.within(*point, metres))
    for code, outline in OUTLINES.items():
        distance = shapely.transform(outline, TO_METRES.transform, interleaved=False).distance(centre)
        if abs(distance - metres) > 0.001:
            assert (code in reached) == (distance <= metres)
        if code in reached:
            assert reached[code] == pytest.approx(distance, abs=0.001)


def test_the_towns_that_a_circle_reaches_come_nearest_first(index):
    found = index.within(107.766, 32.99, 3000)
    assert found[0] == ("610724001", 0.0)
    assert [metres for _code, metres in found] == sorted(metres for _code, metres in found)
    assert len(found) > 1
