"""Funnel limits against scipy's binomial, and under chance itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from layers import funnel

shares = st.floats(0.02, 0.98)


@given(part=st.integers(0, 400), more=st.integers(0, 400), share=shares)
def test_a_verdict_is_what_the_exact_one_sided_test_says(part, more, share):
    whole = part + more
    said = funnel.verdict(part, whole, share)
    if whole < 5:
        assert said == ("few", None)
        return
    below, above = (binomtest(part, whole, share, alternative=side).pvalue for side in ("less", "greater"))
    outside = [level for level in (0.95, 0.998) if min(below, above) < (1 - level) / 2 - 1e-12]
    unsure = any(abs(min(below, above) - (1 - level) / 2) < 1e-9 for level in (0.95, 0.998))
    if not unsure:
        assert said.level == (outside[-1] if outside else None)
        assert said.name == ("within" if not outside else "low" if below < above else "high")


@pytest.mark.parametrize("level", funnel.LEVELS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.87, 0.99])
def test_between_the_edges_lie_just_the_counts_that_scipy_calls_likely(share, level):
    tail, wholes = (1 - level) / 2, np.arange(1, 600)
    low, high = funnel.limits(wholes, share, level)
    for whole, under, over in zip(wholes, low, high, strict=True):
        counts = np.arange(whole + 1)
        inside = counts[(counts >= whole * under - 1e-9) & (counts <= whole * over + 1e-9)]
        likely = counts[(binom.cdf(counts, whole, share) >= tail) & (binom.sf(counts - 1, whole, share) >= tail)]
        assert set(likely) <= set(inside)
        assert all(binom.cdf(count, whole, share) >= tail * 0.999 for count in inside if count < whole * share)


def test_spiegelhalters_interpolation_is_what_the_lower_edge_is():
    """r is the smallest count with P(R ≤ r) ≥ p; y = (r − (P(R ≤ r) − p) / (P(R ≤ r) − P(R ≤ r − 1))) / n."""
    for whole, share in [(20, 0.87), (64, 0.5), (350, 0.937)]:
        r = binom.ppf(0.025, whole, share)
        here, before = binom.cdf(r, whole, share), binom.cdf(r - 1, whole, share)
        assert funnel.limits([whole], share, 0.95)[0][0] == pytest.approx((r - (here - 0.025) / (here - before)) / whole)


@pytest.mark.parametrize("share", [0.15, 0.6, 0.93])
def test_under_chance_alone_no_more_are_outside_than_stated(share):
    dice = np.random.default_rng(7)
    wholes = dice.integers(5, 250, 20_000)
    parts = dice.binomial(wholes, share)
    said = [funnel.verdict(int(part), int(whole), share) for part, whole in zip(parts, wholes, strict=True)]
    outside = np.mean([verdict.level is not None for verdict in said])
    far = np.mean([verdict.level == 0.998 for verdict in said])
    assert outside <= 0.05 and far <= 0.002
    assert outside > 0.02  # nor does it see nothing


def test_the_edges_close_in_as_cases_grow_and_hold_the_countys_share():
    wholes = np.array([5, 20, 100, 1000, 100_000])
    for level in funnel.LEVELS:
        low, high = funnel.limits(wholes, 0.87, level)
        assert (np.diff(high - low) < 0).all() and (low < 0.87).all() and (high > 0.87).all()


def test_where_all_or_none_are_so_there_is_no_chance_in_it():
    assert [edge.tolist() for edge in funnel.limits([5, 50], 1, 0.95)] == [[1, 1], [1, 1]]
    assert funnel.verdict(50, 50, 1.0).name == "within" and funnel.verdict(49, 50, 1.0).name == "low"
    assert funnel.verdict(0, 50, 0.0).name == "within" and funnel.verdict(1, 50, 0.0).name == "high"
    assert funnel.verdict(4, 50, None).name == "few"
