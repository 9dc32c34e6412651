"""What was learned from texts: the models in use, kept in the database, the same in every process."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gis_app.classify.lexicon import categories
from gis_app.models import Training, remembered
from gis_app.words import Scope
from layers.ngrams import Model, Weighed, honest, joined, probabilities, unpacked
from layers.pieces import Counts

# A kind that is as likely as this keeps a text, unless it is as surely not ours as that. Measured on writers whom nobody taught:
# of what is ours 0.9 % is turned away, of what is not 72 % are called so. With 0.8: 2.4 and 80 %; with 0.3: 0.4 and 61 %.
CLEAR, SURELY_OUT = 0.45, 0.97
SAYS_NOTHING = 5  # symbols: 你们好 is nobody's matter
FEWEST = 2  # kinds between which something can have been learned
EDGE = 0.4  # of what makes a text called out: above this share of it nobody can tell
SHOWN = 5  # kinds


class Heard(NamedTuple):
    """What the models make of n texts.

    kinds: (n, SHOWN) int, the likeliest kinds by their places; chances: (n, SHOWN) float, −1 for one that neither texts nor words
    speak of. out: (n,) float, the chance that it is none of the county's. spoken: (n,) bool, whether a piece with a letter is
    known: a bare number or a grimace is about nothing.
    """

    counts: Counts
    weighed: Weighed
    kinds: np.ndarray
    chances: np.ndarray
    out: np.ndarray
    spoken: np.ndarray


@dataclass(frozen=True)
class Learned:
    """The models of a Training: of kinds, of whether it is ours, and of whose it is when not.

    heat: of their softmaxes. slope, offset: what makes the chance of a kind an honest one (Platt). sure: the chance from which
    a kind is certain enough. out: the one from which a text is not ours. codes: {code of a kind: its place among the chances}.
    matter: the chance from which somebody is told whom to turn to.
    """

    kinds: Model
    ours: Model
    heat: float
    heat_ours: float
    slope: float
    offset: float
    sure: float
    out: float
    codes: dict
    matters: Model | None = None
    heat_matters: float = 1.0
    matter: float = 1.0

    def hear(self, texts, more):
        """Heard of n texts. more: n {code: what its own words add to a score}."""
        counts = self.kinds.known.count(texts)
        weighed = self.kinds.weighed(counts)
        kinds, chances = self._likeliest(weighed, more)
        return Heard(counts, weighed, kinds, chances, self._chances_out(counts), self._spoken(counts, len(texts)))

    def first(self, texts, more):
        """Of what `hear` tells (n,) the likeliest kind by its place, (n,) its chance, (n,) bool spoken; in half the time."""
        counts = self.kinds.known.count(texts)
        scores = self._scores(self.kinds.weighed(counts), more)
        best = scores.argmax(axis=1)
        top = scores[np.arange(len(scores)), best]
        chances = 1 / np.exp(scores - top[:, None]).sum(axis=1)
        return best, honest(chances, self.slope, self.offset), self._spoken(counts, len(texts))

    @cached_property
    def _taught(self):
        """{code of a kind: its place among those that were taught}."""
        return {code: place for place, code in enumerate(self.kinds.classes)}

    def _spoken(self, counts, n):
        return np.bincount(counts.owners(), self.kinds.lettered[counts.rows], n) > 0

    def _scores(self, weighed, more):
        """(n, k) float: what speaks for each kind, −∞ where neither texts nor words do."""
        hot = self.kinds.scored(weighed).astype(float) * self.heat
        scores = np.full((len(hot), len(self.codes)), -np.inf)
        scores[:, [self.codes[code] for code in self.kinds.classes]] = hot
        for row, added in enumerate(more):
            for code, much in added.items():
                has = scores[row, self.codes[code]]
                scores[row, self.codes[code]] = much + (np.median(hot[row]) if np.isinf(has) else has)  # has only words yet
        return scores

    def _likeliest(self, weighed, more):
        """(n, SHOWN) kinds, the likeliest first, and (n, SHOWN) their chances."""
        scores = self._scores(weighed, more)
        most = min(SHOWN, len(self.codes))
        best, every = scores.argpartition(-most, axis=1)[:, -most:], np.arange(len(scores))[:, None]
        best = best[every, (-scores[every, best]).argsort(axis=1, kind="stable")]
        chances = honest(probabilities(scores, 1.0)[every, best], self.slope, self.offset)
        return best, np.where(np.isinf(scores[every, best]), -1.0, chances)

    def _chances_out(self, counts):
        """(n,) how likely it is that texts are none of the county's kinds."""
        scores = self.ours.scored(self.ours.weighed(counts))
        return probabilities(scores, self.heat_ours)[:, self.ours.classes.index("out")]

    def speaking(self, heard, number, text, codes):
        """{code: pieces of a text, the one of that number, that speak for it}, to see why; for kinds that were taught."""
        known = [code for code in codes if code in self._taught]
        told = self.kinds.speaking(*heard.weighed.of(number), [self._taught[code] for code in known])
        return {code: tuple(word for word in words if word in text) for code, words in zip(known, told, strict=True)}

    def matter_of(self, heard, number):
        """(code, pieces that speak for it) of whose affair a text is that is not ours, or None where that is in doubt."""
        if self.matters is None:
            return None
        weighed = self.matters.weighed(heard.counts.of(number))
        chances = probabilities(self.matters.scored(weighed)[0], self.heat_matters)
        best = int(chances.argmax())
        if chances[best] < self.matter or not weighed.heavy.any():
            return None
        return self.matters.classes[best], self.matters.speaking(*weighed.of(0), [best])[0]

    def scope(self, text, words, matters, best, chance):
        """Whether a text is ours: the county's own words keep it from being called out, words of others from being called in.

        best: the chance of the likeliest kind; when that is clear, only what is surely out is called so. chance: that it is out.
        """
        ours = not matters and (words or (best >= CLEAR and chance < SURELY_OUT))
        if len(text.strip()) < SAYS_NOTHING and not matters:
            return Scope.IN if words else Scope.EDGE
        if not ours and chance >= (EDGE if matters and not words else 1) * self.out:
            return Scope.OUT
        return Scope.IN if chance < EDGE * self.out and not matters else Scope.EDGE


@remembered("rules")
def learned():
    """The Learned in use, or None where nothing has been taught of the kinds that there are."""
    row = Training.objects.filter(active=True).first()
    if row is None:
        return None
    kinds = unpacked(bytes(row.kinds)).only(categories())
    if len(kinds.classes) < FEWEST:
        return None
    figures = {name: row.report[name] for name in ("heat", "heat_ours", "slope", "offset", "sure", "out")}
    models = {"kinds": kinds, "ours": unpacked(bytes(row.ours))}
    if row.matters:
        figures |= {name: row.report[name] for name in ("heat_matters", "matter")}
        models["matters"] = unpacked(bytes(row.matters))
    models = dict(zip(models, joined(models.values()), strict=True))
    return Learned(**models, **figures, codes={code: place for place, code in enumerate(categories())})
