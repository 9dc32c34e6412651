"""Two periods compared, cell by cell: an exact test of whether a difference is more than chance, and what may be shown of it."""

import numpy as np
from scipy.stats import binom, false_discovery_control

LEVELS = (0.1, 0.05, 0.01)  # a difference is shown from the first on: at most one shown cell in ten is expected to be chance
ALIKE = 1e-7  # outcomes whose chances differ by less are equally likely, as scipy's own test has it


def compared(now, before, days_now, days_before):
    """Whether each cell has more or fewer tickets than before, beyond what chance does.

    now, before: (n,) int, tickets of the same cells in two periods that do not overlap. days_now, days_before: their lengths.
    Given a cell's sum, its tickets fall into either period by length alone unless something changed: an exact two-sided
    binomial test (Przyborowski & Wilenski 1940), then Benjamini & Hochberg 1995 over the cells that have any tickets; a
    cell without any says nothing and is not tested.
    Returns (p, q, classes): (n,) float, NaN where untested; classes (n,) int: 1, 2, 3 for more at q < 0.1, 0.05, 0.01, the
    same below nought for fewer, 0 for neither. Raises ValueError for a length under a day or a count under nought.
    """
    now, before = np.asarray(now, dtype=np.int64), np.asarray(before, dtype=np.int64)
    if min(days_now, days_before) < 1:
        raise ValueError(f"a period has at least one day: {days_now}, {days_before}")
    if len(now) and min(now.min(), before.min()) < 0:
        raise ValueError("a count is never under nought")
    share = days_now / (days_now + days_before)
    p = _exact(now, now + before, share)
    q, tested = np.full(len(p), np.nan), ~np.isnan(p)
    q[tested] = false_discovery_control(p[tested])
    more = np.where(now * days_before >= before * days_now, 1, -1)
    return p, q, more * (q[:, None] < LEVELS).sum(axis=1)


def _exact(now, both, share):
    """(n,) p: the sum of all outcomes that are no likelier than the one seen. Cells with the same sum share their outcomes."""
    p = np.full(len(now), np.nan)
    for n in np.unique(both[both > 0]):
        here, chance = both == n, binom.pmf(np.arange(n + 1), n, share)
        rising = np.sort(chance)
        no_likelier = np.searchsorted(rising, chance[now[here]] * (1 + ALIKE), side="right")
        p[here] = np.minimum(np.cumsum(rising)[no_likelier - 1], 1)
    return p
