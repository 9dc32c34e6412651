"""Funnel limits: how far a share may lie from the county's by chance alone, given the number of tickets behind it.

Exact binomial limits, interpolated between whole counts as Spiegelhalter (2005), "Funnel plots for comparing institutional
performance", Statistics in Medicine 24, has them for the lower one; the upper one is that of the complement, so that both
tails hold at most their part. A verdict asks the tail itself and agrees with the curve at every whole count.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

LEVELS = (0.95, 0.998)
FEWEST = 5  # cases, below which nothing is said
LOW, WITHIN, HIGH, FEW = "low", "within", "high", "few"


class Verdict(NamedTuple):
    """name: low, within, high or few. level: the widest of LEVELS that the share lies outside of, else None."""

    name: str
    level: float | None = None


def limits(wholes, share: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The funnel's two edges at these numbers of cases.

    wholes: (n,) whole numbers ≥ 1. share: the county's, 0–1. level: 0–1, what lies between the edges by chance, at least.
    Returns (low, high): (n,) shares of 1 each.
    """
    wholes, tail = np.asarray(wholes, float), (1 - level) / 2
    return _lower(wholes, share, tail), 1 - _lower(wholes, 1 - share, tail)


def _lower(wholes, share, tail):
    """The share under which less than `tail` of the chance lies, between the whole counts on either side of it."""
    if share in (0, 1):  # no chance in it
        return np.full(wholes.shape, float(share))
    count = np.maximum(np.ceil(special.bdtrik(tail, wholes, share)), 0)
    count = np.where((count > 0) & (up_to(count - 1, wholes, share) >= tail), count - 1, count)  # a hair too high
    here, before = up_to(count, wholes, share), up_to(count - 1, wholes, share)
    return np.clip((count - (here - tail) / (here - before)) / wholes, 0, 1)


def up_to(counts, wholes, share):
    """The chance of at most so many of each whole; of less than none there is none."""
    counts = np.asarray(counts, float)
    return np.where(counts < 0, 0.0, special.bdtr(np.maximum(counts, 0), np.asarray(wholes, int), share))


def verdict(part: int, whole: int, share: float | None) -> Verdict:
    """How part of whole stands to the county's share. Under chance alone at most 5 % are outside the inner limits.

    share: 0–1, or None where the county has nothing to compare with.
    """
    if share is None or whole < FEWEST:
        return Verdict(FEW)
    below, above = float(up_to(part, whole, share)), float(up_to(whole - part, whole, 1 - share))
    for level in sorted(LEVELS, reverse=True):
        if min(below, above) < (1 - level) / 2:
            return Verdict(LOW if below < above else HIGH, level)
    return Verdict(WITHIN)
