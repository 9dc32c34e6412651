"""Hotspots by people or road: the exact test against scipy and against draws, and what must not turn red."""

import h3.api.basic_int as h3
import numpy as np
import pytest
from scipy import stats

from layers import hotspots
from layers.cells import cell_of, centre
from layers.crs import to_metres

SEAT = cell_of(107.764, 32.987, 8)
GRID = hotspots.lattice(h3.grid_disk(SEAT, 18))
LEAST = 100.0


@pytest.fixture(scope="module")
def people():
    """(n,) people of a town with its country around it: parts of people too, as a file of squares has them."""
    middles = np.column_stack(to_metres(*np.array([centre(cell) for cell in GRID.cells]).T))
    away = np.hypot(*(middles - to_metres(*centre(SEAT))).T)
    return np.random.default_rng(5).gamma(0.5, 40, len(away)) + 3000 * np.exp(-((away / 1500) ** 2))


def told(people, tickets, seed, where=None, times=3):
    """(n,) counts of so many tickets of people who all report alike, but those around `where` so many times as often."""
    weight = people.copy()
    if where is not None:
        weight[ring_of(where)] *= times
    return np.random.default_rng(seed).multinomial(tickets, weight / weight.sum())


def ring_of(position):
    return (around := GRID.around[position])[around < len(GRID.cells)]


def test_p_is_scipys_binomial_of_the_rings_part_of_all_people(people):
    counts = told(people, 800, 1)
    found = hotspots.rated(counts, people, GRID, LEAST)
    assert found.tested.any() and not found.tested.all()
    for i in np.flatnonzero(found.tested)[::97]:
        seen, part = int(counts[ring_of(i)].sum()), people[ring_of(i)].sum() / people.sum()
        more, less = (stats.binomtest(seen, 800, part, alternative=side).pvalue for side in ("greater", "less"))
        assert found.p[i] == pytest.approx(min(1, 2 * min(more, less)), rel=1e-9)
        assert np.sign(found.z[i]) == np.sign(seen - 800 * part)


def test_p_lies_within_the_error_of_draws(people):
    """Tickets thrown to the cells by their people, a hundred thousand times: how often a ring has as many."""
    counts, draws = told(people, 300, 2), 100_000
    found = hotspots.rated(counts, people, GRID, LEAST)
    position = int(np.searchsorted(GRID.cells, SEAT))
    thrown = np.random.default_rng(3).binomial(300, people[ring_of(position)].sum() / people.sum(), draws)
    tails = [(thrown >= found.ring[position]).mean(), (thrown <= found.ring[position]).mean()]
    p = min(1, 2 * min(tails))
    assert found.p[position] == pytest.approx(p, abs=4 * np.sqrt(p / draws) + 1e-4)


def test_where_people_live_is_no_hotspot_by_people_though_it_is_one_by_number(people):
    wrong = {"number": 0, "people": 0}
    for seed in range(60):
        counts = told(people, 1000, seed)
        wrong["number"] += hotspots.load(counts, GRID).hot.any()
        wrong["people"] += hotspots.rated(counts, people, GRID, LEAST).hot.any()
    assert wrong["number"] == 60
    assert wrong["people"] <= 13  # at q < 0.1 six are expected; more than 13 of 60 would be p < 0.01


def test_those_who_report_thrice_as_often_are_found(people):
    where = int(np.searchsorted(GRID.cells, h3.grid_ring(SEAT, 2)[0]))
    assert hotspots.rated(told(people, 2000, 4, where), people, GRID, LEAST).hot[where]


def test_one_ticket_beside_a_single_house_is_no_rate(people):
    few = np.where(np.arange(len(people)) == 7, 0.4, 0)
    few[np.searchsorted(GRID.cells, SEAT)] = 5000
    counts = np.zeros(len(people), dtype=int)
    counts[7] = 3
    found = hotspots.rated(counts, few, GRID, LEAST)
    assert not found.tested[ring_of(7)].any() and not found.hot.any()
    assert hotspots.rated(counts, few, GRID, 0.1).hot[7]  # it would be, without a least


def test_what_is_told_where_nobody_lives_is_left_out(people):
    nobody = int(np.argmax(people))
    people = people.copy()
    people[nobody] = 0
    counts = told(people, 500, 6)
    more = counts.copy()
    more[nobody] += 400
    alike = hotspots.rated(more, people, GRID, LEAST)
    np.testing.assert_array_equal(alike.p, hotspots.rated(counts, people, GRID, LEAST).p)


@pytest.mark.parametrize("nothing", ["people", "tickets"])
def test_of_nothing_nothing_is_asked(people, nothing):
    counts = np.zeros(len(people), dtype=int) if nothing == "tickets" else told(people, 100, 1)
    found = hotspots.rated(counts, people * (nothing == "tickets"), GRID, LEAST)
    assert not found.tested.any() and (found.q == 1).all() and found.least == (1, 1)


def test_people_are_put_into_cells_with_their_parts():
    placed = GRID.placed(np.array([SEAT, SEAT]), np.array([1.25, 0.5]))
    assert placed.sum() == 1.75 and placed[np.searchsorted(GRID.cells, SEAT)] == 1.75
