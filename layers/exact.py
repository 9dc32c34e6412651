"""Exact p-values for small whole numbers: no draws, no seed, the same answer every time.

Every test here gives both tails with ties in each: P(at least what was seen) and P(at most that).
"""

from math import comb
from typing import NamedTuple

import numpy as np
from scipy import stats


class Tails(NamedTuple):
    """Both tails of something seen, (n,) float each. at: the chance of just that number, which both tails hold."""

    more: np.ndarray
    less: np.ndarray
    at: np.ndarray

    def two_sided(self, mid=False):
        """min(1, twice the smaller tail). mid: count half of what was seen itself (Lancaster 1961), less cautious, not exact."""
        half = self.at / 2 if mid else 0
        return np.minimum(1, 2 * (np.minimum(self.more, self.less) - half))


class Sums:
    """How the sum of k values is distributed, drawn without replacement from these.

    values: (n,) int ≥ 0, in any order. most: the largest k that will be asked for, ≤ n.
    Dynamic programming over (how many drawn, their sum) across distinct values with their multiplicities: c equal values add
    the factor Σ C(c, j)·(drawn + j, sum + j·value). All terms are positive, so that no digit is lost in the tails.
    """

    def __init__(self, values, most):
        distinct, often = np.unique(np.asarray(values, dtype=np.int64), return_counts=True)
        self._of, most = len(values), min(most, len(values))
        ways = np.zeros((most + 1, most * int(distinct[-1]) + 2))  # the last for what cannot be reached
        ways[0, 0] = 1
        reached = 0  # the largest sum so far: what lies above is zero
        for value, count in zip(distinct.tolist(), often.tolist(), strict=True):
            reached = self._take(ways, value, count, most, reached)
        self._tails = self._tails_of(ways)

    @staticmethod
    def _take(ways, value, count, most, reached):
        """Let up to `count` values of this size be drawn. From the many to the few, so that none is taken twice."""
        for drawn in range(most, 0, -1):
            for j in range(1, min(count, drawn) + 1):
                shift = j * value
                ends = min(shift + reached + 1, ways.shape[1] - 1)
                ways[drawn, shift:ends] += comb(count, j) * ways[drawn - j, : ends - shift]
        return min(reached + min(count, most) * value, ways.shape[1] - 2)

    def _tails_of(self, ways):
        """(3, k, sum): more, less and at, each summed from its own end, the smallest first."""
        every = np.array([comb(self._of, k) for k in range(len(ways))], dtype=float)[:, None]
        more = np.cumsum(ways[:, ::-1], axis=1)[:, ::-1]
        return np.minimum(1, np.stack([more, np.cumsum(ways, axis=1), ways]) / every)

    def tails(self, k, seen):
        """Tails of sums of k values. k, seen: (n,) int or scalars; a sum beyond all that can be drawn has no chance."""
        k, seen = np.broadcast_arrays(k, seen)
        return Tails(*self._tails[:, k, np.minimum(seen, self._tails.shape[2] - 1)])


def binomial(hits, trials, share):
    """Tails of so many hits among trials that each hit with this chance. hits, trials: (n,) int; share: 0 … 1, one or (n,)."""
    return _distinct(stats.binom, hits, trials, share)


def hypergeometric(hits, drawn, marked, of):
    """Tails of so many marked ones among `drawn` out of `of`, of which `marked` are. hits, drawn: (n,) int; the others int."""
    return _distinct(lambda among: stats.hypergeom(of, marked, among), hits, drawn)


def _distinct(law, hits, *among):
    """A law of scipy's asked once for each distinct row: a county's cells share a few hundred. Whole numbers to 2^53 stay so."""
    rows = np.stack(np.broadcast_arrays(np.asarray(hits, dtype=float), *among))
    (seen, *asked), where = np.unique(rows, axis=1, return_inverse=True)
    asked = law(*asked)
    found = asked.sf(seen - 1), asked.cdf(seen), asked.pmf(seen)
    return Tails(*(np.minimum(1, tail)[where.reshape(-1)] for tail in found))


def benjamini_hochberg(p, often=None):
    """q-values: the least false discovery rate at which each test would be called.

    p: (n,) float. often: (n,) int, how many tests share this p; one each by default. Returns (n,) float.
    Source: Benjamini & Hochberg 1995; for maps Caldas de Castro & Singer 2006.
    """
    p = np.asarray(p, dtype=float)
    often = np.ones(len(p), dtype=np.int64) if often is None else np.asarray(often)
    order = np.argsort(p, kind="stable")
    rank = np.cumsum(often[order])
    scaled = p[order] * (rank[-1] if len(p) else 1) / np.maximum(rank, 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1, np.minimum.accumulate(scaled[::-1])[::-1])
    return q
