"""Words to places, seen with other eyes: cases by kind, every village in every way of saying it, zones, and how long it takes."""

import random
import time

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from gis_app import locate
from gis_app.locate.written import in_figures, spelled
from gis_app.models import Boundary, Edition, Stamp, Zone
from gis_app.words import EditionKind
from tests import place_table
from tests.conftest import LOTUS_LANE
from tests.test_fixtures import rows

pytestmark = pytest.mark.django_db
KNOWN_MISSES = {  # texts of place_cases_fresh.csv that are read otherwise; a mended one must be taken off this list
    "沙河石料多少钱一方",  # gravel, read as 沙河镇
}
TOWNS = {town["code"]: town["name"] for town in rows("towns.csv")}
VILLAGES = rows("villages.csv")


def short(name):
    """A name as people say it."""
    return next((name.removesuffix(tail) for tail in ("街道", "社区", "镇", "村") if name.endswith(tail) and len(name) > 2), name)


SAYINGS = {  # how people put a town and a village into words
    "short": lambda town, village: f"我是来反映{short(town)}{village}没水的",
    "pinyin": lambda town, village: f"{spelled(town)} {spelled(village)} lu deng bu liang",
    "joined": lambda town, village: spelled(town) + spelled(village),
    "english": lambda town, village: f"Broken lamp at {spelled(short(village))} village, {spelled(short(town)).title()} Town.",
    "home": lambda town, village: f"我家住茶镇木竹坝村，今天去{town}{village}看亲戚，发现桥断了",
    "denied": lambda town, village: f"不是茶镇南沟村，是{short(town)}{village}的桥断了",
    "lorry": lambda town, village: f"从镇巴来的车把{short(town)}{village}的路压坏了",
    "whole": lambda town, village: f"陕西省汉中市西乡县{town}{village}5组",
    "figures": lambda town, village: f"{town}{in_figures(village)}的灯",
}


def test_fresh_cases_are_read_as_people_mean_them():
    told = place_table.cases("place_cases_fresh.csv")
    missed = {case["text"] for case in told if not place_table.is_right(locate.in_words(case["text"]), case)}
    assert missed == KNOWN_MISSES
    assert len(told) >= 280 and sum(case["reading"] == "none" for case in told) >= 70


@pytest.mark.parametrize("town", [row["name"] for row in rows("neighbour_towns.csv")])
def test_a_town_of_a_neighbouring_county_is_elsewhere_unless_its_name_means_something_here(town):
    told = locate.in_words(f"{town}路灯不亮")
    here = {short(name) for name in (*TOWNS.values(), *(row["name"] for row in VILLAGES))} | {"城关"}
    if short(town) in here:
        assert told.reading != "outside"
    else:
        assert told.reading == ("none" if town == "新集镇" else "outside")  # 新集镇 is any new 集镇


def test_an_everyday_name_before_a_school_needs_its_town(db):
    assert locate.in_words("胜利小学门口堵").reading == "none"
    home = next(row for row in VILLAGES if row["name"] == "胜利村")
    assert locate.in_words(f"{TOWNS[home['town']]}胜利小学门口堵").village.name == "胜利村"


def test_no_case_is_counted_twice_and_every_kind_has_its_line():
    texts = [case["text"] for name in ("place_cases_own.csv", "place_cases_fresh.csv") for case in place_table.cases(name)]
    assert len(texts) == len(set(texts))
    assert {case["kind"] for case in place_table.cases("place_cases_fresh.csv")} == set(place_table.KINDS)


def test_the_table_adds_up():
    *_lines, total = place_table.lines(locate.in_words)
    told = sum(len(place_table.cases(f"place_cases{name}.csv")) for name in ("", "_own", "_fresh"))
    assert f"**{told}**" in total and f"**{told - len(KNOWN_MISSES)} (" in total


@pytest.mark.parametrize("saying", SAYINGS.values(), ids=SAYINGS)
def test_every_village_is_found_however_it_is_said(saying):
    wrong = []
    for row in VILLAGES:
        if row["name"] in ("木竹坝村", "南沟村"):  # they are the other place in two of the sayings
            continue
        place = locate.in_words(saying(TOWNS[row["town"]], row["name"]))
        if place.reading != "one" or place.village is None or place.village.code != row["code"]:
            wrong.append(row["name"])
    assert wrong == []


def test_a_village_is_found_by_its_short_name_beside_its_towns():
    towns = {short(name) for name in TOWNS.values()}
    for row in VILLAGES:
        if short(row["name"]) in towns:  # 杨河 means the town
            continue
        place = locate.in_words(f"我们{short(TOWNS[row['town']])}的{short(row['name'])}停电两天了")
        assert place.village and place.village.code == row["code"], row["name"]


def test_a_denied_town_settles_which_of_two_villages_is_meant():
    assert locate.in_words("回龙村的桥垮了，不是子午那个").town.name == "骆家坝镇"
    assert locate.in_words("不是骆家坝，回龙村卫生室没人").town.name == "子午镇"


def test_the_old_seat_is_a_question_with_its_tail_or_without():
    for text in ("城关镇", "城关", "城关街上的路灯"):
        assert {row.town.name for row in locate.in_words(text).candidates} == {"城北街道", "城南街道"}, text
    assert locate.in_words("石泉城关").reading == "outside"
    assert locate.in_words("县城关闭了几个停车场").reading == "none"


def test_a_hamlet_that_is_called_like_a_village_elsewhere_stays_in_its_town():
    place = locate.in_words("沙河镇王家坝的路")
    assert (place.town.name, place.precision) == ("沙河镇", "town")


def test_work_elsewhere_does_not_carry_the_place_away():
    assert locate.in_words("我在石泉打工，老家茶镇南沟村门口的路烂了").village.name == "南沟村"
    assert locate.in_words("家住茶镇，昨天看到洋县那边的路断了").reading == "outside"


# ---- zones


@pytest.fixture
def lotus_zone(db):
    """A zone at 莲花路, as a clerk has loaded it."""
    lon, lat = LOTUS_LANE
    zone = Zone.objects.create(code="610724Z99", name="莲花路包联路段（示例）", kind="包联")
    Edition.objects.filter(kind=EditionKind.ZONES).update(active=False)
    edition = Edition.objects.create(kind=EditionKind.ZONES, source="test", digest="test", active=True)
    around = Polygon.from_bbox((lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))
    Boundary.objects.create(edition=edition, code=zone.code, name=zone.name, outline=MultiPolygon(around, srid=4326))
    Stamp.bump("places")
    return zone


@pytest.mark.parametrize("text", ["莲花路包联路段的垃圾桶满了", "莲花路有人占道", "城北莲花路井盖没了", "莲花路包联路段（示例）"])
def test_a_zone_that_is_named_is_the_place(lotus_zone, text):
    place = locate.in_words(text)
    assert (place.reading, place.precision, place.town.code) == ("one", "address", "610724001")
    assert abs(place.lon - LOTUS_LANE[0]) < 0.001 and abs(place.lat - LOTUS_LANE[1]) < 0.001
    assert lotus_zone.name in [found.name.split(" ", 1)[1] for found in locate.suggest("莲花路")]


def test_without_its_zone_a_road_is_no_village():
    assert locate.in_words("莲花路有人占道").reading == "none"
    assert locate.in_words("城北莲花路井盖没了").precision == "town"


# ---- how long it takes


def least(text, turns=5):
    """Processor seconds of the quickest of some readings."""
    spent = []
    for _ in range(turns):
        began = time.process_time()
        locate.in_words(text)
        spent.append(time.process_time() - began)
    return min(spent)


def test_a_long_text_is_read_quickly():
    texts = [case["text"] for case in place_table.cases("place_cases_fresh.csv")]
    assert least("".join(texts)[:4000]) < 0.05  # 8 ms on a quiet machine
    assert sum(map(least, texts)) / len(texts) < 0.005  # 0.13 ms


def test_a_text_of_nothing_but_tails_does_not_hang():
    dice = random.Random(1)
    symbols = [chr(0x4E00 + dice.randrange(8000)) for _ in range(2000)]
    for text in ("村" * 4000, "chazhen" * 571, "".join(dice.choice(symbols) + dice.choice(symbols) + "村" for _ in range(1333))):
        assert least(text) < 0.5  # 0.1 at most
