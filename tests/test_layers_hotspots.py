"""Hotspots: z against esda, p against enumeration and permutations, and what the test must not say."""

import json
import warnings
from itertools import combinations, permutations
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from scipy import stats

from layers import hotspots
from layers.cells import cell_of, county_cells, parents
from layers.hotspots import Null

ROOT = Path(__file__).parent.parent
OUTLINE = shapely.geometry.shape(
    json.loads((ROOT / "fixtures/county.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
)
SEAT = cell_of(107.764, 32.987, 8)
SEVEN = hotspots.lattice(h3.grid_disk(SEAT, 1))
NINETEEN = hotspots.lattice(h3.grid_disk(SEAT, 2))


@pytest.fixture(scope="module")
def county():
    return hotspots.lattice(county_cells(OUTLINE, 8))


def told(grid, seed=1, mean=0.15, spot=None, more=6):
    """Counts by chance, with a spot of so many more in a cell and its ring."""
    counts = np.random.default_rng(seed).poisson(mean, len(grid.cells))
    if spot is not None:
        where = grid.around[np.searchsorted(grid.cells, spot)]
        counts[where[where < len(counts)]] += more
    return counts.astype(np.int64)


@pytest.fixture(scope="module")
def esda():
    """The independent reference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        from libpysal.weights import W
    return esda, W


def weights(W, grid):
    n = len(grid.cells)
    return W({i: [int(j) for j in row if j < n] for i, row in enumerate(grid.around)}, silence_warnings=True)


def asked_of_esda(esda, grid, counts, draws):
    module, W = esda
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(1)
        return module.G_Local(counts.astype(float), weights(W, grid), transform="B", star=True, permutations=draws)


# ---- the lattice


def test_neighbours_are_those_of_h3_that_lie_in_the_county(county):
    known = set(county.cells.tolist())
    for position in range(0, len(county.cells), 97):
        around = {int(county.cells[j]) for j in county.around[position] if j < len(county.cells)}
        assert around == {cell for cell in h3.grid_disk(int(county.cells[position]), 1) if cell in known}
        assert len(around) == county.size[position]


def test_counts_are_put_where_their_cells_are_and_what_lies_outside_is_left_out(county):
    some = county.cells[[5, 2, 5]]
    placed = county.placed(np.append(some, cell_of(116.4, 39.9, 8)), [1, 2, 3, 99])
    assert placed[[2, 5]].tolist() == [2, 4] and placed.sum() == 6


def test_no_ticket_of_the_county_is_lost_at_its_border(county):
    """A fine cell of the county whose parent does not touch it goes with a neighbour that does."""
    fine = county_cells(OUTLINE, 9)
    coarse = parents(fine, 8)
    assert (~np.isin(coarse, county.cells)).any(), "there are such cells, else this shows nothing"
    assert county.placed(coarse, np.ones(len(fine))).sum() == len(fine)


# ---- z


@pytest.mark.parametrize("seed", range(3))
def test_z_is_that_of_esda(county, esda, seed):
    counts = told(county, seed, spot=SEAT)
    ours = hotspots.gi_star(counts, county)
    assert np.abs(ours - asked_of_esda(esda, county, counts, 0).Zs).max() < 1e-9


@given(counts=st.lists(st.integers(0, 30), min_size=7, max_size=7).filter(lambda counts: len(set(counts)) > 1))
def test_z_of_a_few_cells_by_the_formula_as_it_is_printed(counts):
    x, n = np.array(counts, dtype=float), 7
    spread = np.sqrt((x**2).sum() / n - x.mean() ** 2)
    for i, row in enumerate(SEVEN.around):
        w = np.isin(np.arange(n), row)
        formula = (x[w].sum() - x.mean() * w.sum()) / (spread * (np.sqrt(max(0, n * w.sum() - w.sum() ** 2) / (n - 1)) or np.nan))
        assert hotspots.gi_star(counts, SEVEN)[i] == pytest.approx(formula, abs=1e-9, nan_ok=True)


# ---- p


@given(counts=st.lists(st.integers(0, 5), min_size=19, max_size=19), middle=st.integers(0, 18))
@example_settings(max_examples=15)
def test_p_under_total_randomisation_is_that_of_every_possible_draw(counts, middle):
    found = hotspots.load(np.array(counts), NINETEEN)
    size, ring = int(NINETEEN.size[middle]), int(found.ring[middle])
    every = np.array([sum(draw) for draw in combinations(counts, size)])
    expected = min(1, 2 * min((every >= ring).mean(), (every <= ring).mean())) if len(set(counts)) > 1 else 1
    assert found.p[middle] == pytest.approx(expected, rel=1e-9)


@given(counts=st.lists(st.integers(0, 4), min_size=7, max_size=7))
@example_settings(max_examples=15)
def test_p_is_that_of_all_orders_in_which_the_values_could_lie(counts):
    """All 5,040 permutations of a county of seven cells: nothing is shared with how p is computed."""
    found = hotspots.load(np.array(counts), SEVEN)
    orders = np.array(list(permutations(counts)))
    for i, row in enumerate(SEVEN.around):
        sums = orders[:, row[row < 7]].sum(axis=1)
        expected = min(1, 2 * min((sums >= found.ring[i]).mean(), (sums <= found.ring[i]).mean()))
        assert found.p[i] == pytest.approx(expected if len(set(counts)) > 1 else 1, rel=1e-9)


@given(counts=st.lists(st.integers(0, 5), min_size=19, max_size=19).filter(lambda counts: len(set(counts)) > 1))
@example_settings(max_examples=15)
def test_the_conditional_p_keeps_the_own_value(counts):
    found = hotspots.load(np.array(counts), NINETEEN, Null.CONDITIONAL)
    for i in (0, 7, 18):
        others = counts[:i] + counts[i + 1 :]
        every = np.array([sum(draw) + counts[i] for draw in combinations(others, int(NINETEEN.size[i]) - 1)])
        expected = min(1, 2 * min((every >= found.ring[i]).mean(), (every <= found.ring[i]).mean()))
        assert found.p[i] == pytest.approx(expected, rel=1e-9)


def test_p_lies_within_the_error_of_our_own_permutations(county):
    counts = told(county, spot=SEAT, more=2)
    exact, drawn = hotspots.load(counts, county), hotspots.permuted(counts.astype(float), county)
    error = 2 * np.sqrt(exact.p / 2 * (1 - exact.p / 2) / hotspots.DRAWS) + 2 / hotspots.DRAWS
    apart = np.abs(exact.p - drawn.p) / error
    assert apart.max() < 4.5 and np.corrcoef(exact.p, drawn.p)[0, 1] > 0.999


def test_where_it_matters_the_conditional_p_is_that_of_esda(esda):
    """Where p ≤ 0.025; elsewhere esda's ties fall either way. Its p is of one side."""
    grid, draws = hotspots.lattice(h3.grid_disk(SEAT, 14)), 9999
    counts = told(grid, spot=SEAT, more=2)
    ours = hotspots.load(counts, grid, Null.CONDITIONAL)
    theirs = asked_of_esda(esda, grid, counts, draws).p_sim
    tail = ours.p / 2 <= 0.025
    error = 4.5 * np.sqrt(0.025 * 0.975 / draws) + 1 / draws
    assert tail.sum() > 10 and np.abs(ours.p[tail] / 2 - theirs[tail]).max() < error


def test_a_half_counted_tie_is_less_cautious_and_nothing_else(county):
    counts = told(county, spot=SEAT)
    exact, mid = hotspots.load(counts, county), hotspots.load(counts, county, mid=True)
    assert np.all(mid.p <= exact.p) and np.array_equal(mid.z, exact.z)


def test_the_answer_is_the_same_every_time(county):
    once, again = (hotspots.load(told(county), county) for _ in range(2))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(once[:5], again[:5], strict=True))


# ---- what it says


def test_a_spot_is_hot_with_its_ring_and_nothing_else_is(county):
    found = hotspots.load(told(county, spot=SEAT, more=8), county)
    hot = set(county.cells[found.hot].tolist())
    assert SEAT in hot and hot <= set(h3.grid_disk(SEAT, 2))
    assert found.classes[np.searchsorted(county.cells, SEAT)] == "hot99"


def test_equal_counts_say_nothing(county):
    for counts in (np.zeros(len(county.cells), dtype=int), np.full(len(county.cells), 3)):
        found = hotspots.load(counts, county)
        assert np.isnan(found.z).all() and (found.p == 1).all() and set(found.classes) == {"none"} and found.least == (1, 1)


def test_with_few_tickets_it_says_that_cold_is_beyond_reach(county):
    up, down = hotspots.load(told(county, mean=0.12), county).least
    assert up < 1e-6 and down > 0.3


def test_rates_are_not_taken_for_counts(county):
    with pytest.raises(ValueError, match="permuted"):
        hotspots.load(np.ones(len(county.cells)) / 3, county)


def test_a_rate_that_stands_out_is_found_by_permutation(county):
    rates = told(county, spot=SEAT, more=8) / 7
    found = hotspots.permuted(rates, county)
    assert found.hot[np.searchsorted(county.cells, SEAT)]
    assert np.array_equal(found.p, hotspots.permuted(rates, county).p)


# ---- share and change


def test_share_is_fishers_test_of_a_ring_against_the_county(county):
    whole = told(county, mean=0.4, spot=SEAT)
    part = np.random.default_rng(3).binomial(whole, 0.3)
    found = hotspots.share(part, whole, county)
    for i in np.flatnonzero(found.tested)[::701]:
        hits, among = county.sums(part)[i], county.sums(whole)[i]
        law = stats.hypergeom(whole.sum(), part.sum(), among)
        assert found.p[i] == pytest.approx(min(1, 2 * min(law.sf(hits - 1), law.cdf(hits))))


def test_much_of_everything_is_no_large_share(county):
    """The seat tells much of every task: load calls it, share does not."""
    whole = told(county, mean=0.1, spot=SEAT, more=30)
    part = np.random.default_rng(5).binomial(whole, 0.3)
    at = np.searchsorted(county.cells, SEAT)
    assert hotspots.load(part, county).hot[at] and not hotspots.share(part, whole, county).hot[at]


def test_change_is_binomial_given_both_periods_of_unequal_length(county):
    now, before = told(county, 1, spot=SEAT), told(county, 2, mean=0.3)
    found = hotspots.change(now, before, county, days=30, days_before=90)
    for i in np.flatnonzero(found.tested)[::701]:
        a, both = county.sums(now)[i], county.sums(now + before)[i]
        more = stats.binomtest(int(a), int(both), 0.25, alternative="greater").pvalue
        less = stats.binomtest(int(a), int(both), 0.25, alternative="less").pvalue
        assert found.p[i] == pytest.approx(min(1, 2 * min(more, less)))
    assert found.hot[np.searchsorted(county.cells, SEAT)]


def test_as_much_as_before_is_no_change_however_much(county):
    much = told(county, spot=SEAT, more=50)
    assert not hotspots.change(much, much, county).hot.any()


def test_where_nothing_was_told_nothing_is_asked(county):
    nothing = np.zeros(len(county.cells), dtype=int)
    for found in (hotspots.share(nothing, nothing, county), hotspots.change(nothing, nothing, county)):
        assert not found.tested.any() and (found.q == 1).all() and found.least == (1, 1)


@pytest.mark.parametrize("again", range(2))
def test_by_chance_alone_a_county_shows_a_hotspot_no_more_often_than_is_said(county, again):
    """150 counties whose counts lie anywhere; the bench tries a thousand. More than 24 of 150 at 10 % would be p < 0.01."""
    dice, counts = np.random.default_rng(again), told(county, 7, mean=0.2)
    wrong = sum(bool((hotspots.load(dice.permutation(counts), county).q < 0.1).any()) for _ in range(150))
    assert wrong <= 24
