"""Words to places: names of towns, villages and addresses found in free text, the longest first."""

import json
import unicodedata
from dataclasses import dataclass

import ahocorasick
from django.conf import settings
from pypinyin import lazy_pinyin

from gis_app.locate.misspelt import Misspelt, is_clear
from gis_app.locate.place import Candidate, Place
from gis_app.locate.points import active_edition, at_point, county
from gis_app.locate.typed import Typed
from gis_app.models import Address, Village, remembered
from gis_app.words import Precision, Reading

VILLAGE_TAILS = ("社区居委会", "村委会", "居委会", "社区", "村")
NOT_A_PLACE_BEFORE = "路街巷里水岸滩边桥道沟"  # 莲花路 is not 莲花社区, 大河里 is a river
PLACE_AFTER = (  # a place stands before these
    *("街上", "菜市场", "市场", "幼儿园", "小学", "中学", "桥头", "村委会", "卫生室"),
    *("卫生院", "车站", "广场", "门口", "路口", "那边", "这边", "外面"),
)
HOME = ("家住", "住在", "我是", "我家在", "我屋在", "本人是", "老家", "来自", "户籍", "户口在", "家在", "我们是")
CONFIDENCE = {"both": 0.95, Precision.ADDRESS: 0.9, Precision.VILLAGE: 0.85, Precision.TOWN: 0.8}


@dataclass(frozen=True)
class Name:
    """A name in the gazetteer and what it may mean. Weak: a bare short name that is also an everyday word."""

    text: str
    kind: str  # town, village, address, outside
    codes: tuple
    weak: bool = False


@dataclass(frozen=True)
class Found:
    """A name in a text, from start to end (in the normalised text)."""

    start: int
    end: int
    name: Name


def normal(text):
    """Full width to half, capitals to small, symbol for symbol where Unicode allows it."""
    return unicodedata.normalize("NFKC", text).casefold()


def spelled(name):
    """A name in latin letters, as people type it: without tones and spaces."""
    return "".join(lazy_pinyin(name))


def bare(name):
    """A village's name without 村 or 社区."""
    return next((name.removesuffix(tail) for tail in VILLAGE_TAILS if name.endswith(tail) and len(name) > len(tail) + 1), name)


class Gazetteer:
    """Every name, in one automaton. Names are normalised; the same name may mean several places."""

    def __init__(self):
        self.meant = {}
        self.towns = active_edition().towns
        self.villages = {row.code: row for row in Village.objects.select_related("town").order_by("code")}
        self.addresses = {str(row.pk): row for row in Address.objects.select_related("town", "village")}
        self._learn()
        self.automaton = ahocorasick.Automaton()
        for text, kinds in self.meant.items():
            self.automaton.add_word(text, [Name(text, kind, tuple(sorted(codes)), weak) for (kind, weak), codes in kinds.items()])
        self.automaton.make_automaton()
        self.misspelt = Misspelt(text for text, kinds in self.meant.items() if any(not weak for _kind, weak in kinds))

    def _add(self, text, kind, code, weak=False):
        if len(text) > 1:
            self.meant.setdefault(normal(text), {}).setdefault((kind, weak), set()).add(code)

    def _learn(self):
        for code, town in self.towns.items():
            self._add(town.name, "town", code)
            self._add(spelled(town.name), "town", code)
            self._add(" ".join(lazy_pinyin(town.name)), "town", code)
            for alias in town.aliases:
                self._add(alias, "town", code, weak=len(alias) < 3 and alias[-1] not in "镇乡")
                self._add(spelled(alias), "town", code)
        town_names = {name for town in self.towns.values() for name in (town.name, *town.aliases)}
        for code, village in self.villages.items():
            for name in {village.name, village.official_name.removesuffix("委会") or village.name, *village.aliases}:
                self._add(name, "village", code)
            self._add(spelled(village.name), "village", code)
            if (short := bare(village.name)) not in town_names:  # the bare name means the town
                self._add(short, "village", code, weak=True)
        for key, address in self.addresses.items():
            self._add(address.name, "address", key)
        for name in neighbour_names():
            self._add(name, "outside", name)

    def find(self, text):
        """Names in a normalised text, from left to right, the longest first where they overlap."""
        hits = [Found(end + 1 - len(name.text), end + 1, name) for end, names in self.automaton.iter(text) for name in names]
        hits = [hit for hit in hits if self._stands(text, hit)]
        taken, kept = [], []
        for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
            if all(hit.end <= start or end <= hit.start or (start, end) == (hit.start, hit.end) for start, end in taken):
                taken.append((hit.start, hit.end))
                kept.append(hit)
        return sorted(kept, key=lambda h: h.start)

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
                beside = kind == "village" and self.villages[code].town.code in towns
                if heard or beside or is_clear(meant):
                    likely.setdefault((not beside, not heard, start - end, start, kind), {})[code] = meant
        return _apart(likely)

    def _meanings(self, name, settled):
        """(kind, code) of what a full name means; towns only when none is named already."""
        kinds = ("village", "address") if settled else ("village", "address", "town")
        return [(kind, code) for (kind, weak), codes in self.meant[name].items() for code in codes if not weak and kind in kinds]

    @staticmethod
    def _stands(text, hit):
        """Whether a hit is a word here: latin letters on borders, a weak name not inside 莲花路."""
        if hit.name.text.isascii():
            return not (text[hit.start - 1 : hit.start].isalpha() and text[hit.start - 1 : hit.start].isascii()) and not (
                text[hit.end : hit.end + 1].isalpha() and text[hit.end : hit.end + 1].isascii()
            )
        after = text[hit.end :]
        return not hit.name.weak or after.startswith(PLACE_AFTER) or not after.startswith(tuple(NOT_A_PLACE_BEFORE))


def _apart(likely):
    """Found names from {(…, minus length, start, kind): {code: name}}, the smallest key first, without those that overlap."""
    found = []
    for (*_rank, length, start, kind), codes in sorted(likely.items()):
        end = start - length
        if all(end <= hit.start or hit.end <= start for hit in found):
            found.append(Found(start, end, Name(min(codes.values()), kind, tuple(sorted(codes)))))
    return found


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


def named_places(text):
    """The stretches of a text that name places, as (start, end) in the normalised text: no evidence for what is wrong."""
    return [(hit.start, hit.end) for hit in gazetteer().find(normal(text)) if not hit.name.weak]


def in_words(text):
    """The Place that a free text names. Reading: one, ambiguous (with candidates), outside or none.

    A village with its town beats one alone, a village beats a town; two equal readings are ambiguous, never a guess.
    """
    words = gazetteer()
    text = normal(text).replace(normal(county()["name"]), " ")
    found = of_the_problem(text, words.find(text))
    if not any(hit.name.kind in ("village", "address") and not hit.name.weak for hit in found):
        found = of_the_problem(text, sorted([*found, *words.guess(text, found)], key=lambda hit: hit.start))
    elsewhere = next((hit for hit in found if hit.name.kind == "outside"), None)
    named = [hit.name for hit in found if hit.name.kind == "town"]
    if elsewhere:  # 石泉县城关镇: what every county has, or a bare word, does not bring it back to ours
        named = [name for name in named if not name.weak and len(name.codes) == 1]
    towns = {code for name in named for code in name.codes}
    spots = _spots(words, text, found, towns)
    if spots:
        return _settle(words, spots, towns)
    if towns:
        return _choose([_town_candidate(words.towns[code]) for code in sorted(towns)])
    if elsewhere:
        return Place(Reading.OUTSIDE, outside=elsewhere.name.text, edition=active_edition().pk)
    return Place(Reading.NONE, edition=active_edition().pk)


def of_the_problem(text, found):
    """Without the names that say where the writer lives, when others are left."""
    home = []
    for hit in found:
        if text[: hit.start].rstrip().endswith(HOME) or (home and home[-1].end == hit.start):
            home.append(hit)
    others = [hit for hit in found if hit not in home]
    return others if any(hit.name.kind in ("town", "village", "address") and not hit.name.weak for hit in others) else found


def _spots(words, text, found, towns):
    """One set of villages or addresses for each name in the text; a weak name needs its town, or a word of places, beside it."""
    spots = []
    for hit in found:
        if hit.name.kind not in ("village", "address"):
            continue
        rows = [_row(words, hit.name.kind, code) for code in hit.name.codes]
        clear = not hit.name.weak or text.strip() == hit.name.text or text[hit.end :].startswith(PLACE_AFTER)
        rows = [row for row in rows if clear or row.town.code in towns]
        if rows:
            spots.append(rows)
    return spots


def _row(words, kind, code):
    return words.villages[code] if kind == "village" else words.addresses[code]


def _settle(words, spots, towns):
    """The spot that agrees with a named town, else the first; several of them are ambiguous."""
    agreeing = [[row for row in rows if row.town.code in towns] for rows in spots]
    chosen = next((rows for rows in agreeing if rows), None)
    if chosen:
        return _choose([_spot_candidate(row, CONFIDENCE["both"]) for row in chosen])
    candidates = [_spot_candidate(row, CONFIDENCE[_precision(row)]) for row in spots[0]]
    return _choose(candidates + [_town_candidate(words.towns[code]) for code in sorted(towns)])


def _precision(row):
    return Precision.ADDRESS if isinstance(row, Address) else Precision.VILLAGE


def _spot_candidate(row, score):
    village = row if isinstance(row, Village) else row.village
    return Candidate(row.town, village, _precision(row), score, row.point.x, row.point.y, f"{row.town.name} {row.name}")


def _town_candidate(town):
    return Candidate(town, None, Precision.TOWN, CONFIDENCE[Precision.TOWN], name=town.name)


def _choose(candidates):
    """One candidate is the place; more are a question."""
    edition = active_edition().pk
    if len(candidates) > 1:
        share = 1 / len(candidates)
        return Place(Reading.AMBIGUOUS, confidence=share, candidates=tuple(candidates), edition=edition)
    only = candidates[0]
    around = at_point(only.lon, only.lat) if only.lon is not None else None
    return Place(
        precision=only.precision,
        confidence=only.score,
        town=only.town,
        village=only.village,
        grid=around.grid if around else None,
        zones=around.zones if around and only.precision == Precision.ADDRESS else (),
        lon=only.lon,
        lat=only.lat,
        candidates=(only,),
        name=only.name,
        edition=edition,
    )


def suggest(text, most=8):
    """Candidates whose name holds what somebody has typed so far, those that begin with it first."""
    part = normal(text).strip()
    return tuple(completions().holding(part, most)) if 0 < len(part) <= 20 else ()


@remembered("places")
def completions():
    """Every town, village and address by what people type."""
    words = gazetteer()
    named = [(normal(town.name), spelled(town.name), _town_candidate(town)) for town in words.towns.values()]
    named += [(normal(row.name), spelled(row.name), _spot_candidate(row, 0.5)) for row in words.villages.values()]
    return Typed(named + [(normal(row.name), "", _spot_candidate(row, 0.5)) for row in words.addresses.values()])
