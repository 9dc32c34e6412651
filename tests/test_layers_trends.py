"""Trends: each rule as it is stated, and Mann–Kendall against every order and against scipy."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from layers import trends
from layers.trends import Trend

UP = np.arange(10) + 1
FLAT = np.ones(10, dtype=int)


def bars(text):
    """A row of hot (█) and other (·) periods."""
    return [letter == "█" for letter in text]


@pytest.mark.parametrize(
    ("hot", "series", "trend"),
    [
        ("·········█", FLAT, Trend.NEW),
        ("·········█", UP, Trend.NEW),
        ("·····█████", UP, Trend.INTENSIFYING),
        ("██████████", UP, Trend.INTENSIFYING),
        ("██████████", UP[::-1], Trend.DIMINISHING),
        ("██████████", FLAT, Trend.PERSISTENT),
        ("·█████████", FLAT, Trend.PERSISTENT),
        ("██·███████", FLAT, Trend.PERSISTENT),
        ("·······███", UP, Trend.CONSECUTIVE),
        ("·······███", FLAT, Trend.CONSECUTIVE),
        ("·█····██·█", FLAT, Trend.SPORADIC),
        ("·█·····█··", UP, Trend.SPORADIC),
        ("█████████·", FLAT, Trend.HISTORICAL),
        ("··········", UP, Trend.NONE),
    ],
)
def test_each_class_by_its_rule(hot, series, trend):
    assert trends.classes([bars(hot)], [series]).tolist() == [trend]


@given(hot=st.lists(st.booleans(), min_size=12, max_size=12), series=st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_every_series_has_one_class_and_only_what_was_never_hot_has_none(hot, series):
    (trend,) = trends.classes([hot], [series])
    assert (trend == Trend.NONE) == (not any(hot))
    assert not hot[-1] or trend not in (Trend.HISTORICAL, Trend.NONE)


@given(series=st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_the_variance_is_that_of_all_orders(series):
    """Under the null every order is as likely: S of all of them has mean 0 and the variance that the formula says."""
    every = np.array(list(permutations(series)))
    s, _p = trends.mann_kendall(every)
    formula = (len(series) * (len(series) - 1) * (2 * len(series) + 5) - trends._ties(np.array([series]))[0]) / 18
    assert s.mean() == pytest.approx(0) and s.var() == pytest.approx(formula)


@given(series=st.lists(st.integers(0, 50), min_size=12, max_size=12, unique=True))
def test_s_is_kendalls(series):
    (s,), (p,) = trends.mann_kendall(np.array([series]))
    tau, exact = stats.kendalltau(range(12), series, method="exact")
    assert s == pytest.approx(tau * 66) and abs(p - exact) < 0.03


def test_a_row_without_differences_neither_rises_nor_falls():
    s, p = trends.mann_kendall(np.zeros((2, 8)))
    assert s.tolist() == [0, 0] and p.tolist() == [1, 1]


def test_since_when_and_how_long_lately():
    hot = np.array([bars("··█·██"), bars("······"), bars("██████"), bars("█·····")])
    assert trends.since(hot).tolist() == [2, 6, 0, 0]
    assert trends.lately(hot).tolist() == [2, 0, 6, 0]
