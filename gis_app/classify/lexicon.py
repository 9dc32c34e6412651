"""The words of a county: those that speak for a kind of problem, for a matter that is not ours, for danger to life."""

import re
from typing import NamedTuple

import ahocorasick

from gis_app.models import Category, Danger, Handoff, remembered
from layers.simpler import composed, simpler

NEAR = 4  # symbols between a negation and the word that it denies
DENIES = re.compile("(?:不是|并非|不算|没说是)[^,，。]*$")


def normal(text):
    """Full width to half, capitals to small, traditional symbols plain; symbol for symbol as `locate` does, so that places agree.

    One symbol that stands for many does not make a text endless.
    """
    return simpler(composed(text).casefold())[: 2 * max(len(text), 50)]


def stretch(text, start, end):
    """What stands in a text where its normalised form has a stretch; in that form, where the two are not equally long."""
    plain = normal(text)
    return (text if len(text) == len(plain) else plain)[start:end].strip()


class Lexicon:
    """Words to owners; a word that many share says less."""

    def __init__(self, owners):
        """owners: [(owner, words)]."""
        self.owned = {}
        for owner, words in owners:
            for word in dict.fromkeys(normal(word) for word in words if word):
                self.owned.setdefault(word, []).append(owner)


class Lexicons(NamedTuple):
    """The words of categories, of matters that are not ours and of dangers, looked for in one pass."""

    kinds: Lexicon
    handoffs: Lexicon
    dangers: Lexicon
    automaton: ahocorasick.Automaton  # leads to (length, word, places of those that own it)

    @classmethod
    def of(cls, *lexicons):
        """These three, ready to be looked for."""
        automaton = ahocorasick.Automaton()
        for word in dict.fromkeys(word for lexicon in lexicons for word in lexicon.owned):
            owners = [place for place, lexicon in enumerate(lexicons) if word in lexicon.owned]
            automaton.add_word(word, (len(word), word, owners))
        if len(automaton):
            automaton.make_automaton()
        return cls(*lexicons, automaton)

    def heard(self, text):
        """For each lexicon the words in a normalised text, and the (start, end) of those that a negation denies (不是井盖).

        The longest first where they overlap; English on word borders; denied ones are not among the words.
        """
        hits = ([], [], [])
        if len(self.automaton):
            for last, (length, word, owners) in self.automaton.iter(text):
                for place in owners:
                    hits[place].append((last + 1 - length, last + 1, word))
        return [_told(text, _apart(text, found)) if found else ((), ()) for found in hits]


def _apart(text, hits):
    """[(start, end, word)] of the hits that count, in the order of the text."""
    kept, taken = [], bytearray(len(text))
    for start, end, word in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if not any(taken[start:end]) and _on_borders(text, start, end):
            kept.append((start, end, word))
            taken[start:end] = b"\1" * (end - start)
    return sorted(kept)


def _told(text, hits):
    """([words], [(start, end) of denied ones])."""
    denied = [(start, end) for start, end, _word in hits if _denied(text, start)]
    return [word for start, end, word in hits if (start, end) not in denied], denied


def _on_borders(text, start, end):
    """A word in latin letters must not begin or end inside another; a plural may follow."""
    if not text[start].isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 2]
    plural = after.startswith("s") and not (after[1:].isascii() and after[1:].isalpha())
    return not (before.isascii() and before.isalpha()) and (plural or not (after[:1].isascii() and after[:1].isalpha()))


def _denied(text, start):
    """Whether a negation stands just before, in the same clause."""
    return DENIES.search(text, max(0, start - NEAR - 2), start) is not None


@remembered("rules")
def categories():
    """{code: Category}, in order."""
    return {row.code: row for row in Category.objects.select_related("major").order_by("code")}


@remembered("rules")
def lexicons():
    """The county's Lexicons."""
    return Lexicons.of(
        Lexicon([(row.code, [*row.keywords, row.name]) for row in categories().values()]),
        Lexicon([(row, row.keywords) for row in Handoff.objects.order_by("code")]),
        Lexicon([(row, row.keywords) for row in Danger.objects.order_by("pk")]),
    )


@remembered("rules")
def addressees():
    """{code: Handoff}."""
    return {row.code: row for row in Handoff.objects.all()}


@remembered("rules")
def pairs():
    """{two neighbouring symbols: codes of categories whose words hold them}: faint evidence when no word is found."""
    index = {}
    for row in categories().values():
        for word in {*row.keywords, row.name}:
            for i in range(len(word) - 1):
                if not word[i : i + 2].isascii():
                    index.setdefault(word[i : i + 2], set()).add(row.code)
    return index


def weight(word):
    """What a word says: longer ones are more specific."""
    return 1.0 + (0.1 if word.isascii() else 0.35) * (len(word) - 2)


def evidence(words, lexicon):
    """{code: (weight, words)} of the words of a Lexicon that were found in a text."""
    weights = {}
    for word in dict.fromkeys(words):
        codes = lexicon.owned[word]
        for code in codes:
            total, spoken = weights.get(code, (0.0, ()))
            weights[code] = (total + weight(word) / len(codes), (*spoken, word))
    return weights


def faint(text):
    """{code: weight} by shared pairs of symbols, each weighted by how few categories it speaks for."""
    owners, weights = pairs(), {}
    for pair in dict.fromkeys(text[i : i + 2] for i in range(len(text) - 1)):  # in one order, so that sums agree everywhere
        for code in (codes := owners.get(pair, ())):
            weights[code] = weights.get(code, 0.0) + 0.2 / len(codes)
    return weights


def without_places(text, places):
    """The text with the stretches that name places blanked: 莲花路 is not a lotus."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
