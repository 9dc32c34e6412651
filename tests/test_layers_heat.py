"""Classes of counts, and counts gathered into coarser cells."""

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.cells import cell_of
from layers.heat import (
    PUBLIC_CLASSES,
    SHADES,
    STAFF_CLASSES,
    class_in,
    class_of,
    fifths,
    fold,
    public_class_of,
)

spots = st.tuples(st.floats(107.6, 107.7), st.floats(32.9, 33.0), st.integers(-2, 5), st.integers(0, 9))


@pytest.mark.parametrize(
    ("count", "name"),
    [(1, "1"), (2, "2"), (3, "3–4"), (4, "3–4"), (5, "5–8"), (8, "5–8"), (9, "9–15"), (15, "9–15"), (16, "16+"), (999, "16+")],
)
def test_staff_see_counts_in_doubling_classes(count, name):
    assert STAFF_CLASSES[class_of(count)] == name


@pytest.mark.parametrize(
    ("count", "name"),
    [(3, "3–4"), (4, "3–4"), (5, "5–8"), (8, "5–8"), (9, "9–15"), (15, "9–15"), (16, "16–31"), (31, "16–31"), (32, "32+")],
)
def test_the_public_sees_counts_from_three_on(count, name):
    assert PUBLIC_CLASSES[public_class_of(count)] == name


def test_none_one_and_two_are_alike_to_the_public():
    assert public_class_of([0, 1, 2]).tolist() == [-1, -1, -1]


def test_nothing_has_no_class_and_every_class_has_its_shade():
    assert class_of(0) == -1
    assert len(SHADES) == len(STAFF_CLASSES)


@given(rows=st.lists(spots, max_size=30), res=st.integers(5, 9))
def test_gathering_keeps_every_ticket(rows, res):
    expected = {}
    for lon, lat, count, voices in rows:
        parent = h3.cell_to_parent(cell_of(lon, lat), res)
        before = expected.get(parent, (0, 0))
        expected[parent] = before[0] + count, before[1] + voices
    columns = np.array([(cell_of(lon, lat), count, voices) for lon, lat, count, voices in rows], dtype=np.int64).reshape(-1, 3).T
    cells, counts, voices = fold(*columns, res)
    found = dict(zip(cells.tolist(), zip(counts.tolist(), voices.tolist(), strict=True), strict=True))
    assert found == {cell: sums for cell, sums in expected.items() if sums[0] > 0}
    assert cells.tolist() == sorted(cells.tolist())


def test_a_ticket_that_was_taken_back_leaves_no_cell():
    cell = cell_of(107.76, 32.99)
    cells, _counts, _voices = fold([cell, cell], [1, -1], [2, -2], 8)
    assert len(cells) == 0


def test_as_many_areas_as_can_be_fall_into_each_fifth():
    edges = fifths(range(1, 18))
    assert np.bincount(class_in(edges, range(1, 18))).tolist() == [3, 3, 4, 3, 4]


@given(values=st.lists(st.integers(0, 9), max_size=40))
def test_equal_values_share_a_class_and_nought_has_none(values):
    classes = class_in(fifths(values), values)
    assert all((value == 0) == (found == -1) for value, found in zip(values, classes, strict=True))
    by_value = dict(zip(values, classes.tolist(), strict=True))
    assert [by_value[value] for value in sorted(by_value)] == sorted(by_value.values())
    assert [by_value[value] for value in values] == classes.tolist()
