"""Tested hotspots: Gi* over all cells of a county with exact p-values, corrected for how many cells are tested.

Three questions, never mixed. Load: is more told here than chance would put anywhere? Share: is this task's part of what is
told here larger than elsewhere? Change: is more told here than in the period before? Each is asked of a cell with its ring of
neighbours, and each has its own exact test. See `Null` for what chance means in the first; where it is known how many people
live in a cell or how much road it has, `rated` asks the first of their number.
"""

from enum import StrEnum
from typing import NamedTuple

import h3.api.basic_int as h3
import numpy as np

from layers.exact import Sums, benjamini_hochberg, binomial, hypergeometric

LEVELS = ((0.01, 99), (0.05, 95), (0.1, 90))  # false discovery rates and what their classes are called
NONE = "none"
RING = 6  # neighbours of a hexagon
DRAWS, SEED = 99_999, 610724  # of the permutations for values that are not whole numbers


class Null(StrEnum):
    """What chance is. TOTAL: all values lie anywhere, the own one too, which is the null of z itself (the default).

    CONDITIONAL: the own value stays where it is and the others lie anywhere, as esda permutes.
    """

    TOTAL = "total"
    CONDITIONAL = "conditional"


class Lattice(NamedTuple):
    """A county's cells with their neighbours. cells: (n,) int64, sorted.

    around: (n, 7) positions of each cell and its neighbours; n where a neighbour lies outside. size: (n,) how many there are,
    the cell itself among them.
    """

    cells: np.ndarray
    around: np.ndarray
    size: np.ndarray

    def sums(self, values):
        """(n,) or (n, t) values summed over each cell and its ring; what lies outside adds nothing."""
        values = np.asarray(values)
        padded = np.concatenate([values, np.zeros((1, *values.shape[1:]), dtype=values.dtype)])
        total = padded[self.around[:, 0]]
        for column in range(1, self.around.shape[1]):
            total += padded[self.around[:, column]]
        return total

    def positions(self, cells):
        """(m,) the position of each cell; −1 for one that neither is in the lattice nor touches it.

        A fine cell on the border may have a parent that does not touch the county: it goes with the parent's first neighbour
        that does, so that no ticket is lost.
        """
        cells = np.asarray(cells, dtype=np.int64)
        known, back = np.unique(cells, return_inverse=True)
        where = self._exactly(known)
        for stray in np.flatnonzero(where < 0):
            beside = self._exactly(np.sort(np.array(h3.grid_disk(int(known[stray]), 1), dtype=np.int64)))
            where[stray] = next((position for position in beside if position >= 0), -1)
        return where[back.reshape(-1)]

    def _exactly(self, cells):
        if not len(self.cells):
            return np.full(len(cells), -1)
        where = np.minimum(np.searchsorted(self.cells, cells), len(self.cells) - 1)
        return np.where(self.cells[where] == cells, where, -1)

    def placed(self, cells, counts):
        """(n,) counts of these cells (repeats are added up) in the lattice's order; zero elsewhere. Others are left out.

        counts: int64, or float for what is not counted but measured; so is what comes back.
        """
        counts = np.asarray(counts)
        where, values = self.positions(cells), np.zeros(len(self.cells), dtype=float if counts.dtype.kind == "f" else np.int64)
        np.add.at(values, where[where >= 0], counts[where >= 0])
        return values


class Found(NamedTuple):
    """What a test says of each cell of a lattice, (n,) each.

    ring: what the test looked at, the sum over cell and ring. z: standardised; the sign of a class; NaN when all is equal.
    p: two-sided. q: after Benjamini–Hochberg over the tested cells. tested: bool. least: the smallest p that could be reached
    upwards and downwards, with what was told: above LEVELS there is nothing that this test could find.
    """

    ring: np.ndarray
    z: np.ndarray
    p: np.ndarray
    q: np.ndarray
    tested: np.ndarray
    least: tuple

    @property
    def hot(self):
        return (self.q < LEVELS[-1][0]) & (self.z > 0)

    @property
    def classes(self):
        """(n,) of hot99, hot95, hot90, none, cold90, cold95, cold99."""
        names = np.full(len(self.z), NONE, dtype=object)
        for level, called in reversed(LEVELS):
            names[(self.q < level) & (self.z > 0)] = f"hot{called}"
            names[(self.q < level) & (self.z < 0)] = f"cold{called}"
        return names


def lattice(cells):
    """The Lattice of a county's cells. cells: (n,) int64 of one resolution, each once, in any order."""
    cells = np.sort(np.asarray(cells, dtype=np.int64))
    rings = np.zeros((len(cells), RING), dtype=np.int64)  # a pentagon has five neighbours, and no cell is 0
    for row, cell in zip(rings, cells.tolist(), strict=True):
        near = [other for other in h3.grid_disk(cell, 1) if other != cell]
        row[: len(near)] = near
    where = np.searchsorted(cells, rings)
    inside = cells[np.minimum(where, len(cells) - 1)] == rings
    around = np.column_stack([np.arange(len(cells)), np.where(inside, where, len(cells))])
    return Lattice(cells, around, 1 + inside.sum(axis=1))


def gi_star(values, grid, ring=None):
    """(n,) z of Gi* with binary weights over a cell and its ring; NaN when all values are equal or the ring is the whole county.

    values: (n,) int or float in the lattice's order. ring: their sums, where they are known already.
    Source: Ord & Getis 1995, formula 4 for w_ii = 1. Equal to esda.G_Local(transform="B", star=True) within 1e-9.
    """
    values = np.asarray(values, dtype=float)
    n, mean, spread = len(values), values.mean(), values.std()
    ring = grid.sums(values) if ring is None else ring
    if spread == 0:
        return np.full(n, np.nan)
    sizes = np.arange(RING + 2)
    scale = spread * np.sqrt(np.maximum(n * sizes - sizes**2, 0) / max(n - 1, 1))
    scale[scale == 0] = np.nan  # a ring that is the whole county
    return (ring - mean * grid.size) / scale[grid.size]


def load(counts, grid, null=Null.TOTAL, mid=False):
    """Found: is more told here than chance would put anywhere? counts: (n,) int ≥ 0 in the lattice's order, zeros included."""
    counts = np.asarray(counts)
    if counts.dtype.kind not in "iu":
        raise ValueError("counts are whole numbers; rates have `permuted`")
    ring = grid.sums(counts)
    z = gi_star(counts, grid, ring)
    if not len(counts) or counts.max() == counts.min():
        ones = np.ones(len(counts))
        return Found(ring, z, ones, ones, np.zeros(len(counts), dtype=bool), (1.0, 1.0))
    told = _total(counts, ring, grid, mid) if null == Null.TOTAL else _conditional(counts, ring, grid, mid)
    return Found(ring, z, *told[:2], np.ones(len(counts), dtype=bool), told[2])


def _total(counts, ring, grid, mid):
    """(p, q, least): one distribution for each ring size serves all cells, and equal rings are corrected together."""
    sums = Sums(counts, RING + 1)
    width = int(ring.max()) + 1
    key = grid.size * width + ring
    often = np.bincount(key, minlength=(RING + 2) * width)
    seen = np.flatnonzero(often)
    p = sums.tails(seen // width, seen % width).two_sided(mid)
    kept = np.ones((2, len(often)))
    kept[:, seen] = p, benjamini_hochberg(p, often[seen])
    return *kept[:, key], _least(sums, counts, int(grid.size.max()), mid)


def _least(sums, counts, size, mid):
    """The smallest p upwards and downwards that a full ring could reach with these counts."""
    ordered = np.sort(counts)
    ends = np.array([ordered[-size:].sum(), ordered[:size].sum()])
    return tuple(sums.tails(size, ends).two_sided(mid).tolist())


def _conditional(counts, ring, grid, mid):
    """As `_total`, with the own value taken out of what is drawn from: one distribution for each value that occurs."""
    p, least = np.ones(len(counts)), (1.0, 1.0)
    ordered = np.sort(counts)
    for own in np.unique(counts).tolist():
        others = np.delete(ordered, np.searchsorted(ordered, own))
        sums, here = Sums(others, RING), np.flatnonzero(counts == own)
        p[here] = sums.tails(grid.size[here] - 1, ring[here] - own).two_sided(mid)
        least = tuple(map(min, least, _least(sums, others, RING, mid)))
    return p, benjamini_hochberg(p), least


def share(part, whole, grid, mid=False):
    """Found: is this task's part of what is told here larger than elsewhere?

    part, whole: (n,) int, the task's tickets and all tickets. Given how many were told in a cell and its ring, the task's
    number there is hypergeometric (Fisher's exact test, two-sided by doubling). Tested where anything was told.
    """
    hits, drawn = grid.sums(np.asarray(part)), grid.sums(np.asarray(whole))
    marked, of = int(np.sum(part)), int(np.sum(whole))
    expected = drawn * (marked / of if of else 0)
    ends = np.minimum(drawn, marked), np.maximum(0, drawn - (of - marked))
    return _asked(hits, expected, ends, drawn, lambda hits, drawn: hypergeometric(hits, drawn, marked, of), mid)


def change(now, before, grid, days=1, days_before=1, mid=False):
    """Found: is more told here than in the period before?

    now, before: (n,) int of two periods of so many days. Given the sum of both, the number of now is binomial when nothing has
    changed (Przyborowski & Wilenski 1940). Tested where either period told anything.
    """
    later, both = grid.sums(np.asarray(now)), grid.sums(np.asarray(now) + np.asarray(before))
    chance = days / (days + days_before)
    return _asked(later, both * chance, (both, np.zeros_like(both)), both, lambda later, both: binomial(later, both, chance), mid)


def rated(counts, exposure, grid, least, mid=False):
    """Found: is more told here than so many people, or so much road, would tell if all told alike?

    counts: (n,) int; exposure: (n,) float ≥ 0, whole or not, what each cell has of it. Given how many were told where there
    is any exposure, those of a cell and its ring are binomial with the ring's part of all exposure: Poisson rates, conditioned
    on their sum (Przyborowski & Wilenski 1940), exact and without draws. What is told where there is none is left out. Tested
    where the ring has `least` of it: one ticket beside a single house is no rate.
    """
    exposure = np.asarray(exposure, dtype=float)
    counts = np.where(exposure > 0, counts, 0)
    seen, held, told, of = grid.sums(counts), grid.sums(exposure), int(counts.sum()), float(exposure.sum())
    part = np.where((held >= least) & (told > 0), np.minimum(1, held / (of or 1)), 0.0)
    ends = np.full_like(seen, told), np.zeros_like(seen)
    return _asked(seen, told * part, ends, part, lambda seen, part: binomial(seen, told, part), mid)


def _asked(seen, expected, ends, among, tails, mid):
    """The Found of a test that is asked only where there is anything (among > 0). z: by the law's mean, for its sign and order.

    ends: the most and the least that could have been seen, which give the smallest p that could be reached.
    """
    p, q = np.ones(len(seen)), np.ones(len(seen))
    here, least = np.flatnonzero(among), (1.0, 1.0)
    if len(here):
        p[here] = tails(seen[here], among[here]).two_sided(mid)
        q[here] = benjamini_hochberg(p[here])
        least = tuple(float(tails(end[here], among[here]).two_sided(mid).min()) for end in ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(among > 0, (seen - expected) / np.sqrt(expected), np.nan)
    return Found(seen, z, p, q, among > 0, least)


def permuted(values, grid, draws=DRAWS, seed=SEED):
    """Found by permutation, for values that are not whole numbers (a rate by population): total randomisation, seeded.

    values: (n,) float. p is two-sided with ties in both tails and the seen one counted: (1 + draws as far) / (1 + draws),
    doubled. Draws are shared by cells with equally many neighbours.
    """
    values, dice = np.asarray(values, dtype=float), np.random.default_rng(seed)
    ring, p = grid.sums(values), np.ones(len(values))
    z = gi_star(values, grid, ring)
    for size in np.unique(grid.size):
        picks = np.sort(_draws(values, int(size), draws, dice))
        here = np.flatnonzero(grid.size == size)
        slack = 1e-9 * max(1.0, abs(picks[-1]))  # sums of the same values in another order
        more = draws - np.searchsorted(picks, ring[here] - slack, side="left")
        less = np.searchsorted(picks, ring[here] + slack, side="right")
        p[here] = np.minimum(1, 2 * (1 + np.minimum(more, less)) / (1 + draws))
    least = min(1.0, 2 / (1 + draws))
    return Found(ring, z, p, benjamini_hochberg(p), np.ones(len(values), dtype=bool), (least, least))


def _draws(values, size, draws, dice):
    """(draws,) sums of `size` values without replacement: drawn with it, and again where one came twice."""
    picks = dice.integers(len(values), size=(draws, size))
    while len(again := np.flatnonzero((np.diff(np.sort(picks, axis=1), axis=1) == 0).any(axis=1))):
        picks[again] = dice.integers(len(values), size=(len(again), size))
    return values[picks].sum(axis=1)
