"""Smoothed density: the same as scikit-learn's, and no ticket gained or lost."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KernelDensity

from layers.density import BANDWIDTHS, bands, density, levels

BOUNDS = (540_000.0, 3_640_000.0, 560_000.0, 3_655_000.0)
places = st.lists(
    st.tuples(st.floats(BOUNDS[0], BOUNDS[2]), st.floats(BOUNDS[1], BOUNDS[3]), st.integers(1, 40)), min_size=1, max_size=30
)


def some(number=200):
    random = np.random.default_rng(3)
    east, north = random.uniform(BOUNDS[:2], BOUNDS[2:], (number, 2)).T
    return east, north, random.integers(1, 9, number)


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_it_is_what_scikit_learn_gives(bandwidth):
    east, north, weights = some()
    field = density(east, north, weights, bandwidth, BOUNDS)
    peer = KernelDensity(kernel="gaussian", bandwidth=bandwidth, rtol=0, atol=0)
    peer.fit(np.column_stack([east, north]), sample_weight=weights)
    row, column = np.random.default_rng(4).integers(0, field.values.shape, (300, 2)).T
    expected = np.exp(peer.score_samples(np.column_stack([field.east[column], field.north[row]]))) * weights.sum() * 1e6
    np.testing.assert_allclose(field.values[row, column], expected, rtol=1e-9, atol=1e-9)


@given(places, st.sampled_from(BANDWIDTHS))
def test_under_the_whole_field_lie_as_many_tickets_as_went_in(rows, bandwidth):
    field = density(*np.array(rows).T, bandwidth, BOUNDS)
    total = sum(weight for _east, _north, weight in rows)
    assert field.total == pytest.approx(total, rel=0.01)


def test_many_places_are_added_up_in_parts_as_in_one():
    east, north, weights = some(9000)
    whole = density(east, north, weights, 1600, BOUNDS).values
    half = density(east[:4500], north[:4500], weights[:4500], 1600, BOUNDS).values
    rest = density(east[4500:], north[4500:], weights[4500:], 1600, BOUNDS).values
    np.testing.assert_allclose(half + rest, whole, rtol=1e-9)


def test_each_class_begins_at_half_of_the_next_and_ends_at_the_peak():
    edges = levels(density(*some(), 800, BOUNDS))
    assert len(edges) == 6
    np.testing.assert_allclose(np.divide(edges[1:], edges[:-1]), 2, rtol=0.08)  # they are rounded to two figures
    assert 1.85 < density(*some(), 800, BOUNDS).values.max() / edges[-1] < 2.15


def test_the_areas_cover_what_is_above_the_lowest_level_once():
    field = density(*some(), 800, BOUNDS)
    edges = levels(field)
    areas = bands(field, edges)
    assert all(shapely.is_valid(areas))
    together = shapely.union_all(areas)
    assert together.area == pytest.approx(sum(area.area for area in areas), rel=1e-6)
    square = (field.east[1] - field.east[0]) ** 2
    assert together.area == pytest.approx((field.values >= edges[0]).sum() * square, rel=0.03)


def test_without_tickets_there_is_nothing_to_draw():
    field = density([], [], [], 800, BOUNDS)
    assert field.total == 0 and levels(field) == [] and bands(field, []) == []
