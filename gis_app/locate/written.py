"""How people write names: full width, traditional symbols, figures for numerals, latin letters with and without tones."""

import re

from pypinyin import lazy_pinyin

from layers.simpler import composed, simpler

VILLAGE_TAILS = ("社区居委会", "村委会", "居委会", "社区", "村")
TOWN_TAILS = ("街道", "镇", "乡")
LATIN_TAILS = {  # what stands for a tail in latin letters
    "village": ("cun", "shequ", "village", "community"),
    "town": ("zhen", "xiang", "jiedao", "town", "township", "street", "subdistrict"),
    "outside": ("xian", "qu", "county", "district"),
}
NUMERALS = dict(zip("一二三四五六七八九", "123456789", strict=True))


def normal(text):
    """Full width to half, capitals to small, symbol for symbol where Unicode allows it; traditional and toned ones plain."""
    return simpler(composed(text).casefold())


def spelled(name):
    """A name in latin letters, as people type it: without tones and spaces."""
    return "".join(lazy_pinyin(name))


def without(name, tails):
    """A name without its tail, when two symbols are left."""
    return next((name.removesuffix(tail) for tail in tails if name.endswith(tail) and len(name) > len(tail) + 1), name)


def bare(name):
    """A village's name without 村 or 社区."""
    return without(name, VILLAGE_TAILS)


def in_figures(name):
    """A name as speech recognition writes it: 八一村 is 81村, 十二岭村 is 12岭村."""
    return re.sub("[一二三四五六七八九十]+", _figure, name)


def _figure(found):
    numeral = found[0]
    if "十" not in numeral:
        return "".join(NUMERALS[symbol] for symbol in numeral)
    tens, _ten, ones = numeral.partition("十")
    return f"{NUMERALS.get(tens, '1')}{NUMERALS.get(ones, '0')}"


def in_latin(name, kind):
    """(bare spelling, spellings with a tail) of a name of a kind."""
    stem = spelled(without(name, VILLAGE_TAILS if kind == "village" else TOWN_TAILS if kind == "town" else ("县", "区")))
    return stem, {spelled(name), *(stem + tail for tail in LATIN_TAILS[kind])}
