"""Names that are written wrong: symbols of the same sound (traditional ones too), one wrong, missing or too many."""

from functools import lru_cache

from pypinyin import Style, pinyin

TAILS = ("街道", "社区", "社區", "村", "镇", "鎮", "乡", "鄉")
SHORTEST = 3  # symbols, with the tail
NOTHING = frozenset()
CLEAR = 3  # symbols before the tail: as long as this, one wrong symbol leaves no doubt; shorter ones need their town beside


@lru_cache(maxsize=8192)
def sound(symbol):
    """A symbol's sound without its tone, always the same one; other symbols stand for themselves."""
    return pinyin(symbol, style=Style.NORMAL, heteronym=False)[0][0]


def sounds(text):
    """The sounds of a text, symbol by symbol."""
    return tuple(sound(symbol) for symbol in text)


def shortened(text):
    """Every text that is one symbol shorter; the tail stays."""
    return {text[:i] + text[i + 1 :] for i in range(len(text) - 1)}


def is_clear(name):
    """Whether a name is long enough to be known by all but one of its symbols."""
    return len(_stem(name)) >= CLEAR


def _stem(name):
    """A name without its tail."""
    return name.removesuffix(max((tail for tail in TAILS if name.endswith(tail)), key=len))


class Misspelt:
    """Full names to look for when a text holds none that is written right."""

    def __init__(self, names):
        """names: full names with their tails, normalised."""
        self.names = {name for name in names if len(name) >= SHORTEST and name.endswith(TAILS) and not name.isascii()}
        self.heard, self.short = {}, {}
        for name in self.names:
            self.heard.setdefault(sounds(name), set()).add(name)
            for form in shortened(name):
                self.short.setdefault(form, set()).add(name)
        self.tails = {sounds(tail) for tail in TAILS}
        self.firsts, self.lasts = {name[0] for name in self.names}, {_stem(name)[-1] for name in self.names}
        self.longest = max(map(len, self.names), default=0) + 1

    def near(self, text):
        """[(start, end, name, by sound?)] of names that a normalised text may mean; they may overlap."""
        heard, seen = sounds(text), {}
        return [hit for end in self._ends(heard) for hit in self._ending(text, heard, end, seen)]

    def _ends(self, heard):
        """Where a tail ends, as it sounds."""
        return [i for i in range(SHORTEST, len(heard) + 1) if heard[i - 1 : i] in self.tails or heard[i - 2 : i] in self.tails]

    def _ending(self, text, heard, end, seen):
        """The hits that end there. seen: what was found for a part before, since a long text says the same again."""
        for length in range(2, min(self.longest, end) + 1):
            part = text[end - length : end]
            if part not in seen:
                seen[part] = self._meant_by(part, heard[end - length : end])
            for name, by_sound in seen[part]:
                yield end - length, end, name, by_sound

    def _meant_by(self, part, heard):
        """[(name, by sound?)] that a part of a text may be; heard: its sounds."""
        if not part.isalpha() or part.isascii():
            return ()
        by_sound, one_off = self.heard.get(heard, NOTHING), self._one_off(part)
        if not by_sound and not one_off:  # nearly always
            return ()
        return [(name, True) for name in by_sound] + [(name, False) for name in one_off - by_sound]

    def _one_off(self, part):
        """Names one edit away: a symbol missing, too many, or another one in its place; never the tail."""
        if part[0] not in self.firsts and self.lasts.isdisjoint(part[-3:-1]):  # one edit spares the first symbol or the last
            return NOTHING
        found = set(self.short.get(part, ()))
        for i in range(len(part) - 1):
            form = part[:i] + part[i + 1 :]
            found |= {form} & self.names
            found |= {name for name in self.short.get(form, ()) if name[:i] + name[i + 1 :] == form and len(name) == len(part)}
        return found
