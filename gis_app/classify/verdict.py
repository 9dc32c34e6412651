"""What: the kind of problem that a text speaks of, with the words that spoke for it; what is not ours; danger to life.

What was learned from texts decides, helped by the county's own words; where nothing has been learned the words alone do.
"""

import functools
from dataclasses import dataclass, field, replace

import numpy as np

from gis_app.classify.learned import learned
from gis_app.classify.lexicon import addressees, categories, evidence, faint, lexicons, normal, without_places
from gis_app.classify.parts import clauses, told_apart
from gis_app.models import Category, Danger, Handoff
from gis_app.words import Scope
from layers.ngrams import shown

SURE, MARGIN = 0.45, 0.12  # by words alone: the best must have this share, and lead the second by so much
WORD, WHOLE = 1.0, 4.0  # what a keyword's weight adds to the learned score of its kind; what more, when it is all there is
SHOWN = 5
BATCH = 256  # texts whose chances are worked out at once: a matrix that stays small


@dataclass(frozen=True)
class Guess:
    """A category with its share of the evidence (0–1), and why: the county's own words, else pieces of the text."""

    category: Category
    score: float
    because: tuple
    own_words: bool = True


@dataclass(frozen=True)
class Verdict:
    """What a text is about: guesses, best first; scope; whom to turn to; danger to life."""

    guesses: tuple
    sure: bool
    scope: str
    handoff: Handoff | None = None
    danger: Danger | None = None
    because_handoff: tuple = field(default=())
    text: str = field(default="", repr=False)  # normalised, without places

    @property
    def category(self):
        """The best guess, when it is sure."""
        return self.guesses[0].category if self.sure else None

    @functools.cached_property
    def parts(self):
        """Several problems in one text, as Parts, that of the best guess first; else empty. Found when asked for."""
        stretches = clauses(self.text)
        if len(stretches) < 2:
            return ()
        alone = classify_many([self.text[start:end] for start, end in stretches])
        return told_apart(self.text, stretches, alone, self.guesses[0].category.code)


@dataclass(frozen=True)
class Heard:
    """What the county's words found in one text: the text without places, then without what it denies; words for each matter.

    own: {code: (weight, words)}.
    """

    text: str
    told: str
    own: dict
    matters: list
    alarms: list


def read(text, places, lexicons):
    """The Heard of a text. places: (start, end) stretches of the normalised text that name places."""
    kinds, handoffs, dangers = lexicons
    text = without_places(normal(text), places)
    words, denied = kinds.heard(text)
    return Heard(text, without_places(text, denied), evidence(words), handoffs.find(text), dangers.find(text))


def as_heard(text, places=()):
    """A text as the models hear it: plain symbols, without the names of places and without what it denies."""
    return read(text, places, lexicons()).told


def classify(text, places=()):
    """What a text is about, as a Verdict. places: (start, end) stretches of the normalised text that name places."""
    return classify_many([text], [places])[0]


def classify_many(texts, places=()):
    """The Verdict of each text, the same that `classify` gives one by one. places: for each text its stretches, or for none."""
    words, verdicts, places = lexicons(), [], places or [()] * len(texts)
    for first in range(0, len(texts), BATCH):
        batch = zip(texts[first : first + BATCH], places[first : first + BATCH], strict=True)
        verdicts += judged([read(text, stretches, words) for text, stretches in batch])
    return verdicts


def judged(heard):
    """The Verdicts of Heard texts."""
    taught = learned()
    if taught is None:
        return [judged_by_words(each) for each in heard]
    counted = [taught.kinds.counted(each.told) for each in heard]
    features = [taught.kinds.features(*each) for each in counted]
    chances = taught.chances(features, [added(each) for each in heard])
    best = np.argsort(-chances, axis=1, kind="stable")[:, :SHOWN]
    shares, out = np.take_along_axis(chances, best, axis=1).tolist(), taught.chances_out(counted).tolist()
    return [
        judged_by_both(taught, *each) if each[0].own or says_something(taught.kinds, each[1]) else judged_by_words(each[0])
        for each in zip(heard, features, best.tolist(), shares, out, strict=True)
    ]


def judged_by_both(taught, heard, features, best, shares, out):
    """The Verdict by what was learned, and words. best, shares: the likeliest kinds, their chances. out: that it is not ours."""
    names = list(taught.codes)
    shares = {names[place]: chance for place, chance in zip(best, shares, strict=True) if chance >= 0}
    silent = [code for code in shares if code not in heard.own]
    because = taught.speaking(features, heard.text, silent) | {code: words for code, (_total, words) in heard.own.items()}
    first = next(iter(shares.values()))
    scope = taught.scope(heard.told, heard.own, heard.matters, first, out)
    found = verdict(heard, shares, because, scope != Scope.OUT and first >= taught.sure, scope)
    if scope == Scope.OUT and not found.handoff and (told := taught.matter_of(heard.told)) and told[0] in addressees():
        return replace(found, handoff=addressees()[told[0]], because_handoff=told[1])
    return found


def judged_by_words(heard):
    """The Verdict by the county's own words alone."""
    whispered = faint(heard.text)
    spoken = {code: total for code, (total, _words) in heard.own.items()}
    totals = {code: spoken.get(code, 0.0) + 0.3 * whispered.get(code, 0.0) for code in spoken.keys() | whispered.keys()}
    whole = sum(totals.values()) + 0.5
    best = sorted(totals, key=lambda code: (-totals[code], code))[:SHOWN] or list(categories())[:SHOWN]
    shares = {code: totals.get(code, 0.0) / whole for code in best}
    because = {code: words for code, (_total, words) in heard.own.items()}
    return verdict(heard, shares, because, is_sure_by_words(shares, heard.own), scope_by_words(heard.own, heard.matters))


def verdict(heard, shares, because, sure, scope):
    """The Verdict of a Heard text. shares: {code: share}, best first. because: {code: words}."""
    _kinds, handoffs, dangers = lexicons()
    kinds, matters, alarms = categories(), heard.matters, heard.alarms
    guesses = tuple(Guess(kinds[code], share, because.get(code, ()), code in heard.own) for code, share in shares.items())
    handoff = handoffs.owned[matters[0]][0] if matters else None
    danger = dangers.owned[alarms[0]][0] if alarms else None
    return Verdict(guesses, sure, scope, handoff, danger, tuple(matters), heard.text)


def is_sure_by_words(shares, words):
    """Whether words alone leave no doubt: they name the first kind, and it leads."""
    (first, share), *others = shares.items()
    return first in words and share >= SURE and share - (others[0][1] if others else 0.0) >= MARGIN


def scope_by_words(words, matters):
    """Whether it is ours, by words alone."""
    if words:
        return Scope.EDGE if matters else Scope.IN
    return Scope.OUT if matters else Scope.EDGE


def says_something(kinds, features):
    """Whether a text holds a piece with a letter that was ever heard: a bare number or a grimace is about nothing."""
    names = kinds.names
    return any(symbol.isalpha() for row in features[0].tolist() for symbol in shown(names[row]))


def added(heard):
    """{code: what the county's own words add to a learned score}: the more, the more of the text they are."""
    length = len(heard.text.strip())
    return {
        code: total * (WORD + WHOLE * min(1.0, sum(map(len, words)) / length)) for code, (total, words) in heard.own.items()
    }
