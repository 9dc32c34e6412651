"""The picture of the outlines answers as the outlines do, wherever it is asked."""

import geopandas
import numpy as np
import pytest
import shapely
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from layers.raster import BORDER, OUTSIDE, Raster
from layers.towns import TownIndex

HOLED = shapely.Polygon([(0, 0), (4, 0), (4, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
LAKE = shapely.Polygon([(1, 1), (2, 1), (2, 2), (1, 2)])
ISLANDS = shapely.MultiPolygon([shapely.box(5, 0, 6, 1), shapely.box(5, 2, 6, 3)])
ODD = [HOLED, LAKE, ISLANDS, shapely.box(3.5, 2.5, 5.5, 2.6)]  # a hole that another fills, two parts, an overlap


@pytest.fixture(scope="module")
def towns():
    return geopandas.read_file(settings.FIXTURES / "towns.geojson").sort_values("code", ignore_index=True)


@pytest.fixture(scope="module")
def index(towns):
    return TownIndex(list(towns["code"]), list(towns.geometry))


def asked_one_by_one(outlines, x, y):
    """The lowest row whose outline covers each point, by shapely's `covers` alone."""
    found = np.full(len(x), OUTSIDE)
    points = shapely.points(x, y)
    for row in reversed(range(len(outlines))):
        found[shapely.covers(outlines[row], points)] = row
    return found


def test_random_points_edges_vertices_and_corners_are_answered_exactly(towns, index):
    outlines = list(towns.geometry)
    random = np.random.default_rng(2)
    west, south, east, north = towns.total_bounds
    everywhere = random.uniform((west - 0.01, south - 0.01), (east + 0.01, north + 0.01), (100_000, 2))
    vertices = shapely.get_coordinates(outlines)
    middles = (vertices[:-1] + vertices[1:]) / 2
    raster = index.raster
    columns, rows = random.integers(0, raster.columns, 5000), random.integers(0, raster.rows, 5000)
    corners = np.column_stack([raster.west + (columns - 1) / raster.scale, raster.south + (rows - 1) / raster.scale])
    x, y = np.vstack([everywhere, vertices, middles, corners]).T
    assert np.array_equal(index.rows_at(x, y), asked_one_by_one(outlines, x, y))


def test_no_more_than_one_square_in_thirty_needs_the_slow_answer(index):
    assert (index.raster.squares == BORDER).mean() < 1 / 30


@given(st.integers(4, 60), st.lists(st.tuples(st.floats(-1, 7), st.floats(-1, 4)), min_size=1, max_size=40))
def test_holes_parts_and_overlaps_are_answered_exactly_at_any_size(side, points):
    index = TownIndex([str(row) for row in range(len(ODD))], ODD)
    index.raster = Raster(index.outlines, index._exact, side=side)
    x, y = np.array(points).T
    assert index.rows_at(x, y).tolist() == asked_one_by_one(ODD, x, y).tolist()
    assert [index.code_at(*point) for point in points] == list(index.codes_at(x, y))


def test_what_is_no_number_lies_nowhere(index):
    strange = np.array([np.nan, np.inf, -np.inf, 1e300, 107.76])
    assert index.rows_at(strange, np.full(5, 32.98)).tolist()[:4] == [OUTSIDE] * 4
    assert [index.code_at(x, 32.98) for x in strange[:4]] == [None] * 4
    assert index.code_at(107.76, float("nan")) is None


def test_no_points_are_an_answer_too(index):
    assert index.rows_at([], []).shape == (0,)
