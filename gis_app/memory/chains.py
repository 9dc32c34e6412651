"""One chain of rows that each hold the hash of the one before: what is wrong with it, row by row."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Chain:
    """Rows with pk, seq, before and hash, by seq (named tuples); what the hash of a row should be; and what the first follows."""

    rows: list
    hash_of: Callable
    seq: int = 0
    before: str = ""

    def genuine(self, row):
        """Whether a row says what its hash was made of."""
        return row.hash == self.hash_of(row)

    def faults(self):
        """Yield (kind, seq, row or None) of all that is wrong.

        Rows are put in order by the hashes that they hold, not by their numbers, which are the easiest to change.
        """
        tail, known = None, set()
        for run in runs(self.rows, self.before):
            if tail and run[0].before in known:  # another row, with more that follows it, has this place
                yield from (("inserted", row.seq, row) for row in run)
            elif tail and self.from_elsewhere(tail, run):
                yield "inserted", run[0].seq, run[0]
            else:
                yield from self.joint(tail, run[0])
                yield from self.within(run)
                tail = run[-1]
                known |= {self.before, *(row.hash for row in run)}

    def from_elsewhere(self, tail, run):
        """Whether this is a single row that nothing links to this chain: neither what it follows nor what it says."""
        row = run[0]
        return len(run) == 1 and not self.genuine(row) and self.hash_of(row._replace(before=tail.hash)) != row.hash

    def joint(self, tail, head):
        """Yield what is wrong between the end of one run of rows and the beginning of the next."""
        following = 1 + (tail.seq if tail else self.seq)
        if head.seq > following:
            yield from (("missing", seq, None) for seq in range(following, head.seq))
        elif head.seq < following:
            yield "out-of-order", head.seq, head
        elif tail and self.genuine(tail) and self.genuine(head):  # both are whole, and one of them is not what it was
            yield "altered", tail.seq, tail
        elif not tail and head.before != self.before and self.genuine(head):  # it says that it follows something else
            yield "altered", head.seq, head

    def within(self, run):
        """Yield what is wrong with rows that follow each other."""
        for expected, row in enumerate(run, run[0].seq):
            if row.seq != expected:
                yield "out-of-order", row.seq, row
            elif not self.genuine(row):
                yield "altered", row.seq, row


def runs(rows, before=""):
    """Yield lists of rows that follow each other by their hashes, the one that opens the chain first, the others by number.

    Where two claim the same place it is that of the one that others follow, or else of the older one.
    """
    heirs, left = defaultdict(list), dict(enumerate(rows))
    for place, row in left.items():
        heirs[row.before].append(place)
    while left:
        held = {row.hash for row in left.values()}
        heads = [place for place, row in left.items() if row.before not in held]
        opening = [place for place in heads if left[place].before == before]
        run, place = [], next(iter(opening or heads or left))
        while place is not None:
            run.append(left.pop(place))
            able = [heir for heir in heirs[run[-1].hash] if heir in left]
            place = max(able, key=lambda heir: (bool(heirs[left[heir].hash]), -left[heir].pk), default=None)
        yield run
