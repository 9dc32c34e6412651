"""Places: what belongs together is one place, and the same told again at one point is found."""

from itertools import combinations

import h3.api.basic_int as h3
import numpy as np
import pytest
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


POINTS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=60)
CROWD = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=40)


def near_each_other(points):
    """(n, n) bool: within APART_M, in whole metres and so without rounding."""
    return ((points[:, None] - points[None]) ** 2).sum(axis=-1) <= clusters.APART_M**2


def balls(points):
    """Places by the rule that was: all points within half of APART_M of one of them, most first. [(m,) positions]."""
    left, found = np.arange(len(points)), []
    while len(left):
        around = ((points[left][:, None] - points[left][None]) ** 2).sum(axis=-1) <= clusters.APART_M**2 / 4
        most = around[around.sum(axis=1).argmax()]
        if most.sum() < clusters.OFTEN:
            break
        found.append(left[most])
        left = left[~most]
    return found


@given(points=POINTS | CROWD)
def test_any_two_points_of_a_place_are_near_each_other_and_each_point_is_in_one(points):
    points = np.array(points).reshape(-1, 2)
    found = clusters.recurring(*points.T)
    members = [member for place in found for member in place.members.tolist()]
    assert len(members) == len(set(members))
    for place in found:
        assert len(place.members) >= clusters.OFTEN and near_each_other(points[place.members]).all()
        away = np.hypot(*(points[place.members] - (place.x, place.y)).T)
        assert np.isclose(away.max(), place.reach) and place.reach < clusters.APART_M
    assert [len(place.members) for place in found] == sorted((len(place.members) for place in found), reverse=True)


@given(points=POINTS | CROWD)
def test_no_three_that_are_left_are_near_each_other(points):
    points = np.array(points).reshape(-1, 2)
    taken = [place.members for place in clusters.recurring(*points.T)]
    near = near_each_other(np.delete(points, np.concatenate(taken) if taken else [], axis=0))
    assert not any(near[a, b] and near[b, c] and near[a, c] for a, b, c in combinations(range(len(near)), 3))


@given(points=POINTS | CROWD)
def test_what_was_a_place_within_half_as_far_is_listed_as_one_at_least_as_large(points):
    points = np.array(points).reshape(-1, 2)
    found, were = clusters.recurring(*points.T), balls(points)
    for ball in were:
        assert any(len(place.members) >= len(ball) and np.isin(ball, place.members).any() for place in found)
    assert not were or len(found[0].members) >= len(were[0])


@given(points=POINTS | CROWD, random=st.randoms())
def test_the_order_of_the_rows_changes_no_place(points, random):
    order = random.sample(range(len(points)), len(points))
    points = np.array(points).reshape(-1, 2) + 0.1  # sums are rounded
    found, mixed = clusters.recurring(*points.T), clusters.recurring(*points[order].T)
    assert [place[:3] for place in found] == [place[:3] for place in mixed]
    # of points at one spot all are members, so that rows too are the same
    assert [place.members.tolist() for place in found] == [sorted(order[row] for row in place.members) for place in mixed]


@given(points=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), max_size=9))
def test_a_place_is_found_if_and_only_if_three_are_near_each_other(points):
    near = near_each_other(np.array(points).reshape(-1, 2))
    there = any(near[a, b] and near[b, c] and near[a, c] for a, b, c in combinations(range(len(points)), 3))
    assert bool(clusters.recurring(*np.array(points).reshape(-1, 2).T)) == there


def test_three_that_are_50_m_from_each_other_are_one_place():
    (place,) = clusters.recurring([0, 50, 25], [0, 0, 25 * 3**0.5])
    assert place.members.tolist() == [0, 1, 2] and place.reach == pytest.approx(50 / 3**0.5)


def test_a_near_point_that_fits_no_other_hides_no_place():
    # 40 m from its seed and over 60 m from the two that fit it
    x, y = [0, -40, 48, 48], [0, 0, 10, -10]
    (place,) = clusters.recurring(x, y)
    assert place.members.tolist() == [0, 2, 3]


def test_a_thousand_at_one_door_are_looked_at_once(monkeypatch):
    looks = []
    gathered = clusters.Around.gathered
    monkeypatch.setattr(clusters.Around, "gathered", lambda self, seed: looks.append(seed) or gathered(self, seed))
    (place,) = clusters.recurring([7.5] * 1000, [0.25] * 1000)
    assert len(place.members) == 1000 and len(looks) == 1 and (place.x, place.y, place.reach) == (7.5, 0.25, 0)
