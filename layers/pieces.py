"""Short texts to pieces: English words, cut to six letters, and one to three neighbouring symbols; many texts at once.

A text is lower case, half width, every number a 0. `pieces` says which pieces there are; `Known` counts the same in a whole
batch of texts with a few operations on arrays.
"""

import re
from collections import Counter
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from layers.simpler import composed

WORDS = re.compile(r"[a-z]+")
STRETCHES = re.compile(r"[^\W_a-z]+")
NUMBERS = re.compile(r"\d+")
LETTERS = 6  # of an English word that are looked at: overflow, overflowing and overflowed are one
WORD = "w:"
FEW = 1  # text that is counted without arrays. Measured: 90 µs for one of 50 symbols, 120 with; for many 14 each with
BEGIN, END, ZERO = map(ord, "^$0")
SYMBOL = np.uint64(21)  # bits
PLANE = 65536  # symbols of Unicode; what lies beyond the first plane is rare, and all of them would take 0.1 s to sort out
SLOTS = 4  # of the table for each piece, at least: what is not known is then told by the first look, nearly always
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)


def plain(text):
    """A text as pieces are cut from it, its numbers still as they are."""
    return composed(text).casefold()


def pieces(text):
    """Every piece of a text, with repeats: English words, and one to three neighbouring symbols with the ends of stretches."""
    text = NUMBERS.sub("0", plain(text))
    found = [WORD + word[:LETTERS] for word in WORDS.findall(text)]
    for stretch in STRETCHES.findall(text):
        marked = f"^{stretch}$"
        found += marked
        found += [marked[i : i + 2] for i in range(len(marked) - 1)]
        found += [marked[i : i + 3] for i in range(len(marked) - 2)]
    return found


def shown(piece):
    """A piece as people may see it."""
    return piece.removeprefix(WORD).strip("^$")


class Counts(NamedTuple):
    """How often known pieces stand in n texts: rows[starts[i] : starts[i + 1]] of text i, ascending, none twice.

    starts: (n + 1,) int64. rows: (m,) int64. often: (m,) float32.
    """

    starts: np.ndarray
    rows: np.ndarray
    often: np.ndarray

    def of(self, number):
        """The Counts of one text alone."""
        start, end = self.starts[number : number + 2]
        return Counts(np.array([0, end - start], np.int64), self.rows[start:end], self.often[start:end])

    def owners(self):
        """(m,) int: the text of each."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Known:
    """The pieces that are known, each with its row, to be found in many texts at once."""

    def __init__(self, names):
        """names: v pieces, in the order of their rows."""
        self.names = names

    @cached_property
    def column(self):
        """{piece: its row}."""
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def count(self, texts):
        """The Counts of texts; the same as of `pieces`, one by one, which is sooner done for few texts."""
        if len(texts) <= FEW:
            return self._count_few(texts)
        symbols, owners, words = _joined([plain(text) for text in texts])
        keys, owned = _keys(*_marked(symbols, owners))
        rows = self._rows(keys)
        known = np.flatnonzero(rows >= 0)
        found = owned.take(known) * len(self.column) + rows.take(known)
        if spoken := [(start, self.column[word]) for start, word in words if word in self.column]:
            starts, rows = np.array(spoken).T
            found = np.append(found, owners[starts] * len(self.column) + rows)
        found, often = np.unique(found, return_counts=True)
        owned, rows = np.divmod(found, max(len(self.column), 1))
        starts = np.searchsorted(owned, np.arange(len(texts) + 1))
        return Counts(starts, rows, often.astype(np.float32))

    def _count_few(self, texts):
        starts, found = [0], []
        for text in texts:
            counts = Counter(map(self.column.get, pieces(text)))
            counts.pop(None, None)
            found += sorted(counts.items())
            starts.append(len(found))
        rows, often = zip(*found, strict=True) if found else ((), ())
        return Counts(np.array(starts, np.int64), np.array(rows, np.int64), np.array(often, np.float32))

    @cached_property
    def _table(self):
        """(keys, rows) of the slots: open addressing, the next slot for who comes late; a row is −1 where nothing is."""
        own = [piece for piece in self.names if not piece.startswith(WORD)]
        rows = np.array([row for row, piece in enumerate(self.names) if not piece.startswith(WORD)], np.int32)
        todo, size = _keys_of(own), 1 << max((SLOTS * len(own)).bit_length(), 1)
        slots, taken = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        at = _slots(todo, size)
        while len(todo):
            free = np.flatnonzero(taken[at] < 0)
            places, first = np.unique(at[free], return_index=True)
            slots[places], taken[places] = todo[free[first]], rows[free[first]]
            left = np.delete(np.arange(len(todo)), free[first])
            todo, rows, at = todo[left], rows[left], (at[left] + 1) % size
        return slots, taken

    def _rows(self, keys):
        """(m,) int32: the row of each key, −1 of one that is not known."""
        slots, taken = self._table
        at = _slots(keys, len(slots))
        rows, other = taken.take(at), slots.take(at) != keys
        todo = np.flatnonzero(other & (rows >= 0))  # something else stands there
        np.putmask(rows, other, -1)
        at, keys = at[todo], keys[todo]
        while len(todo):
            at = (at + 1) % len(slots)
            found, same = taken.take(at), slots.take(at) == keys
            rows[todo[same]] = found[same]
            left = ~same & (found >= 0)
            todo, at, keys = todo[left], at[left], keys[left]
        return rows


def _keys_of(pieces):
    """(v,) uint64: pieces of one to three symbols as numbers."""
    symbols = np.array(pieces, dtype="U3").view(np.uint32).reshape(-1, 3).astype(np.uint64)
    keys = symbols[:, 0]
    for place in (1, 2):
        keys = np.where(symbols[:, place] > 0, keys << SYMBOL | symbols[:, place], keys)
    return keys


def _slots(keys, size):
    """(m,) int64: where each key belongs in a table; size: a power of two."""
    return ((keys * SPREAD) >> np.uint64(65 - size.bit_length())).astype(np.int64)


@cache
def _kinds(planes):
    """(65,536 × planes,) uint8, for each symbol: 1 for what stands in stretches, 2 for digits among it."""
    every, kinds = "".join(map(chr, range(planes * PLANE))), np.zeros(planes * PLANE, np.uint8)
    for kind, runs in enumerate((STRETCHES, NUMBERS), 1):
        for found in runs.finditer(every):
            kinds[found.start() : found.end()] = kind
    return kinds


def _joined(texts):
    """(m,) uint32 symbols of plain texts, one after the other, (m,) the text of each, [(where, word)] of English words."""
    whole = " ".join([*texts, ""])
    symbols = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
    words = [(found.start(), WORD + found[0][:LETTERS]) for found in WORDS.finditer(whole)]
    return symbols, np.repeat(np.arange(len(texts)), lengths), words


def _marked(symbols, owners):
    """(k,) uint64 symbols of stretches with a mark before and after each, (k,) the text of each, (k,) bool: a mark after."""
    kinds = _kinds(int(symbols.max(initial=0)) // PLANE + 1)[symbols]
    inside, digit = kinds > 0, kinds > 1
    first, last, kept = inside.copy(), inside.copy(), inside.copy()
    first[1:] &= ~inside[:-1]
    last[:-1] &= ~inside[1:]
    kept[1:] &= ~(digit[1:] & digit[:-1])  # of a number one symbol is left
    size = first.astype(np.int64) + last + kept
    ends, own, begin, end = np.cumsum(size), np.flatnonzero(kept), np.flatnonzero(first), np.flatnonzero(last)
    marked, after = np.empty(size.sum(), np.uint64), np.zeros(size.sum(), bool)
    marked[ends[own] - 1 - last[own]] = np.where(digit[own], ZERO, symbols[own])
    marked[ends[begin] - size[begin]] = BEGIN
    marked[ends[end] - 1] = END
    after[ends[end] - 1] = True
    return marked, np.repeat(owners, size), after


def _keys(marked, owners, after):
    """(m,) uint64 keys of all pieces of marked symbols, and (m,) the text of each."""
    two, together = marked[:-1] << SYMBOL | marked[1:], ~after[:-1]
    three, all_three = two[:-1] << SYMBOL | marked[2:], together[:-1] & together[1:]
    return (
        np.concatenate([marked, two[together], three[all_three]]),
        np.concatenate([owners, owners[:-1][together], owners[:-2][all_three]]),
    )
