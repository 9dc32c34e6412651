"""Whose it is: the router against a second reading of the rules (tests.test_fixtures.answer), and what it says about it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping

from gis_app import loading, route
from gis_app.classify import categories
from gis_app.loading import duties
from gis_app.models import Category, Duty, Major, Ticket, Unit
from gis_app.words import EditionKind
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_fixtures import answer, matches, rows, shapes

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


def asked(client, category, at):
    """The API's answer: whose is this, there?"""
    return client.get("/api/v1/route", {"category": category, "lon": at[0], "lat": at[1]}).json()


# ---- the county's own duties


def test_every_kind_in_every_town_is_whose_the_rules_say(db):
    for category, town in product(rows("categories.csv"), rows("towns.csv")):
        unit, _tie = answer(category["code"], rows("duties.csv"), town=town["code"])
        found = route.answer(categories()[category["code"]], route.Where(town["code"]), DAY)
        assert found.unit.code == unit, (category["name_zh"], town["name"])


def test_before_the_duties_begin_the_desk_decides(db):
    found = route.answer(categories()["0401"], route.Where("610724110"), date(2025, 12, 31))
    assert found.duty is None and found.unit.kind == "desk"


def test_without_a_category_the_desk_decides(db):
    assert route.answer(None, route.Where("610724110"), DAY).unit.kind == "desk"


def test_the_lamp_in_the_seat_is_the_departments_and_in_a_town_the_towns(client):
    assert asked(client, "0401", LOTUS_LANE)["unit"]["code"] == "shizheng"
    assert asked(client, "0401", TEA_TOWN)["unit"]["code"] == "chazhen"


def test_the_answer_shows_the_row_that_it_rests_on(client):
    told = asked(client, "0401", TEA_TOWN)
    written = [row for row in rows("duties.csv") if row["category"] in ("0401", "04", "*") and row["unit"] == "chazhen"]
    assert told["duty"]["document"] in told["why"] and told["duty"]["clause"] in [row["clause"] for row in written]
    assert "茶镇" in told["why"] and told["unit"]["name"] in told["why"]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ({"category": "9999", "lon": 108.045, "lat": 32.96}, "bad-field"),
        ({"category": "0401", "lon": 107.55, "lat": 33.22}, "outside-area"),
        ({"category": "0401", "lon": 32.96, "lat": 108.045}, "outside-area"),
        ({"category": "0401", "lon": 108.045}, "bad-field"),
        ({"lon": 108.045, "lat": 32.96}, "bad-field"),
        ({"category": "0401", "lon": 108.045, "lat": 32.96, "crs": "mars"}, "bad-field"),
    ],
)
def test_a_question_that_has_no_answer_is_refused(client, query, slug):
    answered = client.get("/api/v1/route", query)
    assert (answered.status_code, answered.json()["type"]) == (422, slug)


# ---- the adopted stretches of the demo


@pytest.fixture
def adopted(db):
    """The three example zones with their duties; a point inside each, by code."""
    loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
    loading.activate(duties.load(settings.FIXTURES / "demo" / "duties.csv", add=True), insist=True)
    inside = {code: shape.representative_point() for code, shape in shapes("demo/zones.geojson").items()}
    return {code: mapping(point)["coordinates"] for code, point in inside.items()}


def test_an_adopted_stretch_beats_town_and_department_for_what_it_names(client, adopted):
    for code, point in adopted.items():
        for duty in [row for row in rows("demo/duties.csv") if row["area_codes"] == code and row["category"] != "*"]:
            for category in [row["code"] for row in rows("categories.csv") if row["code"].startswith(duty["category"])]:
                told = asked(client, category, point)
                town = next(t for t, shape in shapes("towns.geojson").items() if shape.covers(shapes("demo/zones.geojson")[code]))
                wanted, _tie = answer(category, rows("duties.csv") + rows("demo/duties.csv"), town=town, zone=code)
                assert told["unit"]["code"] == wanted == duty["unit"]


def test_an_adopted_stretch_never_takes_a_power_cut(client, adopted):
    for point in adopted.values():
        assert asked(client, "0404", point)["unit"]["code"] == "gongdian"


def test_beside_the_stretch_nothing_changes(client, adopted):
    assert asked(client, "0102", LOTUS_LANE)["unit"]["code"] == "huanwei"


def test_the_losers_say_by_what_they_lost(client, adopted):
    told = asked(client, "0102", adopted["610724Z01"])
    assert told["unit"]["code"] == "wenlv"
    assert {loser["unit"]["code"]: loser["lost_by"] for loser in told["losers"]}["huanwei"] == "larger-area"
    assert all(loser["duty"]["unit"] == loser["unit"]["code"] for loser in told["losers"])


# ---- any duties

MAJORS = {code: Major(pk=number, code=code) for number, code in enumerate(("01", "02"), 1)}
KINDS = {code: Category(pk=n, code=code, major=MAJORS[code[:2]]) for n, code in enumerate(("0101", "0102", "0201", "0202"), 1)}
UNITS = {code: Unit(pk=number, code=code) for number, code in enumerate("abcdef", 1)}
AREAS = {"town": ("T1", "T2"), "village": ("V1", "V2"), "grid": ("G1", "G2"), "zone": ("Z1", "Z2"), "county": ()}


@st.composite
def written_duties(draw):
    """A clerk's row of any kind; dates of documents collide often, so that ties happen."""
    kind = draw(st.sampled_from(sorted(AREAS)))
    some = draw(st.sets(st.sampled_from(AREAS[kind]), min_size=1)) if AREAS[kind] else ()
    return {
        "unit": draw(st.sampled_from(sorted(UNITS))),
        "category": draw(st.sampled_from(["*", *MAJORS, *KINDS])),
        "area_kind": kind,
        "area_codes": "|".join(sorted(some)),
        "document_date": draw(st.sampled_from(["2024-01-01", "2025-01-01", "2026-01-01"])),
    }


def duty(row, number=None, begins=None, ends=None):
    """A clerk's row as the model, not stored."""
    return Duty(
        pk=number,
        unit=UNITS[row["unit"]],
        category=KINDS.get(row["category"]),
        major=MAJORS.get(row["category"]),
        area_kind=row["area_kind"],
        area_codes=[code for code in row["area_codes"].split("|") if code],
        document_date=date.fromisoformat(row["document_date"]),
        valid_from=begins,
        valid_to=ends,
    )


PLACES = st.fixed_dictionaries(
    {kind: st.sampled_from([*codes, None][: None if kind != "town" else 2]) for kind, codes in AREAS.items() if codes}
)
DUTIES = st.lists(written_duties(), max_size=12)


def where(areas):
    return route.Where(areas["town"], areas["village"], areas["grid"], (areas["zone"],) if areas["zone"] else ())


def first_unit(duties, code, areas, on=DAY):
    """The unit that the router puts first, or None."""
    found = route.resolve(duties, KINDS[code], where(areas), on)
    return found[0].unit.code if found else None


@given(rows=DUTIES, code=st.sampled_from(sorted(KINDS)), areas=PLACES)
def test_router_and_second_reading_agree_on_any_duties(rows, code, areas):
    desk = Unit(pk=99, code="desk")
    found = route.Rulebook(list(map(duty, rows)), desk).answer(KINDS[code], where(areas), DAY)
    unit, tied = answer(code, rows, **areas)
    assert (found.unit.code if found.duty else None) == unit
    claimants = {row["unit"] for row in rows if matches(row, code, areas)} if tied else set()
    assert not found.doubly_claimed or len(claimants) > 1
    assert first_unit([duty(row, n) for n, row in enumerate(rows, 1)], code, areas) == answer(code, rows, **areas)[0]


@given(rows=DUTIES, code=st.sampled_from(sorted(KINDS)), areas=PLACES, dice=st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows, code, areas, dice):
    duties = [duty(row, n) for n, row in enumerate(rows, 1)]
    shuffled = dice.sample(duties, len(duties))
    one, other = (route.resolve(each, KINDS[code], where(areas), DAY) for each in (shuffled, duties))
    assert list(map(route.duty_row, one)) == list(map(route.duty_row, other))


@given(rows=DUTIES, new=written_duties(), code=st.sampled_from(sorted(KINDS)), areas=PLACES)
def test_a_further_duty_changes_nothing_where_it_does_not_hold(rows, new, code, areas):
    elsewhere = new["area_kind"] != "county" and areas[new["area_kind"]] not in new["area_codes"].split("|")
    another_kind = not code.startswith(new["category"].replace("*", ""))
    before = first_unit(list(map(duty, rows)), code, areas)
    after = first_unit([*map(duty, rows), duty(new)], code, areas)
    assert before == after if elsewhere or another_kind else after in (before, new["unit"])


@given(
    rows=DUTIES,
    spans=st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 30)), min_size=12, max_size=12),
    code=st.sampled_from(sorted(KINDS)),
    areas=PLACES,
)
def test_a_duty_holds_from_its_first_to_its_last_day(rows, spans, code, areas):
    dates = [
        (date.fromordinal(DAY.toordinal() + first), date.fromordinal(DAY.toordinal() + first + long)) for first, long in spans
    ]
    dated = [duty(row, None, *span) for row, span in zip(rows, dates, strict=False)]
    today = [row for row, (begins, ends) in zip(rows, dates, strict=False) if begins <= DAY <= ends]
    assert first_unit(dated, code, areas) == answer(code, today, **areas)[0]


@given(
    rows=DUTIES,
    spans=st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3)), min_size=12, max_size=12),
    code=st.sampled_from(sorted(KINDS)),
    asked=st.tuples(PLACES, PLACES, st.integers(-4, 7), st.integers(-4, 7)),
)
def test_places_and_dates_that_are_alike_have_the_same_answer(rows, spans, code, asked):
    dates = [(DAY + timedelta(first), DAY + timedelta(first + long)) for first, long in spans]
    book = route.Rulebook([duty(row, None, *span) for row, span in zip(rows, dates, strict=False)], Unit(pk=99, code="desk"))
    one, other = ((where(areas), DAY + timedelta(days)) for areas, days in zip(asked[:2], asked[2:], strict=True))
    if book.alike(*one) == book.alike(*other):
        first, second = (book.answer(KINDS[code], *each) for each in (one, other))
        assert replace(first, where=None) == replace(second, where=None)
        assert (first.doubly_claimed, first.silent_zones) == (second.doubly_claimed, second.silent_zones)


def test_only_places_and_dates_that_no_duty_tells_apart_are_alike():
    rows = [{"unit": "a", "category": "*", "area_kind": "village", "area_codes": "V1", "document_date": "2026-01-01"}]
    book = route.Rulebook([duty(rows[0], 1, DAY, DAY)], Unit(pk=99, code="desk"))
    here, beside, far = (where({"town": "T1", "village": village, "grid": "G1", "zone": None}) for village in ("V1", "V2", "V3"))
    assert book.alike(beside, DAY) == book.alike(far, DAY) != book.alike(here, DAY)
    assert len({book.alike(here, DAY + timedelta(days)) for days in (-1, 0, 1)}) == 3
    assert book.alike(here, DAY + timedelta(1)) == book.alike(here, DAY + timedelta(9))


@given(rows=DUTIES, places=st.lists(PLACES, min_size=1, max_size=6), dice=st.randoms())
def test_many_answers_at_once_are_those_of_one_by_one(rows, places, dice):
    book = route.Rulebook(list(map(duty, rows)), Unit(pk=99, code="desk"))
    wheres, kinds = [where(areas) for areas in places], list(KINDS.values())
    where_of = np.array([dice.randrange(len(wheres)) for _ in range(20)])
    found, units = route.units_of(book, kinds, wheres, where_of, DAY)
    assert found.shape == (len(kinds), 20)
    for kind, row in zip(kinds, found, strict=True):
        assert [units[unit] for unit in row] == [book.answer(kind, wheres[at], DAY).unit for at in where_of]


# ---- the receipt


def test_the_receipt_is_kept_with_the_ticket_in_both_languages(cast):
    told = cast.reporter.reports("路灯不亮", TEA_TOWN)
    receipt = Ticket.objects.get().receipt
    assert receipt["unit"] == "chazhen" and receipt["duty"]["unit"] == "chazhen" and receipt["edition"]
    assert receipt["why_zh"] == told["why"] and "茶镇人民政府" in receipt["why_zh"]
    assert "Chazhen Town Government" in receipt["why_en"]
    assert receipt["rank"][:3] == [False, 3, 0] or receipt["rank"][:3] == [False, 3, 1]


def test_the_citizen_reads_the_reason_in_the_language_of_the_moment(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    with translation.override("en"):
        english = cast.reporter.client.get(f"/api/v1/reports/{code}", headers={"Accept-Language": "en"}).json()
    assert "Chazhen Town Government" in english["why"] and english["unit"]["name"] == "Chazhen Town Government"


def test_later_duties_do_not_change_what_the_receipt_says(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    before = cast.reporter.follows(code)["why"]
    Duty.objects.all().delete()
    assert cast.reporter.follows(code)["why"] == before


def test_another_kind_brings_another_receipt_before_dispatch(cast):
    told = cast.reporter.reports("路灯不亮", LOTUS_LANE)
    ticket = cast.dispatcher.takes(told["code"], "accept", category="0404")
    assert ticket["proposed"]["code"] == ticket["receipt"]["unit"] == "gongdian"
