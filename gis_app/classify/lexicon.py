"""The words of a county: those that speak for a kind of problem, for a matter that is not ours, for danger to life."""

import unicodedata

import ahocorasick

from gis_app.models import Category, Danger, Handoff, remembered
from layers.simpler import SIMPLER

NEGATIONS = ("不是", "并非", "不算", "没说是")
NEAR = 4  # symbols between a negation and the word that it denies


def normal(text):
    """Full width to half, capitals to small, traditional symbols plain; symbol for symbol as `locate` does, so that places agree.

    One symbol that stands for many does not make a text endless.
    """
    return unicodedata.normalize("NFKC", text).casefold().translate(SIMPLER)[: 2 * max(len(text), 50)]


def stretch(text, start, end):
    """What stands in a text where its normalised form has a stretch; in that form, where the two are not equally long."""
    plain = normal(text)
    return (text if len(text) == len(plain) else plain)[start:end].strip()


class Lexicon:
    """Words to owners in one automaton; a word that many share says less."""

    def __init__(self, owners):
        """owners: [(owner, words)]."""
        self.owned = {}
        for owner, words in owners:
            for word in {normal(word) for word in words if word}:
                self.owned.setdefault(word, []).append(owner)
        self.automaton = ahocorasick.Automaton()
        for word in self.owned:
            self.automaton.add_word(word, word)
        if self.owned:
            self.automaton.make_automaton()

    def find(self, text):
        """Words in a normalised text, the longest first where they overlap; English on word borders, denied ones left out."""
        return self.heard(text)[0]

    def heard(self, text):
        """(words as `find` gives them, the (start, end) of those that a negation denies: 不是井盖)."""
        words, denied = [], []
        for start, end, word in self.stand(text):
            if _denied(text, start):
                denied.append((start, end))
            else:
                words.append(word)
        return words, denied

    def stand(self, text):
        """(start, end, word) of all words in a normalised text, denied ones too; the longest first where they overlap."""
        if not self.owned:
            return []
        hits = [(end + 1 - len(word), end + 1, word) for end, word in self.automaton.iter(text)]
        if not hits:
            return hits
        kept, taken = [], bytearray(len(text))
        for start, end, word in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
            if not any(taken[start:end]) and _on_borders(text, start, end):
                kept.append((start, end, word))
                taken[start:end] = b"\1" * (end - start)
        return sorted(kept)


def _on_borders(text, start, end):
    """A word in latin letters must not begin or end inside another; a plural may follow."""
    if not text[start].isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 2]
    plural = after.startswith("s") and not (after[1:].isascii() and after[1:].isalpha())
    return not (before.isascii() and before.isalpha()) and (plural or not (after[:1].isascii() and after[:1].isalpha()))


def _denied(text, start):
    """Whether a negation stands just before, in the same clause."""
    before = text[max(0, start - NEAR - 2) : start]
    clause = before.replace("，", ",").replace("。", ",").rsplit(",", 1)[-1]
    return any(word in clause for word in NEGATIONS)


@remembered("rules")
def categories():
    """{code: Category}, in order."""
    return {row.code: row for row in Category.objects.select_related("major").order_by("code")}


@remembered("rules")
def lexicons():
    """The words of categories, of matters that are not ours and of dangers."""
    return (
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


def evidence(words):
    """{code: (weight, words)} of the keywords that were found in a text."""
    owned, weights = lexicons()[0].owned, {}
    for word in dict.fromkeys(words):
        codes = owned[word]
        for code in codes:
            total, spoken = weights.get(code, (0.0, ()))
            weights[code] = (total + weight(word) / len(codes), (*spoken, word))
    return weights


def faint(text):
    """{code: weight} by shared pairs of symbols, each weighted by how few categories it speaks for."""
    owners, weights = pairs(), {}
    for pair in {text[i : i + 2] for i in range(len(text) - 1)}:
        for code in (codes := owners.get(pair, ())):
            weights[code] = weights.get(code, 0.0) + 0.2 / len(codes)
    return weights


def without_places(text, places):
    """The text with the stretches that name places blanked: 莲花路 is not a lotus."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
