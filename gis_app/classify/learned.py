"""What was learned from texts: the models in use, kept in the database, the same in every process."""

from dataclasses import dataclass

import numpy as np

from gis_app.classify.lexicon import categories
from gis_app.models import Training, remembered
from gis_app.words import Scope
from layers.ngrams import Model, honest, probabilities, unpacked

CLEAR, SURELY_OUT = 0.8, 0.97  # a kind that is as likely as this keeps a text, unless it is as surely not ours as that
SAYS_NOTHING = 5  # symbols: 你们好 is nobody's matter
FEWEST = 2  # kinds between which something can have been learned
EDGE = 0.4  # of what makes a text called out: above this share of it nobody can tell


@dataclass(frozen=True)
class Learned:
    """The two models of a Training: of kinds, and of whether it is ours.

    heat: of their softmaxes. slope, offset: what makes the chance of a kind an honest one (Platt). sure: the chance from which
    a kind is certain enough. out: the one from which a text is not ours.
    """

    kinds: Model
    ours: Model
    heat: float
    heat_ours: float
    slope: float
    offset: float
    sure: float
    out: float

    def shares(self, features, more):
        """{code: chance}, of the kinds that the county has. more: {code: what its own words add to a score}."""
        hot = self.kinds.scored(*features) * self.heat
        scores = {code: float(score) for code, score in zip(self.kinds.classes, hot, strict=True) if code in categories()}
        scores |= {code: float(np.median(hot)) for code in more.keys() - scores.keys()}  # a kind that has only words yet
        chances = probabilities([score + more.get(code, 0.0) for code, score in scores.items()], 1.0)
        return dict(zip(scores, honest(chances, self.slope, self.offset).tolist(), strict=True))

    def speaking(self, features, text, code):
        """Pieces of the text that speak for a kind, for people to see why."""
        if code not in self.kinds.classes:
            return ()
        return tuple(word for word in self.kinds.speaking(*features, self.kinds.classes.index(code)) if word in text)

    def chance_out(self, text):
        """How likely it is that a text is none of the county's kinds."""
        return float(probabilities(self.ours.scores(text), self.heat_ours)[self.ours.classes.index("out")])

    def scope(self, text, words, matters, best):
        """Whether a text is ours: the county's own words keep it from being called out, words of others from being called in.

        best: the chance of the likeliest kind; when that is clear, only what is surely out is called so.
        """
        chance = self.chance_out(text)
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
    kinds = unpacked(bytes(row.kinds))
    if len(categories().keys() & set(kinds.classes)) < FEWEST:
        return None
    figures = {name: row.report[name] for name in ("heat", "heat_ours", "slope", "offset", "sure", "out")}
    return Learned(kinds, unpacked(bytes(row.ours)), **figures)
