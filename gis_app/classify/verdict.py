"""What: the kind of problem that a text speaks of, with the words that spoke for it; what is not ours; danger to life.

What was learned from texts decides, helped by the county's own words; where nothing has been learned the words alone do.
"""

from dataclasses import dataclass, field

from gis_app.classify.learned import learned
from gis_app.classify.lexicon import categories, evidence, faint, lexicons, normal, without_places
from gis_app.models import Category, Danger, Handoff
from gis_app.words import Scope

SURE, MARGIN = 0.45, 0.12  # by words alone: the best must have this share, and lead the second by so much
WORD, WHOLE = 1.0, 4.0  # what a keyword's weight adds to the learned score of its kind; what more, when it is all there is
SHOWN = 5


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

    @property
    def category(self):
        """The best guess, when it is sure."""
        return self.guesses[0].category if self.sure else None


def by_words(text):
    """({code: share of the evidence}, {code: words}) by the county's own words alone."""
    spoken, whispered = evidence(text), faint(text)
    totals = {code: spoken.get(code, (0.0, ()))[0] + 0.3 * whispered.get(code, 0.0) for code in spoken.keys() | whispered.keys()}
    whole = sum(totals.values()) + 0.5
    return {code: total / whole for code, total in totals.items()}, {code: words for code, (_total, words) in spoken.items()}


def ranked(shares):
    """The codes of the likeliest kinds, best first; some kinds even when nothing speaks for any."""
    return sorted(shares, key=lambda code: (-shares[code], code))[:SHOWN] or list(categories())[:SHOWN]


def is_sure_by_words(best, shares, words):
    """Whether words alone leave no doubt: they name the first kind, and it leads."""
    lead = shares.get(best[0], 0.0) - (shares.get(best[1], 0.0) if len(best) > 1 else 0.0)
    return bool(words.get(best[0])) and shares[best[0]] >= SURE and lead >= MARGIN


def says_something(text, features):
    """Whether a text holds a letter, and a piece that was ever heard: a bare number or a grimace is about nothing."""
    return len(features[0]) > 0 and any(symbol.isalpha() for symbol in text)


def spoken(total, words, text):
    """What the county's own words add to a learned score: the more, the more of the text they are."""
    return total * (WORD + WHOLE * min(1.0, sum(map(len, words)) / len(text.strip())))


def scope_by_words(words, matters):
    """Whether it is ours, by words alone."""
    if words:
        return Scope.EDGE if matters else Scope.IN
    return Scope.OUT if matters else Scope.EDGE


def classify(text, places=()):
    """What a text is about, as a Verdict. places: (start, end) stretches of the normalised text that name places."""
    text = without_places(normal(text), places)
    shares, words = by_words(text)
    _categories, handoffs, dangers = lexicons()
    matters, alarms = handoffs.find(text), dangers.find(text)
    heard = without_places(text, _categories.denied(text))
    taught = learned()
    features = taught.kinds.features(heard) if taught else ()
    if taught is None or not (words or says_something(heard, features)):
        best, speaking = ranked(shares), words
        sure, scope = is_sure_by_words(best, shares, words), scope_by_words(words, matters)
    else:
        shares = taught.shares(features, {code: spoken(total, words, text) for code, (total, words) in evidence(text).items()})
        best = ranked(shares)
        speaking = {code: words.get(code) or taught.speaking(features, text, code) for code in best}
        scope = taught.scope(heard, words, matters, shares[best[0]])
        sure = scope != Scope.OUT and shares[best[0]] >= taught.sure
    guesses = tuple(Guess(categories()[code], shares.get(code, 0.0), speaking.get(code, ()), code in words) for code in best)
    return Verdict(
        guesses,
        sure,
        scope,
        handoffs.owned[matters[0]][0] if matters else None,
        dangers.owned[alarms[0]][0] if alarms else None,
        tuple(matters),
    )
