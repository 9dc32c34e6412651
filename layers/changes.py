"""Two periods compared, cell by cell: an exact test of whether a difference is more than chance, and what may be shown of it."""

import numpy as np

from layers.exact import benjamini_hochberg, binomial

LEVELS = (0.1, 0.05, 0.01)  # a difference is shown from the first on: at most one shown cell in ten is expected to be chance


def compared(now, before, days_now, days_before):
    """Whether each cell has more or fewer tickets than before, beyond what chance does.

    now, before: (n,) int, tickets of the same cells in two periods that do not overlap. days_now, days_before: their lengths.
    Given a cell's sum, its tickets fall into either period by length alone unless something changed: an exact binomial test,
    two-sided by doubling (Przyborowski & Wilenski 1940; layers.exact, as `layers.hotspots.change` has it), then Benjamini &
    Hochberg 1995 over the cells that have any tickets; a cell without any says nothing and is not tested.
    Returns (p, q, classes): (n,) float, NaN where untested; classes (n,) int: 1, 2, 3 for more at q < 0.1, 0.05, 0.01, the
    same below nought for fewer, 0 for neither. Raises ValueError for a length under a day or a count under nought.
    """
    now, before = np.asarray(now, dtype=np.int64), np.asarray(before, dtype=np.int64)
    if min(days_now, days_before) < 1:
        raise ValueError(f"a period has at least one day: {days_now}, {days_before}")
    if len(now) and min(now.min(), before.min()) < 0:
        raise ValueError("a count is never under nought")
    p, q, tested = np.full(len(now), np.nan), np.full(len(now), np.nan), now + before > 0
    p[tested] = binomial(now[tested], (now + before)[tested], days_now / (days_now + days_before)).two_sided()
    q[tested] = benjamini_hochberg(p[tested])
    more = np.where(now * days_before >= before * days_now, 1, -1)
    return p, q, more * (q[:, None] < LEVELS).sum(axis=1)
