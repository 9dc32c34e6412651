"""Several problems in one text: which of its clauses speak, surely, of another kind than the first.

Only proposed to the desk: nobody splits a ticket by this alone.
"""

import re
from dataclasses import dataclass

from gis_app.words import Scope

CLAUSE = re.compile(r"[^,，。.!！?？;；:：\n]+")
MOST = 3
FIRST = 0.5  # from which a clause says what the whole text says first
# Another problem's clause must be as likely as this, less with the county's own words, and say more than what came of the
# first one (臭气熏天, 我妈坐轮椅); after words that announce it less is enough.
BOLD, BOLD_WORDS, LONG, LONG_LATIN = 0.985, 0.88, 8, 20
ANNOUNCED, SHORT = 0.7, 4
LIKE_FIRST = 0.15  # a clause that may as well be about the first problem is no other one
ANNOUNCES = re.compile(
    r"\s*(?:还有|另外|此外|其次|再就是|再一个|再说|顺便|同时|以及|并且|第[二三]|[二三]是|[2-9]\s*、|[②③]"
    r"|also\b|another\b|besides\b|and there\b)"
)
ASIDE = re.compile(  # what is not there (any more), what is asked for, what it does to people, who speaks
    r"万一|如果|要是|担心|怀疑|可能|恐怕|以为|去年|之前|修好|解决了|请|诉求|希望|要求|建议|影响|我[开做在是]|afraid\b|if\b|worried|please\b"
)


@dataclass(frozen=True)
class Part:
    """One of several problems: where the normalised text says it, and the Guess of its kind."""

    start: int
    end: int
    guess: object

    @property
    def category(self):
        return self.guess.category

    @property
    def score(self):
        return self.guess.score

    @property
    def because(self):
        return self.guess.because


def clauses(text):
    """[(start, end)] of the clauses of a normalised text that say anything."""
    return [found.span() for found in CLAUSE.finditer(text) if len(found[0].strip()) >= SHORT]


def others_in(text):
    """As `clauses`, those that may speak of another problem than the text's first; none where there is one clause alone."""
    found = clauses(text)
    return [(start, end) for start, end in found if may_stand(text[start:end])] if len(found) > 1 else []


def is_bold(whole, start, end, code, share, _heard):
    """Whether a clause may be another part of a text, by its likeliest kind and that one's share alone. whole: its Verdict."""
    return code != whole.guesses[0].category.code and stands_alone(whole.text[start:end], share)


def may_be_parts(whole, told):
    """[(start, end, what was heard)] of the clauses that may be parts of a text; empty where no two can be.

    whole: its Verdict. told: (start, end, code of the likeliest kind, its share, what was heard) of all its clauses.
    """
    first = whole.guesses[0].category.code
    likely = [each for each in told if (each[2] == first and each[3] >= FIRST) or is_bold(whole, *each)]
    if not {first} < {code for _start, _end, code, *_rest in likely}:
        return []
    return [(start, end, heard) for start, end, _code, _share, heard in likely]


def told_apart(whole, sketches):
    """The Parts of a text, that of its first kind at the head; empty unless there are two kinds, the first among them.

    whole: its Verdict. sketches: (start, end, Sketch) of those of its clauses that may be parts, each heard alone.
    """
    first, found = whole.guesses[0].category.code, {}
    likely = [each for each in sketches if each[2].share >= FIRST]
    if not {first} < {sketch.code for _start, _end, sketch in likely}:
        return ()
    for start, end, sketch in likely:
        if sketch.code not in found and (sketch.code == first or is_another(whole.text[start:end], sketch.verdict(), first)):
            found[sketch.code] = Part(start, end, sketch.verdict().guesses[0])
    return (found.pop(first), *found.values())[:MOST] if len(found) > 1 else ()


def is_another(clause, verdict, first):
    """Whether a clause, by its Verdict, speaks of another problem than the first."""
    like_first = sum(guess.score for guess in verdict.guesses if guess.category.code == first)
    return verdict.scope != Scope.OUT and like_first < LIKE_FIRST and is_told(clause, verdict.guesses[0])


def is_told(clause, best):
    """Whether a clause speaks of another problem in its own right. best: its likeliest Guess."""
    if not stands_alone(clause, best.score):
        return False
    return best.own_words or best.score >= BOLD or ANNOUNCES.match(clause.strip()) is not None


def stands_alone(clause, share):
    """Whether a clause whose likeliest kind has this share may speak of another problem, if the county's own words say so."""
    if not may_stand(clause):
        return False
    return share >= (ANNOUNCED if ANNOUNCES.match(clause.strip()) else BOLD_WORDS)


def may_stand(clause):
    """Whether a clause may speak of another problem by how it is said."""
    clause = clause.strip()
    if ASIDE.search(clause):
        return False
    return len(clause) >= (LONG_LATIN if clause.isascii() else LONG) or ANNOUNCES.match(clause) is not None
