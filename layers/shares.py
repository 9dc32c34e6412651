"""Shares of a sample, with how sure they are."""

import math

Z = 1.96  # of a 95 % interval


def wilson(hits, of):
    """The 95 % interval of a share seen in a sample.

    hits, of: whole numbers, 0 ≤ hits ≤ of. Returns (low, high), shares of 1; None of nothing. Source: Wilson 1927.
    """
    if not of:
        return None
    share = hits / of
    middle, spread = share + Z * Z / (2 * of), Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + Z * Z / of)), min(1.0, (middle + spread) / (1 + Z * Z / of))
