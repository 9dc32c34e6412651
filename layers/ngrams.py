"""Short texts to scores: pieces of one to three symbols, weighed by a linear model; numpy alone.

A text is lower case, half width, every number a 0; an English word is one piece, cut to six letters.
"""

import io
import re
import unicodedata
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


class Model(NamedTuple):
    """A linear model over pieces.

    names: v pieces, and column: the row of each. rarity: (v,) float32, how little a piece is used (idf). weights: (v, k) float32,
    k scores; bias: (k,). classes: k names.
    """

    names: tuple
    column: dict
    rarity: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    classes: tuple

    def features(self, text):
        """((m,) rows, (m,) weights of length 1) of the pieces of a text that are known. Weights: (1 + ln count) × idf."""
        counts, column = {}, self.column
        for piece in pieces(text):
            if (row := column.get(piece)) is not None:
                counts[row] = counts.get(row, 0) + 1
        rows = np.fromiter(counts, dtype=np.int64, count=len(counts))
        heavy = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.rarity[rows]
        return rows, heavy / (np.sqrt(np.square(heavy).sum()) or 1.0)

    def scores(self, text):
        """(k,) float32: what speaks for each class."""
        return self.scored(*self.features(text))

    def scored(self, rows, heavy):
        """As `scores`, of `features`."""
        return heavy @ self.weights[rows] + self.bias

    def speaking(self, rows, heavy, number, most=3):
        """The pieces among `features` that speak loudest for class `number`; none twice, none inside another."""
        loud = heavy * self.weights[rows, number]
        kept = []
        for place in np.argsort(-loud, kind="stable")[: 8 * most]:
            word = self.names[rows[place]].removeprefix("w:").strip("^$")
            if loud[place] > 0 and len(word) > 1 and not any(word in other or other in word for other in kept):
                kept.append(word)
        return tuple(kept[:most])

    def packed(self):
        """As bytes, weights at half precision."""
        out = io.BytesIO()
        arrays = {"rarity": self.rarity, "weights": self.weights.astype(np.float16), "bias": self.bias}
        np.savez_compressed(out, pieces=np.array("\n".join(self.names)), classes=np.array("\n".join(self.classes)), **arrays)
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
    return Model(tuple(names), {piece: row for row, piece in enumerate(names)}, rarity, weights, bias, tuple(classes))
