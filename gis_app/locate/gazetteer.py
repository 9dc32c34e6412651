"""The county's names, and where a text holds them: in symbols, in latin letters, written wrong; the longest first."""

import csv
import json
import re
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick
import shapely
from django.conf import settings

from gis_app.errors import OutsideArea, SwappedCoordinates
from gis_app.locate.everyday import EVERYDAY, WHOLE_BEFORE, is_an_everyday_word_here
from gis_app.locate.misspelt import Misspelt, is_clear
from gis_app.locate.points import active_edition, county, town_of, zones
from gis_app.locate.written import TOWN_TAILS, bare, in_figures, in_latin, normal, without
from gis_app.models import Address, Town, Village, remembered
from gis_app.words import Precision

WEAK, LIKELY, SURE = 0, 1, 2  # a name that needs its town; one that is no everyday word; a full name
OLD_TOWNS = ("乡", "镇", "公社")  # many a village was the seat of one before towns were merged
ZONE_TAILS = ("包联路段", "责任路段", "路段", "包联区", "责任区")
FAR_AWAY = (  # with their 省 or 市: a noodle shop of 兰州 stays a shop
    *("四川省", "四川", "重庆市", "湖北省", "河南省", "山西省", "甘肃省", "宁夏", "内蒙古", "河北省", "山东省", "江苏省"),
    *("浙江省", "上海市", "北京市", "北京", "天津市", "广东省", "福建省", "湖南省", "贵州省", "云南省", "西安市", "咸阳市"),
    *("宝鸡市", "渭南市", "铜川市", "延安市", "榆林市", "商洛市", "安康市", "成都市", "达州市", "巴中市", "广元市", "绵阳市"),
    *("万源市", "十堰市", "武汉市", "郑州市", "兰州市", "深圳市", "广州市", "杭州市", "苏州市", "南京市", "东莞市"),
)
LATIN = re.compile("[a-z](?:[a-z' -]*[a-z])?")


@dataclass(frozen=True)
class Name:
    """A name in the gazetteer and what it may mean."""

    text: str
    kind: str  # town, village, address, zone, outside
    codes: tuple
    level: int = SURE

    @property
    def weak(self):
        """Whether it may be no name at all."""
        return self.level < SURE

    @property
    def is_far(self):
        """Whether it is a city or province that most texts mention in passing."""
        return self.kind == "outside" and self.level == WEAK


class Found(NamedTuple):
    """A name in a text, from start to end (in the normalised text)."""

    start: int
    end: int
    name: Name


@dataclass(frozen=True)
class Spot:
    """A village, an address or a zone as words lead to it. lon, lat: WGS84 degrees."""

    name: str
    town: Town
    village: Village | None
    precision: str
    lon: float
    lat: float


class Gazetteer:
    """Every name, in two automata. Names are normalised; the same name may mean several places."""

    def __init__(self):
        self.meant, self.latin = {}, {}
        self.county = normal(county()["name"])
        self.towns = active_edition().towns
        villages = list(Village.objects.select_related("town").order_by("code"))
        self.spots = {("village", row.code): _spot(row, row, Precision.VILLAGE) for row in villages}
        for row in Address.objects.filter(edition__active=True).select_related("town", "village").order_by("pk"):
            self.spots["address", str(row.pk)] = _spot(row, row.village, Precision.ADDRESS)
        self.spots |= _zone_spots()
        self._learn(villages)
        self.symbols, self.letters = _automaton(self.meant), _automaton(self.latin)
        self.misspelt = Misspelt(text for text, kinds in self.meant.items() if any(level == SURE for _kind, level in kinds))

    def _add(self, text, kind, code, level=SURE, into=None):
        if len(text) > 1:
            (self.meant if into is None else into).setdefault(normal(text), {}).setdefault((kind, level), set()).add(code)

    def _add_latin(self, name, kind, code, level=SURE):
        stem, full = in_latin(name, kind)
        for text in full:
            self._add(text, kind, code, into=self.latin)
        if stem not in full and len(stem) > 3:
            self._add(stem, kind, code, level, into=self.latin)

    def _learn(self, villages):
        for code, town in self.towns.items():
            self._add(town.name, "town", code)
            for alias in {*town.aliases, *(without(alias, TOWN_TAILS) for alias in town.aliases)}:  # 城关镇 is 城关
                self._add(alias, "town", code, WEAK if len(alias) < 3 and alias[-1] not in "镇乡" else SURE)
            for name in (town.name, *town.aliases):
                self._add_latin(name, "town", code)
        self.town_names = {name for town in self.towns.values() for name in (town.name, *town.aliases)}
        self.full_names = {name for row in villages for name in (row.name, *row.aliases)}
        for row in villages:
            self._learn_village(row)
        for (kind, key), spot in self.spots.items():
            if kind in ("address", "zone"):
                for name in _names_of(kind, spot.name):
                    self._add(name, kind, key)
        for name in neighbour_names():
            self._add(name, "outside", name, SURE if name.endswith(("县", "区")) else LIKELY)
            self._add_latin(name, "outside", name)
        for name in neighbour_towns():
            if normal(name) not in self.meant:  # what means something here is ours
                self._add(name, "outside", name, LIKELY)
        for name in FAR_AWAY:
            self._add(name, "outside", name, WEAK)

    def _learn_village(self, row):
        """A village's full names, then what is left of them in speech, and what they were called before."""
        code, short = row.code, bare(row.name)
        for name in {row.name, row.official_name.removesuffix("委会") or row.name, *row.aliases}:
            self._add(name, "village", code)
            self._add(in_figures(name), "village", code)
        self._add_latin(row.name, "village", code, WEAK)
        own = LIKELY if short not in EVERYDAY else WEAK
        for tail in ("村", "社区"):  # people do not tell them apart
            if short + tail not in self.full_names:
                self._add(short + tail, "village", code, own)
        if short in self.town_names:  # the bare name means the town
            return
        for text in {short, in_figures(short)}:
            self._add(text, "village", code, own if len(short) > 2 else WEAK)
        for tail in OLD_TOWNS:
            self._add(short + tail, "village", code, own)

    def find(self, text):
        """Names in a normalised text, from left to right, the longest first where they overlap."""
        hits = [Found(end + 1 - len(name.text), end + 1, name) for end, names in self.symbols.iter(text) for name in names]
        towns_end = {hit.end for hit in hits if hit.name.kind == "town"}
        hits = [hit for hit in hits if not is_an_everyday_word_here(text, hit, towns_end)] + self._in_letters(text)
        if len(hits) < 2:
            return hits
        taken, kept = set(), []  # (start, end) of the names that hold their symbols
        for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
            start, end = hit.start, hit.end
            if (start, end) in taken or all([end <= s or e <= start for s, e in taken]):
                taken.add((start, end))
                kept.append(hit)
        return sorted(kept, key=lambda h: h.start)

    def _in_letters(self, text):
        """Names in latin letters, whatever the spaces: they begin and end where words do, or where another name does."""
        found = []
        for run in LATIN.finditer(text):
            places = [i for i in range(run.start(), run.end()) if text[i].isalpha()]
            word = "".join(text[i] for i in places)
            hits = [(end + 1 - len(name.text), end + 1, name) for end, names in self.letters.iter(word) for name in names]
            edges = {0, len(word)} | {k for k in range(1, len(word)) if places[k] - places[k - 1] > 1}
            begins = _reached(edges, [(start, end) for start, end, _name in hits])
            ends = _reached(edges, [(end, start) for start, end, _name in hits])
            found += [Found(places[a], places[b - 1] + 1, name) for a, b, name in hits if a in begins and b in ends]
        return found

    def guess(self, text, found):
        """Names that are written wrong, where none was found: of those that overlap the likeliest, equals as one name of many.

        A village beside its town is likelier than one of the same sound; a short name with a wrong symbol needs its town.
        """
        towns = {code for hit in found if hit.name.kind == "town" for code in hit.name.codes}
        settled = any(hit.name.kind in ("town", "outside") for hit in found)
        taken = [(hit.start, hit.end) for hit in found if not hit.name.weak]
        likely = {}
        for start, end, meant, heard in self.misspelt.near(text):
            if any(start < e and s < end for s, e in taken):
                continue
            for kind, code in self._meanings(meant, settled):
                beside = kind == "village" and self.spots[kind, code].town.code in towns
                if heard or beside or is_clear(meant):
                    likely.setdefault((not beside, not heard, start - end, start, kind), {})[code] = meant
        return _apart(likely)

    def _meanings(self, name, settled):
        """(kind, code) of what a full name means; towns only when none is named already."""
        kinds = ("village", "address") if settled else ("village", "address", "town")
        full = [(kind, codes) for (kind, level), codes in self.meant[name].items() if level == SURE and kind in kinds]
        return [(kind, code) for kind, codes in full for code in codes]


def _automaton(meant):
    automaton = ahocorasick.Automaton()
    for text, kinds in meant.items():
        automaton.add_word(text, [Name(text, kind, tuple(sorted(codes)), level) for (kind, level), codes in kinds.items()])
    automaton.make_automaton()
    return automaton


def _reached(edges, steps):
    """The edges, and what steps (from, to) lead to from them; all steps go one way."""
    reached, steps = set(edges), sorted(set(steps))
    for start, to in steps if steps and steps[0][0] < steps[0][1] else reversed(steps):
        if start in reached:
            reached.add(to)
    return reached


def _apart(likely):
    """Found names from {(…, minus length, start, kind): {code: name}}, the smallest key first, without those that overlap."""
    found = []
    for (*_rank, length, start, kind), codes in sorted(likely.items()):
        end = start - length
        if all(end <= hit.start or hit.end <= start for hit in found):
            found.append(Found(start, end, Name(min(codes.values()), kind, tuple(sorted(codes)))))
    return found


def _spot(row, village, precision):
    return Spot(row.name, row.town, village, precision, row.point.x, row.point.y)


def _zone_spots():
    """{("zone", code): Spot}: a zone's name leads to a point inside it. One that lies beyond the county is left out."""
    areas, spots = zones(), {}
    for zone, outline in zip(areas.rows, areas.outlines, strict=True):
        point = shapely.point_on_surface(outline)
        try:
            town = town_of(point.x, point.y)
        except (OutsideArea, SwappedCoordinates):
            continue
        spots["zone", zone.code] = Spot(zone.name, town, None, Precision.ADDRESS, point.x, point.y)
    return spots


def _names_of(kind, name):
    """How an address or a zone is called: 莲花路包联路段（示例） is 莲花路包联路段, and its street is 莲花路."""
    if kind == "address":
        return {name}
    plain = re.sub(r"[（(].*?[)）]", "", name).strip()
    street = without(plain, ZONE_TAILS)
    return {name, plain} | ({street} if len(street) > 2 and street.endswith(("路", "街", "巷", "道", "市场")) else set())


@remembered("places")
def gazetteer():
    """The county's names, ready to be looked for."""
    return Gazetteer()


def neighbour_names():
    """Names that say a place is elsewhere: the counties around, with and without 县 or 区."""
    path = settings.FIXTURES / "neighbours.geojson"
    if not path.exists():
        return set()
    names = {f["properties"]["name"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]}
    return names | {name[:-1] for name in names if len(name) > 2}


def neighbour_towns():
    """Names of the towns of the counties around; not those that are a word of their own, as 新集镇 is any new 集镇."""
    path = settings.FIXTURES / "neighbour_towns.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8-sig", newline="") as file:
        names = [name for row in csv.DictReader(file) if (name := (row.get("name") or "").strip())]
    return [name for name in names if not (name[0] in "新老旧大小" and name[1:] in WHOLE_BEFORE)]
