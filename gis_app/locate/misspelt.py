"""Names that are written wrong: symbols of the same sound (traditional ones too), one wrong, missing or too many."""

from functools import lru_cache

from pypinyin import Style, pinyin

TAILS = ("街道", "社区", "社區", "村", "镇", "鎮", "乡", "鄉")
SHORTEST = 3  # symbols, with the tail
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
    return len(name) - max(len(tail) for tail in TAILS if name.endswith(tail)) >= CLEAR


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
        self.longest = max(map(len, self.names), default=0) + 1

    def near(self, text):
        """[(start, end, name, by sound?)] of names that a normalised text may mean; they may overlap."""
        return [hit for end in self._ends(text) for hit in self._ending(text, end)]

    def _ends(self, text):
        """Where a tail ends, as it sounds."""
        heard = sounds(text)
        return [i for i in range(SHORTEST, len(text) + 1) if heard[i - 1 : i] in self.tails or heard[i - 2 : i] in self.tails]

    def _ending(self, text, end):
        for length in range(2, min(self.longest, end) + 1):
            part = text[end - length : end]
            if not part.isalpha() or part.isascii():
                continue
            by_sound = self.heard.get(sounds(part), set())
            yield from ((end - length, end, name, True) for name in by_sound)
            yield from ((end - length, end, name, False) for name in self._one_off(part) - by_sound)

    def _one_off(self, part):
        """Names one edit away: a symbol missing, too many, or another one in its place; never the tail."""
        found = set(self.short.get(part, ()))
        for i in range(len(part) - 1):
            form = part[:i] + part[i + 1 :]
            found |= {form} & self.names
            found |= {name for name in self.short.get(form, ()) if name[:i] + name[i + 1 :] == form and len(name) == len(part)}
        return found
