"""Places: what belongs together is one place, and the same told again at one point is found."""

import h3.api.basic_int as h3
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import clusters, hotspots
from layers.cells import cell_of

SEAT = cell_of(107.764, 32.987, 8)
GRID = hotspots.lattice(h3.grid_disk(SEAT, 12))


def places(cells, height=None):
    hot = np.isin(GRID.cells, list(cells))
    return clusters.clusters(hot, np.ones(len(hot)) if height is None else height, GRID)


def cells_of(place):
    return set(GRID.cells[place].tolist())


def peaked(*tops):
    """Heights that fall with the distance from these cells."""
    away = np.array([[h3.grid_distance(int(cell), top) for top in tops] for cell in GRID.cells])
    return 20.0 - away.min(axis=1)


def test_neighbours_are_one_place_and_what_lies_apart_is_another():
    far = h3.grid_ring(SEAT, 6)[0]
    found = places([*h3.grid_disk(SEAT, 1), far], peaked(SEAT))
    assert [len(place) for place in found] == [7, 1]
    assert GRID.cells[found[0][0]] == SEAT, "the highest comes first"
    assert cells_of(found[1]) == {far}


def test_a_wide_patch_is_parted_between_its_peaks():
    other = h3.grid_ring(SEAT, 6)[0]
    patch = {*h3.grid_disk(SEAT, 3), *h3.grid_disk(other, 3), *h3.grid_path_cells(SEAT, other)}
    found = places(patch, peaked(SEAT, other))
    assert len(found) == 2 and {int(GRID.cells[place[0]]) for place in found} == {SEAT, other}
    assert cells_of(found[0]) | cells_of(found[1]) == patch


@given(some=st.sets(st.sampled_from(GRID.cells.tolist()), max_size=120), seed=st.integers(0, 9))
def test_each_hot_cell_is_in_one_place_and_no_other_is(some, seed):
    found = places(some, np.random.default_rng(seed).random(len(GRID.cells)))
    members = [cell for place in found for cell in cells_of(place)]
    assert sorted(members) == sorted(some)


def test_without_hot_cells_there_is_no_place():
    assert places([]) == []


def test_a_place_has_one_outline_without_seams():
    shape = clusters.outline(h3.grid_disk(SEAT, 1))
    assert shape.geom_type == "Polygon" and not shape.interiors
    assert shape.area == shapely.union_all([shape]).area > 0


def test_three_at_one_corner_recur_and_two_do_not():
    x, y = [0, 10, 20, 500, 510], [0, 5, 0, 0, 0]
    (place,) = clusters.recurring(x, y)
    assert place.members.tolist() == [0, 1, 2] and place.x == 10


def test_a_chain_along_a_street_is_not_one_place():
    found = clusters.recurring(np.arange(0, 1000, 20), np.zeros(50))
    assert len(found) > 10 and all(len(place.members) <= 4 for place in found)


@given(points=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=60))
def test_of_a_place_all_points_lie_near_each_other_and_each_point_is_in_one(points):
    x, y = (np.array([point[axis] for point in points], dtype=float) for axis in (0, 1))
    found = clusters.recurring(x, y)
    members = [member for place in found for member in place.members.tolist()]
    assert len(members) == len(set(members))
    for place in found:
        assert len(place.members) >= clusters.OFTEN
        here = np.column_stack([x, y])[place.members]
        assert np.hypot(*(here[:, None] - here[None]).transpose(2, 0, 1)).max() <= clusters.APART_M
    assert [len(place.members) for place in found] == sorted((len(place.members) for place in found), reverse=True)
    left = [point for point in range(len(points)) if point not in members]
    assert all(
        sum(np.hypot(x[other] - x[point], y[other] - y[point]) <= clusters.APART_M / 2 for other in left) < clusters.OFTEN
        for point in left
    )
