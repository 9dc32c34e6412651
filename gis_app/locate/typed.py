"""Names that hold what somebody has typed so far: quick over a hundred thousand of them, and without a query."""

from bisect import bisect_left
from heapq import nsmallest
from itertools import pairwise

LAST = "\U0010ffff"


class Typed:
    """Names with what they stand for, to be asked at every key that is pressed. Built once, then only read."""

    def __init__(self, named):
        """named: [(name, name in latin letters or "", what it stands for)]; names normalised."""
        self.named = named
        self.begins = sorted((spelling, row) for row, entry in enumerate(named) for spelling in entry[:2] if spelling)
        self.pairs = {}
        for row, (name, _latin, _stands) in enumerate(named):
            for pair in {a + b for a, b in pairwise(name)}:
                self.pairs.setdefault(pair, []).append(row)

    def holding(self, part, most):
        """What at most so many names stand for: those that begin with `part` first, then those that hold it."""
        rows = self._beginning(part, most)
        if len(rows) < most:
            rows += nsmallest(most - len(rows), set(self._inside(part)) - set(rows), key=lambda row: self.named[row][0])
        return [self.named[row][2] for row in rows]

    def _beginning(self, part, most):
        """Rows in the order of their names, found by halving."""
        rows = {}
        for at in range(bisect_left(self.begins, (part,)), bisect_left(self.begins, (part + LAST,))):
            rows.setdefault(self.begins[at][1])
            if len(rows) == most:
                break
        return list(rows)

    def _inside(self, part):
        """Rows whose name holds `part` anywhere; the rarest two neighbouring symbols are looked up, the rest is compared."""
        pairs = [self.pairs.get(a + b, ()) for a, b in pairwise(part)]
        few = min(pairs, key=len) if pairs else range(len(self.named))
        return [row for row in few if part in self.named[row][0]]
