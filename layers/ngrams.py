"""Short texts to scores: pieces of one to three symbols, weighed by a linear model; numpy alone.

A text is lower case, half width, every number a 0; an English word is one piece, cut to six letters.
"""

import io
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

import numpy as np

WORDS = re.compile(r"[a-z]+")
STRETCHES = re.compile(r"[^\W_a-z]+")
NUMBERS = re.compile(r"\d+")
LETTERS = 6  # of an English word that are looked at: overflow, overflowing and overflowed are one


def pieces(text):
    """Every piece of a text, with repeats: English words, and one to three neighbouring symbols with the ends of stretches."""
    text = NUMBERS.sub("0", unicodedata.normalize("NFKC", text).casefold())
    found = ["w:" + word[:LETTERS] for word in WORDS.findall(text)]
    for stretch in STRETCHES.findall(text):
        marked = f"^{stretch}$"
        found += marked
        found += [marked[i : i + 2] for i in range(len(marked) - 1)]
        found += [marked[i : i + 3] for i in range(len(marked) - 2)]
    return found


def shown(piece):
    """A piece as people may see it."""
    return piece.removeprefix("w:").strip("^$")


class Model(NamedTuple):
    """A linear model over pieces.

    names: v pieces, and column: the row of each. rarity: (v,) float32, how little a piece is used (idf). weights: (v, k) float32,
    k scores; bias: (k,). classes: k names. longer: (v,) bool, pieces of more than one symbol. Names beyond v are another model's.
    """

    names: tuple
    column: dict
    rarity: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    classes: tuple
    longer: np.ndarray

    def counted(self, text):
        """((m,) rows, (m,) float32 how often) of the pieces of a text that are known."""
        counts = Counter(map(self.column.get, pieces(text)))
        counts.pop(None, None)
        return (
            np.fromiter(counts, dtype=np.int64, count=len(counts)),
            np.fromiter(counts.values(), dtype=np.float32, count=len(counts)),
        )

    def features(self, rows, often):
        """((m,) rows, (m,) weights of length 1) of `counted` pieces. Weights: (1 + ln count) × idf."""
        if len(self.rarity) < len(self.names):  # of another model whose pieces are shared
            own = rows < len(self.rarity)
            rows, often = rows[own], often[own]
        heavy = (1 + np.log(often)) * self.rarity[rows]
        return rows, heavy / (np.sqrt(heavy @ heavy) or 1.0)

    def scores(self, text):
        """(k,) float32: what speaks for each class."""
        return self.scored(*self.features(*self.counted(text)))

    def scored(self, rows, heavy):
        """As `scores`, of `features`."""
        return heavy @ self.weights.take(rows, axis=0) + self.bias

    def speaking(self, rows, heavy, numbers, most=3):
        """For each class of `numbers` the pieces among `features` that speak loudest; none twice, none inside another."""
        longer = self.longer[rows]
        rows = rows[longer]
        loud = heavy[longer] * self.weights[rows, np.asarray(numbers)[:, None]]
        orders = np.argsort(-loud, axis=1)[:, : 8 * most]
        return [self._loudest(rows[order], row[order], most) for row, order in zip(loud, orders, strict=True)]

    def _loudest(self, rows, loud, most):
        """Of pieces, the loudest first, the first few that can be shown."""
        kept = []
        for row, strength in zip(rows.tolist(), loud.tolist(), strict=True):
            if strength <= 0 or len(kept) == most:
                break
            word = shown(self.names[row])
            if not any(word in other or other in word for other in kept):
                kept.append(word)
        return tuple(kept)

    def parts(self):
        """(name, array) of what it has for each piece."""
        return [(name, getattr(self, name)) for name in ("rarity", "weights", "longer")]

    def only(self, classes):
        """The Model of those of its classes that are among these."""
        kept = [number for number, name in enumerate(self.classes) if name in classes]
        if len(kept) == len(self.classes):
            return self
        return self._replace(
            weights=np.ascontiguousarray(self.weights[:, kept]),
            bias=self.bias[kept],
            classes=tuple(self.classes[number] for number in kept),
        )

    def packed(self):
        """As bytes, weights at half precision. Not squeezed: a third fewer bytes would take twice as long to unpack."""
        out = io.BytesIO()
        arrays = {"rarity": self.rarity, "weights": self.weights.astype(np.float16), "bias": self.bias}
        np.savez(out, pieces=np.array("\n".join(self.names)), classes=np.array("\n".join(self.classes)), **arrays)
        return out.getvalue()


def unpacked(data):
    """The Model of `packed` bytes."""
    with np.load(io.BytesIO(data)) as kept:
        numbers = [kept[name].astype(np.float32) for name in ("rarity", "weights", "bias")]
        return model_of(str(kept["pieces"]).split("\n"), *numbers, str(kept["classes"]).split("\n"))


def probabilities(scores, heat):
    """(…, k) softmax of (…, k) scores times heat."""
    hot = np.asarray(scores) * heat
    raised = np.exp(hot - hot.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def log_odds(chances):
    """ln(p / (1 − p)), kept finite."""
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


def honest(chances, slope, offset):
    """Chances by Platt's line through their log-odds (1999)."""
    return 1 / (1 + np.exp(-(slope * log_odds(chances) + offset)))


def model_of(names, rarity, weights, bias, classes):
    """A Model of its parts."""
    longer = np.fromiter((len(shown(piece)) > 1 for piece in names), dtype=bool, count=len(names))
    return Model(tuple(names), {piece: row for row, piece in enumerate(names)}, rarity, weights, bias, tuple(classes), longer)


def joined(first, second):
    """Two Models over one list of pieces, so that the pieces of a text are looked up once for both."""
    column = dict(first.column)
    places = np.array([column.setdefault(piece, len(column)) for piece in second.names])
    names = tuple(column)
    widened = {name: np.zeros((len(names), *part.shape[1:]), part.dtype) for name, part in second.parts()}
    for name, part in second.parts():
        widened[name][places] = part
    return first._replace(names=names, column=column), second._replace(names=names, column=column, **widened)
