"""Whose outline is it: the areas of a file matched to those that are known, by code, name, alias and sound."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import partial

from pypinyin import lazy_pinyin

HEADERS = {  # how files call their columns; the first that is there is taken
    "code": (
        *("code", "代码", "编码", "编号", "区划代码", "行政区划代码", "网格编码", "网格编号"),
        *("行政区划代", "行政区代码"),  # a Shapefile's header ends after ten bytes
        *("xzqdm", "zldwdm", "qhdm", "adcode", "pac", "dm", "bm"),
    ),
    "name": (
        *("name", "名称", "乡镇", "镇街", "街道", "村名", "社区", "网格名称", "路段", "行政区名称"),
        *("xzqmc", "zldwmc", "qhmc", "mc", "name_zh"),
    ),
    "town": ("town", "所属镇街", "所属乡镇", "镇街", "乡镇", "town_code"),
    "worker": ("worker", "网格员", "账号", "user"),
    "village": ("village", "村社", "村社区", "村", "社区", "村社编号", "village_code"),
    "people": ("people", "population", "人口", "人数", "常住人口", "总人口", "人口数", "pop", "rk"),
    "width": ("width", "宽度", "width_m", "宽"),
    "kind": ("kind", "类型", "类别"),
    "synthetic": ("synthetic", "示意"),
    "lon": ("lon", "经度", "lng", "longitude", "x"),
    "lat": ("lat", "纬度", "latitude", "y"),
}
TAILS = ("街道", "办事处", "社区", "镇", "乡", "村")
LATIN_TAILS = (
    *("jiedaobanshichu", "jiedao", "subdistrict", "township", "street", "town"),
    *("zhen", "xiang", "shequ", "village", "cun"),
)
OFFICES = (  # what an office calls itself, and the kind of place that it is the office of
    (re.compile("(?<=.)街(道办事处|道办|办)$"), "街道"),
    (re.compile("(?<=.)(社区)?(居民委员会|居委会)$"), "社区"),
    (re.compile("(?<=.)村?(村民委员会|村委会)$"), "村"),
)
BEFORE = re.compile(r"^(.{2,3}省)?(.{2,3}市)?(.{1,4}县)?")
NOTHING = ("nan", "nat", "none", "null", "<na>")  # how readers write an empty cell
HOW = ("code", "name", "alias", "short", "pinyin")  # strongest first


@dataclass(frozen=True)
class Known:
    """An area that is known already: its code and every way to write its name."""

    code: str
    name: str
    aliases: tuple = ()


@dataclass
class Match:
    """What a row of a file is: the code of a known area and how it was found, or None with the codes it might be."""

    code: str | None = None
    how: str = ""
    others: tuple = field(default_factory=tuple)


def column(columns, what, named=None):
    """The file's column for something: the one that was named, else the first header that says so, else None.

    Raises KeyError with the name when the one that was named is not there.
    """
    folded = {str(name).strip().casefold(): name for name in columns}
    if named:
        return folded.get(named.strip().casefold()) or _missing(named)
    return next((folded[header] for header in HEADERS[what] if header in folded), None)


def _missing(named):
    raise KeyError(named)


def tidy_code(value, digits=None):
    """A code as text: 610724101.0 and 610724101000 are 610724101 where nine digits are asked for."""
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    text = re.sub(r"(?<=\d)\.0+$", "", text)
    if text.lower() in NOTHING:
        return ""
    longer = digits and text.isdigit() and len(text) > digits and not text[digits:].strip("0")
    return text[:digits] if longer else text


def tidy_name(value):
    """A name in half width, single blanks at most, without its government; empty for nothing."""
    text = unicodedata.normalize("NFKC", str(value if value is not None else ""))
    text = re.sub(r"\s+", " ", text).strip().removesuffix("政府").removesuffix("人民").strip()
    return "" if text.lower() in NOTHING else text


def _inner(name):
    """A name without province, city and county before it, where two symbols are left, and of the place, not of its office."""
    whole = name.replace(" ", "")
    inner = BEFORE.sub("", whole)
    inner = inner if len(inner) > 1 else whole
    return next((office.sub(place, inner) for office, place in OFFICES if office.search(inner)), inner)


def short(name):
    """A name without the county before it and without what kind of place it is: 西乡县杨河镇 is 杨河."""
    inner = _inner(name)
    return next((inner.removesuffix(tail) for tail in TAILS if inner.endswith(tail) and len(inner) > len(tail)), inner)


def _sound(name):
    """A name in latin letters alone: 楊河鎮, Yánghé Zhèn and yang he zhen are yanghezhen."""
    latin = "".join(lazy_pinyin(_inner(name))).casefold().replace("ü", "v")
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", latin))


def sounded(name):
    """A name in latin letters without what kind of place it is; 楊河鎮, Yanghe Town and yang he zhen are yanghe."""
    text = _sound(name)
    return next((text.removesuffix(tail) for tail in LATIN_TAILS if text.endswith(tail) and len(text) > len(tail)), text)


WAYS = (  # (how, the spellings of a known area, those of a row's code and name): the narrower of one kind comes first
    ("code", lambda area: {area.code}, lambda code, name: {code}),
    ("name", lambda area: {area.name}, lambda code, name: {name}),
    ("name", lambda area: {_inner(area.name)}, lambda code, name: {_inner(name)}),
    ("alias", lambda area: {*area.aliases}, lambda code, name: {name, _inner(name)}),
    ("short", lambda area: {short(area.name)}, lambda code, name: {short(name)}),
    ("alias", lambda area: {short(alias) for alias in area.aliases}, lambda code, name: {name, short(name)}),
    ("pinyin", lambda area: {_sound(area.name)}, lambda code, name: {_sound(name)}),
    ("pinyin", lambda area: {_sound(area.name), sounded(area.name)}, lambda code, name: {_sound(name), sounded(name)}),
)


def match(rows, known, decide=lambda row, codes: None):
    """[Match] for each (code, name) of a file's rows, against [Known].

    The strongest way that finds any area decides among all, a weaker one only among those: where it leaves several, `decide`
    (row number, codes) may tell which it is. Rows that claim the same area: the strongest way keeps it; parts of one area
    under one code stay together; equals of different names are no match for anybody.
    """
    index = [{} for _way in WAYS]
    for area in known:
        for way, (_how, spell, _ask) in zip(index, WAYS, strict=True):
            for key in spell(area) - {""}:
                way.setdefault(key, set()).add(area.code)
    found = [_one(row, index, partial(decide, number)) for number, row in enumerate(rows)]
    return _undoubled(rows, found, index)


def _one(row, index, decide):
    others = set()
    for (how, _spell, ask), way in zip(WAYS, index, strict=True):
        found = set().union(*(way.get(key, ()) for key in ask(*row)))
        found = found & others if others else found
        chosen = next(iter(found)) if len(found) == 1 else decide(tuple(sorted(found))) if found else None
        if chosen:
            return Match(chosen, how)
        others = found or others
    return Match(None, "", tuple(sorted(others)))


def _undoubled(rows, matches, index):
    """Each known area for one row, or for several parts of one area."""
    claims = {}
    for row, found in enumerate(matches):
        if found.code:
            claims.setdefault(found.code, []).append(row)
    for code, claimants in claims.items():
        best = min(HOW.index(matches[row].how) for row in claimants)
        winners = [row for row in claimants if HOW.index(matches[row].how) == best]
        together = len(winners) == 1 or _are_parts([rows[row] for row in winners], code, HOW[best], index)
        for row in claimants:
            if row not in winners or not together:
                matches[row] = Match(None, "doubled", (code,))
    return matches


def _are_parts(rows, code, how, index):
    """Whether rows are parts of one area: of its code, and of no name of another area; else of one name and one code."""
    if how == "code":
        return all(_one(("", name), index, lambda codes: None).code in (None, code) for _code, name in rows)
    return len({(own, _inner(name)) for own, name in rows}) == 1
