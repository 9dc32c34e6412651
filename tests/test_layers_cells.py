"""Cells: against h3's own functions."""

import json
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import cells

ROOT = Path(__file__).parent.parent
OUTLINE = shapely.geometry.shape(
    json.loads((ROOT / "fixtures/county.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
)
places = st.tuples(st.floats(107.2, 108.3), st.floats(32.4, 33.3))


@given(place=places)
def test_a_cell_holds_the_point_that_it_was_asked_for(place):
    cell = cells.cell_of(*place)
    assert h3.get_resolution(cell) == 9
    assert shapely.buffer(cells.polygons([cell])[0], 1e-9).covers(shapely.Point(place))


@given(place=places, res=st.integers(0, 15))
def test_parents_by_bits_are_those_of_h3(place, res):
    finest = cells.cell_of(*place, res=15)
    assert cells.parents(np.array([finest]), res).tolist() == [h3.cell_to_parent(finest, res)]


def test_parents_of_a_whole_county_are_those_of_h3():
    fine = cells.county_cells(OUTLINE, 8)
    assert cells.parents(fine, 7).tolist() == [h3.cell_to_parent(int(cell), 7) for cell in fine]


def test_a_cell_is_its_own_parent_and_has_no_finer_one():
    cell = cells.cell_of(107.76, 32.99, 8)
    assert cells.parents([cell], 8).tolist() == [cell]
    with pytest.raises(ValueError, match="coarser"):
        cells.parents([cell], 9)


@pytest.mark.parametrize(("res", "count"), [(7, 816), (8, 5248)])
def test_the_county_has_as_many_cells_as_touch_its_outline(res, count):
    found = cells.county_cells(OUTLINE, res)
    assert len(found) == count
    assert np.all(np.diff(found) > 0)


def test_no_point_inside_the_county_is_without_a_cell():
    known = set(cells.county_cells(OUTLINE, 8).tolist())
    edge = shapely.get_coordinates(OUTLINE)[::7]
    inside = shapely.get_coordinates(shapely.point_on_surface(OUTLINE))
    assert {cells.cell_of(lon, lat, 8) for lon, lat in np.vstack([edge, inside])} <= known


@pytest.mark.parametrize("point", [(float("nan"), 33.0), (107.7, float("inf"))])
def test_what_is_no_place_has_no_cell(point):
    with pytest.raises(ValueError, match="no cell"):
        cells.cell_of(*point)


def test_a_cells_name_is_the_one_that_h3_writes_and_reads_back():
    cell = cells.cell_of(107.76, 32.99)
    assert cells.name(cell) == h3.int_to_str(cell)
    assert cells.cell_named(cells.name(cell)) == cell


@pytest.mark.parametrize("text", ["0", "ffffffffffffffff", "热力"])
def test_a_name_that_is_no_cell_is_refused(text):
    with pytest.raises(ValueError):
        cells.cell_named(text)


def test_a_frame_has_names_numbers_and_hexagons_in_the_order_given():
    some = cells.county_cells(OUTLINE, 7)[[5, 2]]
    frame = cells.frame(some, count=[4, 1])
    assert frame["cell"].tolist() == [cells.name(cell) for cell in some]
    assert frame["count"].tolist() == [4, 1]
    assert frame.crs == "EPSG:4326"
    lon, lat = cells.centre(some[0])
    assert frame.geometry[0].covers(shapely.Point(lon, lat))


def test_an_empty_frame_is_a_frame():
    assert len(cells.frame([], count=[])) == 0
