"""Where something is: points against an independent shapely over the county's file, words against cases written by hand."""

import csv
import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import Point

from gis_app import locate
from gis_app.errors import OutsideArea
from gis_app.locate.typed import Typed
from tests.conftest import BEYOND, LOTUS_LANE, TEA_TOWN
from tests.test_fixtures import metric, rows, shapes

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parent / "data"
to_metres = Transformer.from_crs(4326, 4545, always_xy=True).transform
degrees = {"allow_nan": False, "allow_infinity": False}


def cases(name):
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def towns_covering(lon, lat):
    """The codes of all towns that cover a point, lower ones first, by shapely alone."""
    return sorted(code for code, outline in shapes("towns.geojson").items() if outline.covers(Point(lon, lat)))


def vertices(outline):
    """All vertices of a Polygon or MultiPolygon."""
    return [point for part in getattr(outline, "geoms", [outline]) for point in part.exterior.coords]


def town_at(lon, lat):
    try:
        return locate.town_of(lon, lat).code
    except OutsideArea:
        return None


# ---- points


@given(lon=st.floats(107.1, 108.4, **degrees), lat=st.floats(32.5, 33.4, **degrees))
def test_the_town_of_a_point_covers_it_or_the_point_is_outside_all(db, lon, lat):
    assert town_at(lon, lat) == next(iter(towns_covering(lon, lat)), None)


def test_on_a_shared_edge_the_lower_code_wins(db):
    shared = 0
    for point in {point for outline in shapes("towns.geojson").values() for point in vertices(outline)}:
        found = towns_covering(*point)
        shared += len(found) > 1
        assert town_at(*point) == found[0]
    assert shared > 100  # the file has such edges, so the rule was put to the test


def test_the_countys_edge_is_inside(db):
    assert [point for point in vertices(shapes("towns.geojson")["610724110"]) if town_at(*point) is None] == []
    corner = vertices(shapes("county.geojson")["610724"])[0]
    assert town_at(*corner) is not None


@given(lon=st.floats(106.5, 109.0, **degrees), lat=st.floats(32.0, 34.0, **degrees))
def test_outside_names_the_nearest_town_and_how_far_it_is(db, lon, lat):
    if towns_covering(lon, lat):
        return
    place = locate.at_point(lon, lat)
    here = Point(to_metres(lon, lat))
    far = {code: outline.distance(here) / 1000 for code, outline in metric("towns.geojson").items()}
    town, km = place.nearest
    assert place.reading == "outside" and place.town is None
    assert km == pytest.approx(min(far.values()), abs=1e-6) and far[town.code] == pytest.approx(km, abs=1e-6)


@given(lon=st.floats(-180, 180, **degrees), lat=st.floats(-90, 90, **degrees))
def test_every_place_on_earth_has_an_answer(db, lon, lat):
    assert locate.at_point(lon, lat).reading in ("one", "outside")


@given(at=st.sampled_from([LOTUS_LANE, TEA_TOWN, (107.76, 32.98), (107.9, 32.95)]), metres=st.floats(1, 20_000, **degrees))
def test_borders_are_the_towns_that_the_circle_reaches(db, at, metres):
    here = Point(to_metres(*at))
    reached = {code: outline.distance(here) for code, outline in metric("towns.geojson").items()}
    expected = {code for code, away in reached.items() if away <= metres} - {town_at(*at)}
    borders = locate.at_point(*at, metres).borders
    assert {town.code for town, _away in borders} == expected
    assert all(away == pytest.approx(reached[town.code], abs=0.01) for town, away in borders)


def test_a_point_is_found_without_asking_the_database(db, django_assert_num_queries, one_look):
    locate.at_point(*LOTUS_LANE, 100), locate.in_words("茶镇"), locate.suggest("莲")
    with django_assert_num_queries(0):
        for step in range(100):
            locate.at_point(107.5 + step * 0.005, 32.95, 100)
        locate.in_words("堰口古城社区卫生室对面"), locate.suggest("莲花")


def test_the_answer_to_a_point_names_the_village_near_by(client):
    village = next(row for row in rows("villages.csv") if row["name"] == "莲花社区")
    told = client.get("/api/v1/locate", {"lon": village["lon"], "lat": village["lat"]}).json()
    assert told["town"] == {"code": "610724001", "name": "城北街道"} and "莲花社区" in told["name"]


@pytest.mark.parametrize("query", [{"lon": "nan", "lat": "32"}, {"lon": "108"}, {}, {"lon": "108", "lat": "inf"}])
def test_half_a_question_is_refused(client, query):
    assert client.get("/api/v1/locate", query).json()["type"] == "bad-field"


def test_outside_is_an_answer_and_no_error(client):
    answer = client.get("/api/v1/locate", {"lon": BEYOND[0], "lat": BEYOND[1]})
    told = answer.json()
    assert answer.status_code == 200 and told["reading"] == "outside" and told["town"] is None
    assert told["nearest"]["km"] > 0 and not math.isnan(told["nearest"]["km"])


# ---- words

KNOWN_MISSES = set()  # texts of place_cases_own.csv that are read otherwise; a mended one must be taken off this list


def agrees(client, case):
    """Whether the API reads a case as the person who wrote it down did."""
    told = client.get("/api/v1/locate", {"text": case["text"]}).json()
    reading = case.get("reading") or (case["precision"] if case["precision"] in ("ambiguous", "outside") else "one")
    if told["reading"] != reading:
        return False
    if reading == "one":
        return told["town"]["code"] == case["town_codes"] and told["precision"] == case["precision"]
    wanted = set(case["town_codes"].split(";")) if reading == "ambiguous" else set()
    return wanted <= {row["town"]["code"] for row in told["candidates"]}


@pytest.mark.parametrize("case", cases("place_cases.csv"), ids=lambda case: case["text"])
def test_a_place_in_words_is_read_as_people_mean_it(client, case):
    assert agrees(client, case)


def test_our_own_cases_are_read_as_people_mean_them(client):
    own = cases("place_cases_own.csv")
    missed = {case["text"] for case in own if not agrees(client, case)}
    assert missed == KNOWN_MISSES
    assert len(own) >= 150 and len(missed) <= 0.05 * len(own)


@pytest.mark.parametrize("town", rows("towns.csv"), ids=lambda town: town["name"])
def test_a_towns_name_its_pinyin_and_its_alias_lead_to_it(client, town):
    for text in (town["name"], town["pinyin"], town["pinyin"].replace(" ", ""), f"{town['name']}街上的路灯"):
        told = client.get("/api/v1/locate", {"text": text}).json()
        assert (told["reading"], (told["town"] or {}).get("code")) == ("one", town["code"]), text


@pytest.mark.parametrize("town", rows("towns.csv")[::4], ids=lambda town: town["name"])
def test_a_village_with_its_town_is_that_village(client, town):
    for village in [row for row in rows("villages.csv") if row["town"] == town["code"]]:
        told = client.get("/api/v1/locate", {"text": f"{town['name']}{village['name']}三组路口"}).json()
        assert (told["reading"], told["village"] and told["village"]["code"]) == ("one", village["code"]), village["name"]
        assert (told["lon"], told["lat"]) == pytest.approx((float(village["lon"]), float(village["lat"])), abs=1e-9)


@pytest.mark.parametrize("text", ["", "路灯不亮", "他家门口", "1234", "🏮", "a" * 4000])
def test_words_without_a_place_say_so(client, text):
    told = client.get("/api/v1/locate", {"text": text}).json()
    assert told["reading"] == "none" and told["town"] is None and told["lon"] is None and told["precision"] is None


def test_a_text_that_is_too_long_is_refused(client):
    assert client.get("/api/v1/locate", {"text": "字" * 4001}).json()["type"] == "bad-field"


@pytest.mark.parametrize(
    ("typed", "wanted"), [("莲花", "莲花社区"), ("渔丰", "渔丰村"), ("茶", "茶镇"), ("lianhua", "莲花社区"), ("古城", "古城社区")]
)
def test_what_is_half_typed_is_completed(client, typed, wanted):
    named = [row["name"] for row in rows("towns.csv") + rows("villages.csv") if typed in row["name"]]
    offered = [found.name for found in locate.suggest(typed)]
    assert any(name.endswith(wanted) for name in offered) and len(offered) <= 8
    assert len(offered) >= min(len(named), 8)


def test_suggestions_that_begin_with_what_was_typed_come_first(db):
    offered = [(found.village or found.town).name for found in locate.suggest("大")]
    begins = [name.startswith("大") for name in offered]
    assert begins == sorted(begins, reverse=True) and True in begins


@given(st.text(max_size=30))
def test_nothing_that_is_typed_breaks_the_reading(db, text):
    place = locate.in_words(text)
    assert (place.town is not None) == (place.reading == "one")
    assert all(found.town for found in locate.suggest(text))


VILLAGES = [row["name"] for row in rows("villages.csv")]


@given(st.sampled_from(VILLAGES), st.integers(0, 5), st.sampled_from("甲乙丙丁戊己庚辛"))
def test_a_village_with_one_wrong_symbol_beside_its_town_is_that_village_or_a_question(db, name, at, symbol):
    town = next(row for row in rows("villages.csv") if row["name"] == name)["town"]
    named = next(row["name"] for row in rows("towns.csv") if row["code"] == town)
    at %= len(name.removesuffix("社区").removesuffix("村"))
    place = locate.in_words(f"{named}{name[:at]}{symbol}{name[at + 1 :]}路口的灯")
    read = {place.village} if place.village else {found.village for found in place.candidates}
    assert place.town is None or place.town.code == town
    assert name in {village.name for village in read if village} or len(name) <= 3, place


def test_a_name_of_elsewhere_is_not_taken_for_one_of_ours(db):
    for text in ("某某村的路断了", "泉星社区停水", "和社区里", "光明新村那边", "城东社区", "红旗镇街上"):
        assert locate.in_words(text).reading == "none", text


@given(st.lists(st.text("莲花社区村大a", min_size=1, max_size=5), max_size=30), st.text("莲花社区村大a", min_size=1, max_size=3))
def test_completion_is_what_looking_at_every_name_would_give(names, part):
    typed = Typed([(name, "", row) for row, name in enumerate(names)])
    every = sorted((not name.startswith(part), name, row) for row, name in enumerate(names) if part in name)
    assert [names[row] for row in typed.holding(part, 8)] == [name for _late, name, _row in every[:8]]


def test_among_a_hundred_thousand_addresses_the_next_letter_does_not_wait():
    typed = Typed([(f"{VILLAGES[i % 215]}{i // 215}号", "", i) for i in range(100_000)])
    for part in ("莲", "社", "号", "99", "莲花", "社区4", "村46", "没有"):
        began = time.perf_counter()
        typed.holding(part, 8)
        assert time.perf_counter() - began < 0.2, part  # 0.03 on a quiet machine
