"""Exact p-values: against every possible draw, counted one by one, and against scipy's laws."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from layers.exact import Sums, Tails, benjamini_hochberg, binomial, hypergeometric

small = st.lists(st.integers(0, 9), min_size=1, max_size=9)


@given(values=small, k=st.integers(1, 7), data=st.data())
def test_tails_of_a_sum_are_those_of_all_draws_counted_one_by_one(values, k, data):
    k = min(k, len(values))
    seen = data.draw(st.integers(0, sum(values)))
    every = [sum(draw) for draw in combinations(values, k)]
    tails = Sums(values, 7).tails(k, seen)
    assert tails.more == pytest.approx(sum(total >= seen for total in every) / len(every), rel=1e-12)
    assert tails.less == pytest.approx(sum(total <= seen for total in every) / len(every), rel=1e-12)
    assert tails.at == pytest.approx(every.count(seen) / len(every), rel=1e-12)


@given(values=st.lists(st.integers(0, 1), min_size=8, max_size=300))
def test_of_zeros_and_ones_the_sum_is_hypergeometric_far_into_the_tail(values):
    law = stats.hypergeom(len(values), sum(values), 7)
    tails = Sums(values, 7).tails(7, np.arange(8))
    assert tails.more == pytest.approx(law.sf(np.arange(8) - 1), rel=1e-9, abs=1e-300)
    assert tails.at == pytest.approx(law.pmf(np.arange(8)), rel=1e-9, abs=1e-300)


def test_the_farthest_tail_keeps_its_digits():
    """Seven tens among 35,000 zeros: one draw in C(35,007, 7) gets them all."""
    tails = Sums([0] * 35_000 + [10] * 7, 7).tails(7, 70)
    assert tails.more == pytest.approx(1 / comb(35_007, 7), rel=1e-12)


@given(values=small, k=st.integers(1, 7))
def test_both_tails_hold_what_was_seen(values, k):
    k = min(k, len(values))
    tails = Sums(values, 7).tails(k, np.arange(sum(values) + 1))
    assert tails.more + tails.less == pytest.approx(1 + tails.at)
    assert np.all(tails.two_sided(mid=True) <= tails.two_sided()) and np.all(tails.two_sided() <= 1)


def test_what_cannot_be_drawn_has_no_chance():
    tails = Sums([1, 2, 3], 2).tails(2, np.array([6, 40]))
    assert tails.more.tolist() == [0, 0]


@given(hits=st.lists(st.integers(0, 12), min_size=1, max_size=20), share=st.floats(0.05, 0.95))
def test_the_binomial_is_scipys(hits, share):
    tails = binomial(hits, np.full(len(hits), 12), share)
    assert tails.more == pytest.approx([stats.binomtest(hit, 12, share, alternative="greater").pvalue for hit in hits])
    assert tails.less == pytest.approx([stats.binomtest(hit, 12, share, alternative="less").pvalue for hit in hits])


@given(asked=st.lists(st.tuples(st.integers(0, 12), st.floats(0.001, 0.999)), min_size=1, max_size=20))
def test_each_may_have_a_chance_of_its_own(asked):
    hits, shares = zip(*asked, strict=True)
    tails = binomial(hits, 12, np.array(shares))
    assert tails.more == pytest.approx([stats.binomtest(hit, 12, share, alternative="greater").pvalue for hit, share in asked])
    assert tails.at == pytest.approx([stats.binom.pmf(hit, 12, share) for hit, share in asked])


@given(table=st.tuples(*[st.integers(0, 20)] * 4).filter(lambda table: sum(table) > 0))
def test_the_hypergeometric_is_fishers_exact_test(table):
    a, b, c, d = table
    tails = hypergeometric([a], [a + b], a + c, a + b + c + d)
    for alternative, tail in (("greater", tails.more), ("less", tails.less)):
        assert tail[0] == pytest.approx(stats.fisher_exact([[a, b], [c, d]], alternative=alternative).pvalue, abs=1e-12)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_corrected_values_are_scipys(p):
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8, unique=True), data=st.data())
def test_equal_ones_are_corrected_together_as_they_would_be_one_by_one(p, data):
    often = data.draw(st.lists(st.integers(1, 5), min_size=len(p), max_size=len(p)))
    each = benjamini_hochberg(np.repeat(p, often))
    assert np.repeat(benjamini_hochberg(p, often), often) == pytest.approx(each, abs=1e-12)


def test_of_no_tests_nothing_is_corrected():
    assert benjamini_hochberg([]).tolist() == []


def test_a_two_sided_p_is_never_above_one():
    assert Tails(np.array([0.9]), np.array([0.8]), np.array([0.7])).two_sided().tolist() == [1]
