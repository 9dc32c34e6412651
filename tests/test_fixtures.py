"""The data folder keeps its promises. `answer()` reads the routing rules by itself, apart from the router: both must agree."""

import csv
import json
import re
from collections import Counter
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path

import pytest
from pyproj import Transformer
from shapely import transform, union_all
from shapely.geometry import Point, shape
from shapely.geometry import box as rectangle

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
BOX_TOLERANCE = 0.0015  # degrees, about 150 m: what the drawn cells promise against the published boxes
ICONS = ["lamp", "bin", "road", "manhole", "car", "stall", "litter", "sewage", "water", "noise", "fire", "river"]
AREA_RANK = {"zone": 0, "grid": 1, "village": 2, "town": 3, "county": 4}
PHONE_LIKE = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{7,})(?!\d)")
to_metres = Transformer.from_crs(4326, 4545, always_xy=True).transform


@cache
def rows(name):
    with open(FIXTURES / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def features(name):
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))["features"]


@cache
def shapes(name):
    return {f["properties"]["code"]: shape(f["geometry"]) for f in features(name)}


@cache
def metric(name):
    return {code: transform(geometry, to_metres, interleaved=False) for code, geometry in shapes(name).items()}


def words(row):
    return row["keywords"].split("|")


def codes(name):
    """Codes of a table, checked to be unique."""
    found = [row["code"] for row in rows(name)]
    assert len(set(found)) == len(found), f"{name} holds a code twice"
    return set(found)


def test_seventeen_towns_are_the_same_in_both_files_and_say_that_they_are_approximate():
    drawn = {f["properties"]["code"]: f["properties"] for f in features("towns.geojson")}
    assert {code: town["name"] for code, town in drawn.items()} == {row["code"]: row["name"] for row in rows("towns.csv")}
    assert len(drawn) == 17
    for code, town in drawn.items():
        assert town["synthetic"] is True and town["note"] == "示意边界，非法定界线"
        assert shapes("towns.geojson")[code].covers(Point(town["seat_lon"], town["seat_lat"])), town["name"]


@pytest.mark.parametrize("name", ["county.geojson", "towns.geojson", "neighbours.geojson", "demo/zones.geojson"])
def test_shapes_are_valid_and_codes_unique(name):
    assert all(geometry.is_valid and geometry.area > 0 for geometry in shapes(name).values())
    assert len(shapes(name)) == len(features(name))


def test_towns_fill_the_outline():
    outline = metric("county.geojson")["610724"]
    gap_or_spill = union_all(list(metric("towns.geojson").values())).symmetric_difference(outline)
    assert gap_or_spill.area < 1000  # m² of 3,230 km²: rounding of the sixth decimal along the outline


def test_no_two_towns_overlap():
    for (a, left), (b, right) in combinations(metric("towns.geojson").items(), 2):
        assert left.intersection(right).area < 1, f"{a} and {b} overlap"


def segments(geometry):
    """Undirected edges of all rings, as pairs of coordinates."""
    for part in getattr(geometry, "geoms", [geometry]):
        for ring in [part.exterior, *part.interiors]:
            points = list(ring.coords)
            yield from (frozenset(pair) for pair in pairwise(points))


def test_neighbouring_towns_share_their_edges_vertex_by_vertex():
    uses = Counter(edge for geometry in shapes("towns.geojson").values() for edge in segments(geometry))
    assert max(uses.values()) == 2
    outer = shapes("county.geojson")["610724"].boundary
    once = [edge for edge, count in uses.items() if count == 1]
    astray = [edge for edge in once if any(outer.distance(Point(point)) > 1e-5 for point in edge)]
    assert astray == []


@pytest.mark.parametrize("box", rows("../tests/data/town_extents.csv"), ids=lambda box: box["what"] + box["name"])
def test_towns_agree_with_the_published_boxes(box):
    real = tuple(float(box[side]) for side in ("lon_min", "lat_min", "lon_max", "lat_max"))
    town = shapes("towns.geojson")[box["code"]]
    if box["what"] == "全镇":
        assert town.bounds == pytest.approx(real, abs=BOX_TOLERANCE)
    else:  # a former town is a part of the present one
        assert rectangle(*town.bounds).buffer(BOX_TOLERANCE).covers(rectangle(*real))


def test_neighbours_are_small_and_beside_us():
    assert (FIXTURES / "neighbours.geojson").stat().st_size <= 60_000
    outline = shapes("county.geojson")["610724"]
    touching = [code for code, area in shapes("neighbours.geojson").items() if area.distance(outline) < 0.01]
    assert {"610722", "610723", "610728", "610922"} <= set(touching)  # 城固 洋县 镇巴 石泉
    for area in shapes("neighbours.geojson").values():
        assert area.intersection(outline).area < 0.002 * outline.area


def test_every_village_has_a_point_in_its_town():
    assert len(codes("villages.csv")) == 215
    assert Counter(village["kind"] for village in rows("villages.csv")) == {"社区": 36, "村": 179}
    for village in rows("villages.csv"):
        assert village["code"].startswith(village["town"])
        point = Point(float(village["lon"]), float(village["lat"]))
        assert shapes("towns.geojson")[village["town"]].covers(point), village["name"]


def test_categories_belong_to_a_major_and_have_a_valid_limit():
    assert len(codes("majors.csv")) == 14 and len(codes("categories.csv")) == len(rows("categories.csv")) == 109
    for category in rows("categories.csv"):
        assert category["major"] == category["code"][:2] and category["major"] in codes("majors.csv")
        assert category["kind"] in {"部件", "事件"} and category["task"] in {"六", "七", "八", "九"}
        assert category["tier"] in {"A", "B"} and category["photo_after"] in {"yes", "no"}
        assert category["limit_unit"] in {"工作时", "工作日", "紧急工作时"} and float(category["limit"]) > 0
        assert category["name_zh"] and category["name_en"] and all(words(category))


def test_twelve_icons_in_their_order():
    shown = sorted((row for row in rows("categories.csv") if row["icon"]), key=lambda row: int(row["icon_order"]))
    assert [row["icon"] for row in shown] == ICONS
    assert all(0 < len(row["short_zh"]) <= 4 and row["short_en"] and row["tier"] == "A" for row in shown)


def test_keywords_belong_to_one_category():
    claims = Counter(word.lower() for row in rows("categories.csv") for word in words(row))
    assert [word for word, count in claims.items() if count > 1] == []


def test_handoffs_are_numbered_and_name_whom_to_call():
    assert [row["code"] for row in rows("handoff.csv")] == [f"H{number:02}" for number in range(1, 19)]
    for row in rows("handoff.csv"):
        assert row["topic_zh"] and row["topic_en"] and row["to_zh"] and row["to_en"] and row["phone"].isdigit()


def dangers_in(text):
    return {row["phone"] for row in rows("dangers.csv") for word in words(row) if word in text.lower()}


DANGERS = {
    "119": ["我家楼下着火了快来人", "厨房天然气漏了怎么办", "昨晚泥石流下来了，房子被埋", "smell of gas in the stairwell"],
    "120": ["有人触电了", "老人晕倒在路边"],
    "110": ["桥头有娃娃落水了", "门口有人持刀打人"],
    "122": ["路口撞人了，流了好多血"],
    "95598": ["高压线断了在路上"],
}
EVERYDAY = [
    *["有人在桥下烧垃圾，烟很大", "井盖没了，怕娃娃掉进去", "楼道充电一晚上，怕起火", "路名牌被车撞倒了", "老人在这里差点摔下来"],
    *["超市跳楼价清仓，喇叭太吵", "消防通道堵死了，车进不来", "火腿店门口摆货占道", "河边没护栏，放学的娃娃耍水没人看"],
]


@pytest.mark.parametrize(("phone", "text"), [(phone, text) for phone, texts in DANGERS.items() for text in texts])
def test_danger_to_life_names_a_number(phone, text):
    assert phone in dangers_in(text)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_trouble_is_not_danger(text):
    assert dangers_in(text) == set()


def test_units_are_the_towns_the_departments_and_the_desk():
    units = rows("units.csv")
    assert Counter(unit["kind"] for unit in units) == {"town": 17, "department": 23, "desk": 1}
    assert len(codes("units.csv")) == len({unit["name"] for unit in units}) == len(units)
    assert all(re.fullmatch("[a-z]{3,20}", unit["code"]) and not unit["phone"] for unit in units)
    assert {unit["town"] for unit in units if unit["kind"] == "town"} == codes("towns.csv")
    assert {unit["duty"] for unit in units} - {""} | {"镇街"} == {category["duty"] for category in rows("categories.csv")}


def test_duties_name_known_units_categories_and_areas():
    places = {"town": codes("towns.csv"), "village": codes("villages.csv"), "zone": set(shapes("demo/zones.geojson"))}
    for duty in rows("duties.csv") + rows("demo/duties.csv"):
        areas = set(filter(None, duty["area_codes"].split("|")))
        assert duty["unit"] in codes("units.csv")
        assert duty["category"] in codes("categories.csv") | codes("majors.csv") | {"*"}
        assert areas <= places.get(duty["area_kind"], set()) and bool(areas) == (duty["area_kind"] != "county")
        assert duty["document"] and duty["clause"] and duty["from"] and "演示数据" in duty["document"]


def place_in_line(duty):
    """Any-category rows come last, then the larger area, then the wider category."""
    breadth = {"*": 2}.get(duty["category"], len(duty["category"]) == 2)
    return breadth == 2, AREA_RANK[duty["area_kind"]], breadth


def matches(duty, category, areas):
    named = duty["category"] in ("*", category, category[:2])
    return named and (duty["area_kind"] == "county" or areas.get(duty["area_kind"]) in duty["area_codes"].split("|"))


def answer(category, duties, **areas):
    """(unit, doubly claimed) for a category at a place, e.g. town="610724110", zone="610724Z01"; (None, False) for a gap."""
    found = [duty for duty in duties if matches(duty, category, areas)]
    if not found:
        return None, False
    best = min(map(place_in_line, found))
    tied = [duty for duty in found if place_in_line(duty) == best]
    latest = max(duty["document_date"] for duty in tied)
    return min(duty["unit"] for duty in tied if duty["document_date"] == latest), len(tied) > 1


def expected(category, town):
    duty = category["duty"]
    local = duty == "镇街" or (duty in {"环卫", "市政", "园林", "市容城管"} and town["kind"] == "镇")
    field, value = ("town", town["code"]) if local else ("duty", duty)
    return next(unit["code"] for unit in rows("units.csv") if unit[field] == value)


def test_every_category_has_exactly_the_right_answer_in_every_town():
    for category, town in product(rows("categories.csv"), rows("towns.csv")):
        assert answer(category["code"], rows("duties.csv"), town=town["code"]) == (expected(category, town), False)


def test_an_adopted_stretch_beats_both_but_takes_no_power_cut():
    duties = rows("duties.csv") + rows("demo/duties.csv")
    assert answer("0102", duties, town="610724001", zone="610724Z01") == ("wenlv", False)
    assert answer("0607", duties, town="610724001", zone="610724Z02") == ("minzheng", False)
    assert answer("0404", duties, town="610724001", zone="610724Z01") == ("gongdian", False)
    assert answer("0607", duties, town="610724001", zone="610724Z01") == ("chengguan", False)


def test_three_synthetic_zones_inside_their_subdistricts():
    streets = [shapes("towns.geojson")[row["code"]] for row in rows("towns.csv") if row["kind"] == "街道"]
    assert len(features("demo/zones.geojson")) == 3
    for feature in features("demo/zones.geojson"):
        zone, known = shape(feature["geometry"]), feature["properties"]
        assert known["synthetic"] is True and known["kind"] == "包联" and known["unit"] in codes("units.csv")
        assert sum(street.contains(zone) for street in streets) == 1
        assert 5_000 < metric("demo/zones.geojson")[known["code"]].area < 100_000  # m²: a stretch, not a quarter


def test_office_hours_make_seven_and_a_half_hours_and_the_limits_stand():
    hours = [(row["opens"], row["closes"]) for row in rows("officehours.csv") if row["rule"] == "office"]
    assert hours == [("08:30", "12:00"), ("14:00", "18:00")]
    limits = {row["rule"]: (row["amount"], row["unit"]) for row in rows("officehours.csv") if row["amount"]}
    assert limits == {"triage": ("2", "工作时"), "triage_danger": ("0.5", "紧急工作时"), "no_category": ("5", "工作日")}


def test_five_texts_or_more_for_each_category():
    texts = rows("demo/texts.csv")
    count = Counter(row["category"] for row in texts if row["category"])
    assert set(count) == codes("categories.csv") and min(count.values()) >= 5
    handed_on = [row["handoff"] for row in texts if not row["category"]]
    assert len(handed_on) >= 40 and set(handed_on) <= codes("handoff.csv")
    assert len({row["text"] for row in texts}) == len(texts)


def test_demo_words_hold_no_number_of_a_person():
    for row in rows("demo/texts.csv") + rows("demo/notes.csv"):
        assert not PHONE_LIKE.search(row["text"]), row["text"]
        assert 6 <= len(row["text"]) <= 60


def test_most_texts_hold_a_keyword_of_their_category():
    keywords = {row["code"]: words(row) for row in rows("categories.csv")}
    texts = [(row["text"].lower(), row["category"]) for row in rows("demo/texts.csv") if row["category"]]
    assert sum(any(word in text for word in keywords[code]) for text, code in texts) > 0.8 * len(texts)


def test_units_have_enough_to_say():
    finished = Counter(row["category_major"] for row in rows("demo/notes.csv") if row["step"] == "finish")
    assert set(finished) == codes("majors.csv") and min(finished.values()) >= 6
    assert {"return", "comment", "rework", "close"} <= {row["step"] for row in rows("demo/notes.csv")}


def test_sources_name_every_file():
    told = set(re.findall(r"`([\w/]+\.(?:csv|geojson|parquet))`", (FIXTURES / "SOURCES.md").read_text(encoding="utf-8")))
    here = {str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*") if path.is_file()} - {"SOURCES.md"}
    assert told >= here


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.csv")), ids=lambda path: path.name)
def test_tables_open_in_a_spreadsheet(path):
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text and not text.startswith("\ufeff")
    assert len({len(row) for row in csv.reader(text.splitlines())}) == 1
