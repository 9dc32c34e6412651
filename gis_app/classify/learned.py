"""What was learned from texts: the models in use, kept in the database, the same in every process."""

from dataclasses import dataclass

import numpy as np

from gis_app.classify.lexicon import categories
from gis_app.models import Training, remembered
from gis_app.words import Scope
from layers.ngrams import Model, honest, joined, probabilities, unpacked

CLEAR, SURELY_OUT = 0.8, 0.97  # a kind that is as likely as this keeps a text, unless it is as surely not ours as that
SAYS_NOTHING = 5  # symbols: 你们好 is nobody's matter
FEWEST = 2  # kinds between which something can have been learned
EDGE = 0.4  # of what makes a text called out: above this share of it nobody can tell


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

    def chances(self, features, more):
        """(n, c) float: how likely each of the county's kinds is for n texts; −1 for one that neither texts nor words speak of.

        features: n of the kinds' model. more: n {code: what its own words add to a score}.
        """
        hot = np.array([self.kinds.scored(*each) for each in features], dtype=float) * self.heat
        scores = np.full((len(hot), len(self.codes)), -np.inf)
        scores[:, [self.codes[code] for code in self.kinds.classes]] = hot
        for row, (score, added) in enumerate(zip(scores, more, strict=True)):
            for code, much in added.items():
                place = self.codes[code]
                score[place] = much + (np.median(hot[row]) if np.isinf(score[place]) else score[place])  # has only words yet
        return np.where(np.isinf(scores), -1.0, honest(probabilities(scores, 1.0), self.slope, self.offset))

    def chances_out(self, counted):
        """(n,) how likely it is that texts, as counted pieces, are none of the county's kinds."""
        scores = np.array([self.ours.scored(*self.ours.features(*each)) for each in counted])
        return probabilities(scores, self.heat_ours)[:, self.ours.classes.index("out")]

    def speaking(self, features, text, codes):
        """{code: pieces of the text that speak for it}, for people to see why; for the kinds that were taught."""
        known = [code for code in codes if code in self.kinds.classes]
        told = self.kinds.speaking(*features, [self.kinds.classes.index(code) for code in known])
        return {code: tuple(word for word in words if word in text) for code, words in zip(known, told, strict=True)}

    def matter_of(self, text):
        """(code, pieces that speak for it) of whose affair a text is that is not ours, or None where that is in doubt."""
        if self.matters is None:
            return None
        features = self.matters.features(*self.matters.counted(text))
        chances = probabilities(self.matters.scored(*features), self.heat_matters)
        best = int(chances.argmax())
        if chances[best] < self.matter or not len(features[0]):
            return None
        return self.matters.classes[best], self.matters.speaking(*features, [best])[0]

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
    if row.matters:
        figures |= {name: row.report[name] for name in ("heat_matters", "matter")} | {"matters": unpacked(bytes(row.matters))}
    codes = {code: place for place, code in enumerate(categories())}
    return Learned(*joined(kinds, unpacked(bytes(row.ours))), **figures, codes=codes)
