"""What: the kind of problem that a text speaks of, with the words that spoke for it; what is not ours; danger to life.

What was learned from texts decides, helped by the county's own words; where nothing has been learned the words alone do.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from gis_app.classify.learned import SHOWN, learned
from gis_app.classify.lexicon import addressees, categories, evidence, faint, lexicons, normal, without_places
from gis_app.classify.parts import clauses, is_bold, may_be_parts, others_in, told_apart
from gis_app.models import Category, Danger, Handoff
from gis_app.words import Scope

SURE, MARGIN = 0.45, 0.12  # by words alone: the best must have this share, and lead the second by so much
WORD, WHOLE = 1.0, 4.0  # what a keyword's weight adds to the learned score of its kind; what more, when it is all there is
BATCH = 256  # texts whose chances are worked out at once: matrices that stay in the processor's cache


@dataclass(frozen=True)
class Guess:
    """A category with its share of the evidence (0–1), and why: the county's own words, else pieces of the text."""

    category: Category
    score: float
    own_words: tuple = ()
    pieces: Callable | None = field(default=None, repr=False, compare=False)  # {code: those of the text}; few ask, it takes long

    @functools.cached_property
    def because(self):
        """Why: words, the county's own or the text's."""
        return self.own_words or (self.pieces().get(self.category.code, ()) if self.pieces else ())


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
        return parts_of([self])[0]


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
    return listened(without_places(normal(text), places), lexicons)


def listened(text, lexicons):
    """The Heard of a normalised text without places."""
    (words, denied), (matters, _denied), (alarms, _denied) = lexicons.heard(text)
    return Heard(text, without_places(text, denied), evidence(words, lexicons.kinds), matters, alarms)


def as_heard(text, places=()):
    """A text as the models hear it: plain symbols, without the names of places and without what it denies."""
    return read(text, places, lexicons()).told


def classify(text, places=()):
    """What a text is about, as a Verdict. places: (start, end) stretches of the normalised text that name places."""
    return classify_many([text], [places])[0]


def classify_many(texts, places=()):
    """The Verdict of each text, the same that `classify` gives one by one. places: for each text its stretches, or for none."""
    words, places = lexicons(), places or [()] * len(texts)
    heard = [read(text, stretches, words) for text, stretches in zip(texts, places, strict=True)]
    return [sketch.verdict() for sketch in sketches(heard)]


def parts_of(verdicts):
    """For each of many Verdicts its parts, found together.

    Most texts have none, and that shows early: clauses that might speak of another problem are heard first, the others of a text
    only where one of those does, and to the end only what may be parts.
    """
    bold = kinds_in(verdicts, [others_in(verdict.text) for verdict in verdicts])
    bold = [any(is_bold(verdict, *each) for each in told) for verdict, told in zip(verdicts, bold, strict=True)]
    left = [verdict for verdict, some in zip(verdicts, bold, strict=True) if some]
    likely = list(map(may_be_parts, left, kinds_in(left, [clauses(verdict.text) for verdict in left])))
    alone = iter(sketches([each for few in likely for *_stretch, each in few]))
    told = [[(start, end, next(alone)) for start, end, _heard in few] for few in likely]
    found = iter([told_apart(*each) if each[1] else () for each in zip(left, told, strict=True)])
    return [next(found) if some else () for some in bold]


def kinds_in(verdicts, stretches):
    """For each Verdict [(start, end, code of the likeliest kind, its share, what was heard)] of stretches of its text."""
    words = lexicons()
    texts = [verdict.text[start:end] for verdict, some in zip(verdicts, stretches, strict=True) for start, end in some]
    heard = [listened(text, words) for text in texts]
    kinds = iter(zip(first_kinds(heard), heard, strict=True))
    return [[(*stretch, *kind, each) for stretch, (kind, each) in zip(some, kinds, strict=False)] for some in stretches]


def first_kinds(heard):
    """[(code of the likeliest kind, its share)] of many Heard texts: as their Sketches have it, in half the time."""
    taught, found = learned(), []
    for first in range(0, len(heard) if taught else 0, BATCH):
        some = heard[first : first + BATCH]
        kinds, chances, spoken = taught.first([each.told for each in some], [added(each) for each in some])
        names = list(taught.codes)
        for each, kind, chance, known in zip(some, kinds.tolist(), chances.tolist(), spoken.tolist(), strict=True):
            found.append((names[kind], chance) if each.own or known else sketch_by_words(each)[:2])
    return found if taught else [sketch_by_words(each)[:2] for each in heard]


class Sketch(NamedTuple):
    """What a text is about at first sight: the code of the likeliest kind, its share, and what makes the Verdict."""

    code: str
    share: float
    verdict: Callable


def sketches(heard):
    """The Sketch of each of many Heard texts."""
    taught, found = learned(), []
    if taught is None:
        return [sketch_by_words(each) for each in heard]
    for first in range(0, len(heard), BATCH):
        found += sketched(taught, heard[first : first + BATCH])
    return found


def sketched(taught, heard):
    """The Sketches of a batch, by what was learned."""
    by_models = taught.hear([each.told for each in heard], [added(each) for each in heard])
    names, spoken, out = list(taught.codes), by_models.spoken.tolist(), by_models.out.tolist()
    together, found = zip(heard, by_models.kinds.tolist(), by_models.chances.tolist(), strict=True), []
    for number, (each, kinds, chances) in enumerate(together):
        if each.own or spoken[number]:
            shares = {names[kind]: chance for kind, chance in zip(kinds, chances, strict=True) if chance >= 0}
            make = functools.partial(judged_by_both, taught, each, shares, out[number], (by_models, number))
            found.append(Sketch(names[kinds[0]], chances[0], make))
        else:
            found.append(sketch_by_words(each))
    return found


def sketch_by_words(heard):
    """The Sketch by words alone."""
    found = judged_by_words(heard)
    return Sketch(found.guesses[0].category.code, found.guesses[0].score, lambda: found)


def judged_by_both(taught, heard, shares, out, place):
    """The Verdict by what was learned, and words. shares: {code: chance}, the likeliest first. out: how likely it is not ours.

    place: (what the models heard, number of the text in it).
    """
    first = next(iter(shares.values()))
    scope = taught.scope(heard.told, heard.own, heard.matters, first, out)
    silent = [code for code in shares if code not in heard.own]
    pieces = functools.cache(functools.partial(taught.speaking, *place, heard.text, silent))
    told = taught.matter_of(*place) if scope == Scope.OUT and not heard.matters else None
    return verdict(heard, shares, pieces, scope != Scope.OUT and first >= taught.sure, scope, told)


def judged_by_words(heard):
    """The Verdict by the county's own words alone."""
    whispered = faint(heard.text)
    spoken = {code: total for code, (total, _words) in heard.own.items()}
    totals = {code: spoken.get(code, 0.0) + 0.3 * whispered.get(code, 0.0) for code in spoken.keys() | whispered.keys()}
    whole = sum(totals.values()) + 0.5
    best = sorted(totals, key=lambda code: (-totals[code], code))[:SHOWN] or list(categories())[:SHOWN]
    shares = {code: totals.get(code, 0.0) / whole for code in best}
    return verdict(heard, shares, None, is_sure_by_words(shares, heard.own), scope_by_words(heard.own, heard.matters))


def verdict(heard, shares, pieces, sure, scope, told=None):
    """The Verdict of a Heard text. shares: {code: share}, best first. pieces: → {code: why}. told: whose it is, and why."""
    every, kinds, own, because = lexicons(), categories(), heard.own, tuple(heard.matters)
    guesses = tuple([Guess(kinds[code], share, own[code][1] if code in own else (), pieces) for code, share in shares.items()])
    handoff = every.handoffs.owned[because[0]][0] if because else None
    if told and told[0] in addressees():
        handoff, because = addressees()[told[0]], told[1]
    danger = every.dangers.owned[heard.alarms[0]][0] if heard.alarms else None
    return Verdict(guesses, sure, scope, handoff, danger, because, heard.text)


def is_sure_by_words(shares, words):
    """Whether words alone leave no doubt: they name the first kind, and it leads."""
    (first, share), *others = shares.items()
    return first in words and share >= SURE and share - (others[0][1] if others else 0.0) >= MARGIN


def scope_by_words(words, matters):
    """Whether it is ours, by words alone."""
    if words:
        return Scope.EDGE if matters else Scope.IN
    return Scope.OUT if matters else Scope.EDGE


def added(heard):
    """{code: what the county's own words add to a learned score}: the more, the more of the text they are."""
    length = len(heard.text.strip())
    return {
        code: total * (WORD + WHOLE * min(1.0, sum(map(len, words)) / length)) for code, (total, words) in heard.own.items()
    }
