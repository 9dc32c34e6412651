"""People and road by cell: what the cells hold is what lies inside the county, and each part is in the cell that it lies in."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from layers.cells import cell_of, county_cells, parents, polygons
from layers.exposure import metres_in_cells, people_at_points, people_in_areas, people_in_squares
from layers.metres import flat

ROOT = Path(__file__).parent.parent
COUNTY = shapely.geometry.shape(
    json.loads((ROOT / "fixtures/county.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
)
SMALL = shapely.Polygon([(107.70, 32.95), (107.76, 32.96), (107.75, 33.00), (107.72, 32.98), (107.69, 33.01)])
places = st.tuples(st.floats(107.68, 107.78), st.floats(32.94, 33.02))
roads = st.lists(st.lists(places, min_size=2, max_size=6, unique=True).map(shapely.LineString), min_size=1, max_size=6)


@given(lines=roads)
def test_the_road_in_all_cells_is_the_road_inside_the_county(lines):
    _cells, metres = metres_in_cells(lines, SMALL)
    assert metres.sum() == pytest.approx(sum(flat(line).intersection(flat(SMALL)).length for line in lines), rel=1e-6, abs=1e-6)


@given(lines=roads)
def test_each_cell_has_the_road_that_shapely_cuts_out_of_it(lines):
    cells, metres = metres_in_cells(lines, SMALL)
    inside = [flat(line).intersection(flat(SMALL)) for line in lines]
    cut = [sum(line.intersection(cell).length for line in inside) for cell in flat(polygons(cells))]
    np.testing.assert_allclose(metres, cut, rtol=1e-6, atol=0.02)  # H3's own edges are arcs, a centimetre off the straight


@given(lines=roads)
def test_a_coarser_cell_has_what_its_children_have(lines):
    cells, metres = metres_in_cells(lines, SMALL, 9)
    for res in (8, 7):
        coarse, where = np.unique(parents(cells, res), return_inverse=True)
        summed = dict(zip(coarse.tolist(), np.bincount(where, metres).tolist(), strict=True))
        assert sum(summed.values()) == pytest.approx(metres_in_cells(lines, SMALL, res)[1].sum(), rel=1e-9)


def test_a_road_along_an_edge_is_in_one_cell_and_not_in_both():
    corners = shapely.get_coordinates(polygons([cell_of(107.73, 32.97)])[0])
    line = shapely.LineString(corners[:2])
    _cells, metres = metres_in_cells([line], SMALL)
    assert metres.sum() == pytest.approx(flat(line).length, rel=1e-9)


def test_a_road_beyond_the_county_is_no_road():
    cells, metres = metres_in_cells([shapely.LineString([(108.5, 33), (108.6, 33)])], SMALL)
    assert len(cells) == len(metres) == 0


def test_the_whole_countys_road_is_kept_to_a_millionth():
    dice = np.random.default_rng(4)
    ends = dice.uniform((107.2, 32.4), (108.3, 33.3), (300, 2))
    lines = [shapely.LineString([end, end + step]) for end, step in zip(ends, dice.normal(0, 0.05, (300, 2)), strict=True)]
    _cells, metres = metres_in_cells(lines, COUNTY)
    inside = shapely.intersection(flat(np.array(lines)), flat(COUNTY))
    assert metres.sum() == pytest.approx(shapely.length(inside).sum(), rel=1e-6)


@given(points=st.lists(st.tuples(places, st.integers(0, 500)), min_size=1, max_size=30))
def test_people_at_points_are_those_inside_the_county_in_the_cells_of_their_points(points):
    (lon, lat), people = np.array([at for at, _n in points]).T, np.array([n for _at, n in points])
    expected = {}
    for at, n in points:
        if n and SMALL.covers(shapely.Point(at)):
            expected[cell_of(*at)] = expected.get(cell_of(*at), 0) + n
    cells, found = people_at_points(lon, lat, people, SMALL)
    assert dict(zip(cells.tolist(), found.tolist(), strict=True)) == expected


@given(west=st.floats(107.68, 107.74), south=st.floats(32.94, 33.0), size=st.floats(0.001, 0.05), people=st.floats(1, 5000))
def test_people_of_an_area_live_evenly_all_over_it(west, south, size, people):
    area = shapely.box(west, south, west + size, south + size)
    cells, found = people_in_areas([area], [people], SMALL)
    part = flat(area).intersection(flat(SMALL))
    assert found.sum() == pytest.approx(people * part.area / flat(area).area, rel=1e-6, abs=1e-9)
    for cell, n in zip(flat(polygons(cells)), found, strict=True):
        assert n == pytest.approx(people * cell.intersection(part).area / flat(area).area, rel=1e-9, abs=1e-12)


def test_areas_that_fill_the_county_leave_no_cell_without_people():
    cells, _people = people_in_areas([SMALL], [1000], SMALL)
    assert set(cells) == set(county_cells(SMALL, 9))


@pytest.mark.parametrize(
    ("system", "step"), [("EPSG:4326", 0.00083), ("EPSG:4326", 0.0083), ("EPSG:4545", 100.0), ("EPSG:3857", 90.0)]
)
def test_a_grids_people_are_where_its_squares_lie(system, step):
    """Ten squares a side from the north-west of a place down, in degrees or metres; one holds nobody, one is no number."""
    west, north = Transformer.from_crs("EPSG:4326", system, always_xy=True).transform(107.72, 32.99)
    values = np.arange(100, dtype=float).reshape(10, 10)
    values[3, 3] = np.nan
    lon, lat, people = people_in_squares(values, (west, step, 0, north, 0, -step), system)
    assert people.sum() == pytest.approx(np.nansum(values))
    x, y = Transformer.from_crs("EPSG:4326", system, always_xy=True).transform(lon, lat)
    where = ((north - y) // step).astype(int) * 10 + ((x - west) // step).astype(int)
    np.testing.assert_allclose(np.bincount(where, people, minlength=100), np.nan_to_num(values.ravel()))


def test_a_wide_square_is_in_every_cell_that_it_covers():
    """A square of a kilometre a side holds whole cells: none of them is left without people."""
    lon, lat, people = people_in_squares(np.array([[900.0]]), (107.72, 0.01, 0, 32.98, 0, -0.01), "EPSG:4326")
    square = shapely.box(107.72, 32.97, 107.73, 32.98)
    cells, _n = people_at_points(lon, lat, people, square)
    inside = [cell for cell in county_cells(square, 9) if square.covers(polygons([cell])[0])]
    assert len(inside) == 4 and set(inside) <= set(cells.tolist())
