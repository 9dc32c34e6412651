"""Counts on a map: which class a number falls into, and cells gathered into coarser ones. A density map, without a test."""

import numpy as np

from layers.cells import parents
from layers.overlay import Shade

STAFF_FROM = (1, 2, 3, 5, 9, 16)  # the least count of each class: doubling, as the eye sees it
STAFF_CLASSES = ("1", "2", "3–4", "5–8", "9–15", "16+")
PUBLIC_FROM = (3, 5, 9, 16, 32)
PUBLIC_CLASSES = ("3–4", "5–8", "9–15", "16–31", "32+")
SHADES = ("#DCE8D8", "#B4CDB4", "#83AA90", "#52806A", "#2D5A48", "#123628")  # c1 … c6; the public's five are c2 … c6
PER_PEOPLE_FROM = (0, 1, 2, 4, 8, 16)  # tickets per 1,000 people: the least of each class
PER_ROAD_FROM = (0, 0.25, 0.5, 1, 2, 4)  # tickets per km of road
COUNTED = [Shade(colour, words) for colour, words in zip(SHADES, STAFF_CLASSES, strict=True)]


def class_of(count):
    """The staff's class of a count: 0 … 5 in STAFF_CLASSES, −1 for none. Takes and returns a scalar or an array of int."""
    return np.searchsorted(STAFF_FROM, count, side="right") - 1


def public_class_of(count):
    """The public's class of a count: 0 … 4 in PUBLIC_CLASSES, −1 where it is withheld: 0, 1 and 2 are alike."""
    return np.searchsorted(PUBLIC_FROM, count, side="right") - 1


def fifths(values, number=5):
    """The least value of each class when as many areas as can be fall into each (quantiles); equal ones stay together.

    values: (n,) numbers over nought; nought and below has no class. Returns at most `number` rising edges, [] for none.
    """
    values = np.sort(np.asarray(values, dtype=float))
    values = values[values > 0]
    cuts = values[[len(values) * k // number for k in range(number)]] if len(values) else values
    return np.unique(cuts).tolist()


def class_in(edges, values):
    """Which class values fall into: 0 … len(edges) − 1, −1 below the first."""
    return np.searchsorted(edges, values, side="right") - 1


def rates(counts, held, per, least):
    """(n,) tickets per so many people or metres of road; NaN where a cell has less than the least of them.

    counts: (n,) int. held: (n,) float, what each cell has. per: of what, as many as a rate is told for.
    """
    counts, held = np.asarray(counts, dtype=float), np.asarray(held, dtype=float)
    enough = held >= max(least, np.finfo(float).tiny)
    return np.where(enough, per * counts / np.where(enough, held, 1), np.nan)


def rate_class_of(edges, values):
    """(n,) which class rates fall into: 0 … len(edges) − 1; len(edges) where there is no rate."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isnan(values), len(edges), class_in(edges, np.nan_to_num(values)))


def fold(cells, counts, voices, res):
    """Counts of fine cells gathered into those of a coarser resolution.

    cells: (n,) int64, of resolution `res` or finer, in any order, repeats allowed. counts, voices: (n,) int, also negative
    ones (a step takes back what another counted). Returns (cells, counts, voices), each (m,) int64, sorted by cell and
    without cells whose tickets sum up to nothing.
    """
    folded, where = np.unique(parents(cells, res), return_inverse=True)
    sums = [np.zeros(len(folded), dtype=np.int64) for _ in range(2)]
    np.add.at(sums[0], where, np.asarray(counts, dtype=np.int64))
    np.add.at(sums[1], where, np.asarray(voices, dtype=np.int64))
    kept = sums[0] > 0
    return folded[kept], sums[0][kept], sums[1][kept]
