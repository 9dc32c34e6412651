"""Several problems in one text: which of its clauses speak, surely, of another kind than the first.

Only proposed to the desk: nobody splits a ticket by this alone.
"""

import re
from dataclasses import dataclass

from gis_app.models import Category
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
    """One of several problems: where the normalised text says it, its kind and how likely, and why (as in a Guess)."""

    start: int
    end: int
    category: Category
    score: float
    because: tuple


def clauses(text):
    """[(start, end)] of the clauses of a normalised text that say anything."""
    return [found.span() for found in CLAUSE.finditer(text) if len(found[0].strip()) >= SHORT]


def told_apart(text, stretches, verdicts, first):
    """The Parts of a text, that of the kind `first` (a code) at the head; empty unless there are two kinds, `first` among them.

    stretches: (start, end) of its clauses. verdicts: what each of them says alone.
    """
    found = {}
    for (start, end), verdict in zip(stretches, verdicts, strict=True):
        best, scores = verdict.guesses[0], {guess.category.code: guess.score for guess in verdict.guesses}
        same = best.category.code == first and best.score >= FIRST
        other = verdict.scope != Scope.OUT and scores.get(first, 0.0) < LIKE_FIRST and is_told(text[start:end], best)
        if same or other:
            found.setdefault(best.category.code, Part(start, end, best.category, best.score, best.because))
    if first not in found or len(found) < 2:
        return ()
    return (found.pop(first), *found.values())[:MOST]


def is_told(clause, best):
    """Whether a clause speaks of another problem in its own right. best: its likeliest Guess."""
    clause = clause.strip()
    if ASIDE.search(clause):
        return False
    if ANNOUNCES.match(clause):
        return best.score >= ANNOUNCED
    return best.score >= (BOLD_WORDS if best.own_words else BOLD) and len(clause) >= (LONG_LATIN if clause.isascii() else LONG)
