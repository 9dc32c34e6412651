"""Two periods compared: p as scipy's exact tests give it, q as Benjamini and Hochberg published it, and no claim from chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control

from layers.changes import compared

counts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40)
PUBLISHED = [  # Benjamini & Hochberg 1995, section 4.1: fifteen p-values, four of them rejected at 0.05
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


@given(counts, st.integers(1, 400), st.integers(1, 400))
def test_p_is_twice_the_smaller_of_scipys_exact_tails(pairs, days_now, days_before):
    now, before = np.array(pairs).T
    p, _q, _classes = compared(now, before, days_now, days_before)
    share = days_now / (days_now + days_before)
    tails = [[binomtest(a, a + b, share, side).pvalue if a + b else np.nan for a, b in pairs] for side in ("greater", "less")]
    np.testing.assert_allclose(p, np.minimum(1, 2 * np.min(tails, axis=0)), rtol=1e-9)


def test_the_correction_is_the_published_one():
    assert (false_discovery_control(PUBLISHED) < 0.05).sum() == 4


def test_q_is_corrected_for_the_cells_that_have_tickets_and_no_others():
    now, before = np.array([30, 3, 2, 0, 0]), np.array([5, 3, 4, 0, 0])
    p, q, classes = compared(now, before, 90, 90)
    assert np.isnan(p[3:]).all() and np.isnan(q[3:]).all() and (classes[3:] == 0).all()
    assert q[0] == pytest.approx(3 * p[0])
    assert classes.tolist() == [3, 0, 0, 0, 0]


def test_as_many_a_day_is_no_change_however_long_the_periods():
    _p, q, classes = compared([30], [365], 30, 365)
    assert q[0] == 1 and classes[0] == 0


def test_fewer_stands_below_nought():
    assert compared([2], [40], 90, 90)[2].tolist() == [-3]
    assert compared([2], [40], 30, 365)[2].tolist() == [0]


def test_of_chance_alone_hardly_any_county_shows_anything():
    random = np.random.default_rng(7)
    shown = [np.any(compared(random.poisson(4, 1000), random.poisson(4, 1000), 90, 90)[2]) for _ in range(40)]
    assert sum(shown) <= 10  # at q < 0.1 one in ten is allowed; 10 of 40 by bad luck would come once in 400 such tests


def test_nothing_to_compare_is_an_answer_too():
    p, q, classes = compared([], [], 1, 1)
    assert len(p) == len(q) == len(classes) == 0


@pytest.mark.parametrize(("now", "before", "days"), [([1], [1], (0, 5)), ([-1], [1], (5, 5))])
def test_what_cannot_be_is_refused(now, before, days):
    with pytest.raises(ValueError, match="at least one day|under nought"):
        compared(now, before, *days)
