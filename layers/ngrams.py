"""Short texts to scores: their pieces, weighed by a linear model; numpy alone."""

import io
from typing import NamedTuple

import numpy as np

from layers.pieces import Known, shown

# Every number of half precision. Measured: four million are looked up in 13 ms, and reckoned in 20.
HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


class Weighed(NamedTuple):
    """The pieces of n texts with what each weighs: those of text i are rows[starts[i] : starts[i + 1]], each text has length 1.

    starts: (n + 1,) int64. rows: (m,) int64. heavy: (m,) float32.
    """

    starts: np.ndarray
    rows: np.ndarray
    heavy: np.ndarray

    def of(self, number):
        """((m,) rows, (m,) weights) of one text."""
        start, end = self.starts[number], self.starts[number + 1]
        return self.rows[start:end], self.heavy[start:end]


class Model(NamedTuple):
    """A linear model over pieces.

    names: v pieces, and known: the row of each. rarity: (v,) float32, how little a piece is used (idf), 0 of another model's.
    weights: (v, k) float32, k scores; bias: (k,). classes: k names. longer, lettered: (v,) bool, pieces that show more than one
    symbol, or a letter.
    """

    names: tuple
    known: Known
    rarity: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    classes: tuple
    longer: np.ndarray
    lettered: np.ndarray

    def weighed(self, counts):
        """The Weighed of Counts. Weights: (1 + ln count) × idf."""
        heavy, owners = (1 + np.log(counts.often)) * self.rarity[counts.rows], counts.owners()
        lengths = np.sqrt(np.bincount(owners, heavy * heavy, len(counts.starts) - 1))
        lengths[lengths == 0] = 1.0
        return Weighed(counts.starts, counts.rows, (heavy / lengths[owners]).astype(np.float32))

    def scores(self, texts):
        """(n, k) float32: what speaks for each class in n texts."""
        return self.scored(self.weighed(self.known.count(texts)))

    def scored(self, weighed):
        """As `scores`, of Weighed texts."""
        found = np.empty((len(weighed.starts) - 1, len(self.classes)), np.float32)
        for number, score in enumerate(found):
            rows, heavy = weighed.of(number)
            np.dot(heavy, self.weights.take(rows, axis=0), out=score)
        return found + self.bias

    def speaking(self, rows, heavy, numbers, most=3):
        """For each class of `numbers` the pieces of a Weighed text that speak loudest; none twice, none inside another."""
        longer = self.longer[rows]
        rows = rows[longer]
        loud = heavy[longer] * self.weights[rows, np.asarray(numbers)[:, None]]
        orders = np.argsort(-loud, axis=1, kind="stable")[:, : 8 * most]
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
        return [(name, getattr(self, name)) for name in ("rarity", "weights", "longer", "lettered")]

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
        arrays = dict(self.parts()) | {"weights": self.weights.astype(np.float16), "bias": self.bias}
        np.savez(out, pieces=np.array("\n".join(self.names)), classes=np.array("\n".join(self.classes)), **arrays)
        return out.getvalue()


def unpacked(data):
    """The Model of `packed` bytes."""
    with np.load(io.BytesIO(data)) as kept:
        names, classes = (tuple(str(kept[name]).split("\n")) for name in ("pieces", "classes"))
        weights = HALVES[kept["weights"].view(np.uint16)]
        signs = (kept["longer"], kept["lettered"]) if "longer" in kept else _signs(names)  # older ones do not say
        return Model(names, Known(names), kept["rarity"], weights, kept["bias"], classes, *signs)


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
    return Model(tuple(names), Known(names), rarity, weights, bias, tuple(classes), *_signs(names))


def _signs(names):
    """(v,) bool twice: of pieces, whether each shows more than one symbol, and whether it shows a letter."""
    told = [shown(piece) for piece in names]
    longer = np.fromiter((len(piece) > 1 for piece in told), dtype=bool, count=len(told))
    return longer, np.fromiter((any(map(str.isalpha, piece)) for piece in told), dtype=bool, count=len(told))


def joined(models):
    """Models over one list of pieces, so that the pieces of a text are looked up once for all of them."""
    known = Known(tuple(dict.fromkeys(name for model in models for name in model.names)))
    return [_widened(model, known) for model in models]


def _widened(model, known):
    places = np.fromiter(map(known.column.__getitem__, model.names), np.int64, len(model.names))
    parts = {name: np.zeros((len(known.column), *part.shape[1:]), part.dtype) for name, part in model.parts()}
    for name, part in model.parts():
        parts[name][places] = part
    return model._replace(names=known.names, known=known, **parts)
