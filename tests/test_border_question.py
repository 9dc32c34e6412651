"""The border question: where a position's circle reaches a town with another unit, its sender says on which side it is."""

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Point
from shapely.ops import transform as shape_transform

from gis_app import intake, locate, route
from gis_app.errors import BadField
from gis_app.intake.sides import chosen_side
from gis_app.models import Boundary, Duty, Edition, Report, Stamp, Ticket, Unit, Zone
from tests.conftest import LOTUS_LANE, TEA_TOWN, Person
from tests.test_fixtures import metric
from tests.test_intake import beside_the_border, refused

pytestmark = pytest.mark.django_db
NORTH, SOUTH = "610724001", "610724002"  # 城北街道, 城南街道
TOWN_KIND, SHARED_KIND = "1301", "0101"  # one that each 街道 handles itself, one that 环卫所 handles in both
WALL = "墙根堆了东西"


@pytest.fixture(scope="module")
def border():
    """A point in 城北街道, 30 m and less from 城南街道."""
    return beside_the_border()[0]


def asks(at, **more):
    """What /locate answers."""
    return Client().get("/api/v1/locate", {"lon": at[0], "lat": at[1], **more}).json()


def sends(at, **fields):
    """Post the page's form as a browser without script does."""
    return Client().post("/", {"key": "one-form", "text": WALL, "lon": at[0], "lat": at[1]} | fields)


# ---- when it is asked


def test_both_sides_are_named_with_their_units_the_measured_one_first(border):
    sides = asks(border, accuracy_m=80, category=TOWN_KIND)["sides"]
    assert [(side["town"]["code"], side["unit"]["code"]) for side in sides] == [(NORTH, "chengbei"), (SOUTH, "chengnan")]
    assert [side["town"]["name"] for side in sides] == ["城北街道", "城南街道"]


def test_without_a_kind_the_towns_own_units_count(border):
    assert [side["unit"]["code"] for side in asks(border, accuracy_m=80)["sides"]] == ["chengbei", "chengnan"]


def test_where_every_side_has_the_same_unit_nothing_is_asked(border):
    told = asks(border, accuracy_m=80, category=SHARED_KIND)
    assert told["borders"] and "sides" not in told


@pytest.mark.parametrize("more", [{}, {"accuracy_m": 1}, {"accuracy_m": 0}])
def test_a_sharp_position_is_not_asked_about(border, more):
    assert "sides" not in asks(border, **more)


def test_what_is_asked_follows_the_duties(border):
    Duty.objects.filter(category__code=SHARED_KIND, unit__code="huanwei").update(area_codes=[NORTH])
    Stamp.bump("rules")
    Stamp.forget()
    sides = asks(border, accuracy_m=80, category=SHARED_KIND)["sides"]
    assert sides[0]["unit"]["code"] == "huanwei" and sides[1]["unit"]["code"] != "huanwei"


def test_each_side_is_routed_once(border, monkeypatch):
    asked, answer = [], route.answer
    monkeypatch.setattr(route, "answer", lambda category, where, on: asked.append(where.town) or answer(category, where, on))
    told = asks(border, accuracy_m=80, category=TOWN_KIND)
    assert [side["unit"]["code"] for side in told["sides"]] == ["chengbei", "chengnan"]
    assert told["borders"][0]["unit"]["code"] == "chengnan" and sorted(asked) == [NORTH, SOUTH]


@pytest.fixture
def stall(border):
    """Makes a zone round the border point, with a unit of its own: all of it, or what lies in 城北街道."""

    def make(within_north):
        outlines = metric("towns.geojson")
        at = Point(Transformer.from_crs(4326, 4545, always_xy=True).transform(*border)).buffer(100)
        shape = at.intersection(outlines[NORTH]) if within_north else at
        back = Transformer.from_crs(4545, 4326, always_xy=True).transform
        flat = MultiPolygon([shape_transform(back, shape)])
        edition = Edition.objects.create(kind="zones", source="test", digest=f"stall {within_north}", active=True)
        Zone.objects.create(code="Z9", name="路口摊点", kind="包联")
        Boundary.objects.create(edition=edition, code="Z9", name="路口摊点", outline=GEOSGeometry(flat.wkt, srid=4326))
        duty = Duty.objects.filter(category__code=TOWN_KIND).first()
        duty.pk, duty.area_kind, duty.area_codes = None, "zone", ["Z9"]
        duty.unit = Unit.objects.get(code="huanwei")
        duty.save(force_insert=True)
        for name in ("places", "rules"):
            Stamp.bump(name)

    return make


@pytest.mark.parametrize(("within_north", "unit"), [(True, "chengnan"), (False, "huanwei")])
def test_a_zone_goes_along_to_the_other_side_only_when_it_reaches_there(cast, border, stall, within_north, unit):
    stall(within_north)
    place = locate.at_point(*border, 80)
    assert place.zones == ("Z9",)
    assert chosen_side(place, SOUTH).zones == (() if within_north else ("Z9",))
    told = cast.reporter.reports(WALL, border, accuracy_m=80, category=TOWN_KIND, side=SOUTH)
    assert told["unit"]["code"] == unit
    assert Ticket.objects.get().receipt["where"]["zones"] == ([] if within_north else ["Z9"])


# ---- what becomes of the answer


def test_the_chosen_side_is_kept_and_routed_and_the_receipt_says_who_chose(cast, border):
    told = cast.reporter.reports(WALL, border, accuracy_m=80, category=TOWN_KIND, side=SOUTH)
    assert (told["place"]["town"]["code"], told["unit"]["code"]) == (SOUTH, "chengnan")
    assert (told["place"]["lon"], told["place"]["lat"]) == border  # the measurement stays what it was
    assert [each["town"]["code"] for each in told["place"]["borders"]] == [NORTH]
    assert "上报人选了城南街道这一边" in told["why"] and "城南街道的" in told["why"]
    report, ticket = Report.objects.get(), Ticket.objects.get()
    assert (report.reading["side"], ticket.receipt["side"]) == (SOUTH, SOUTH)
    assert (ticket.town.code, ticket.receipt["where"]["town"], ticket.village, ticket.grid) == (SOUTH, SOUTH, None, None)
    assert "the reporter chose the side of 城南街道" in ticket.receipt["why_en"]


def test_the_unit_of_the_chosen_side_finds_it_on_its_list_and_the_other_does_not(cast, border):
    cast.reporter.reports(WALL, border, accuracy_m=80, category=TOWN_KIND, side=SOUTH)
    ticket = cast.dispatcher.takes(Ticket.objects.get(), "accept")
    assert cast.dispatcher.takes(ticket, "dispatch", unit=ticket["proposed"]["code"])["unit"]["code"] == "chengnan"
    assert Person("unit-chengnan").sees() == [ticket["id"]] and Person("unit-chengbei").sees() == []


def test_choosing_the_measured_side_is_kept_too(cast, border):
    told = cast.reporter.reports(WALL, border, accuracy_m=80, category=TOWN_KIND, side=NORTH)
    assert (told["place"]["town"]["code"], told["unit"]["code"]) == (NORTH, "chengbei")
    assert Report.objects.get().reading["side"] == NORTH and "上报人选了城北街道" in told["why"]


def test_a_program_that_says_nothing_is_never_held_up(cast, border):
    told = cast.reporter.reports(WALL, border, accuracy_m=80, category=TOWN_KIND)
    assert (told["place"]["town"]["code"], told["unit"]["code"]) == (NORTH, "chengbei")
    assert "side" not in Report.objects.get().reading and "上报人" not in told["why"]


@pytest.mark.parametrize(
    ("more", "side"),
    [({"accuracy_m": 80}, "610724110"), ({"accuracy_m": 80}, "城南街道"), ({"accuracy_m": 1}, SOUTH), ({}, SOUTH)],
)
def test_a_town_that_the_circle_does_not_reach_cannot_be_chosen(cast, border, more, side):
    told = refused(cast.reporter.says(WALL, border, category=TOWN_KIND, side=side, **more), 422, "bad-field")
    assert told["field"] == "side" and "城北街道" in told["detail"]


def test_a_side_without_a_position_is_refused(cast):
    assert refused(cast.reporter.says(WALL, place_text="茶镇", side=SOUTH), 422, "bad-field")["field"] == "side"


def test_another_side_under_the_same_key_is_another_thing(cast, border):
    said = {"text": WALL, "at": border, "accuracy_m": 80, "category": TOWN_KIND, "key": "k"}
    answers = [cast.reporter.says(**said, side=side).status_code for side in (SOUTH, SOUTH, NORTH)]
    assert answers == [201, 200, 409] and Report.objects.count() == 1


def test_words_that_name_the_chosen_side_contradict_nothing(cast, border):
    cast.reporter.reports("城南街道墙根堆了东西", border, accuracy_m=80, side=SOUTH)
    cast.reporter.reports("城南街道墙根堆了东西", border, accuracy_m=80)
    assert sorted("words_say" in report.reading["flags"] for report in Report.objects.all()) == [False, True]


def reached(place):
    """The codes of a Place's town and of those that its circle reaches."""
    return {place.town.code, *(town.code for town, _metres in place.borders)}


@given(lon=st.floats(107.72, 107.81), lat=st.floats(32.94, 33.02), metres=st.floats(1, 3000), pick=st.integers(0, 16))
def test_a_side_is_taken_exactly_when_the_circle_reaches_it(lon, lat, metres, pick):
    place = locate.at_point(lon, lat, metres)
    if place.town is None:
        return
    outlines = metric("towns.geojson")
    code = sorted(outlines)[pick]
    here = Point(Transformer.from_crs(4326, 4545, always_xy=True).transform(lon, lat))
    away = outlines[code].distance(here)
    if abs(away - metres) < 0.01:
        return
    try:
        chosen = chosen_side(place, code)
    except BadField:
        assert away > metres
    else:
        assert away < metres and chosen.town.code == code and (chosen.lon, chosen.lat) == (lon, lat)
        assert reached(chosen) == reached(place)  # none is lost, whichever of them it is in


@given(lon=st.floats(107.72, 107.81), lat=st.floats(32.94, 33.02), metres=st.floats(1, 3000))
def test_it_is_asked_only_where_two_units_can_be_chosen(lon, lat, metres):
    place = locate.at_point(lon, lat, metres)
    if place.town is None:
        return
    owners = set(Unit.objects.filter(town__code__in=reached(place)).values_list("code", flat=True))
    sides = intake.sides(place)
    assert {unit.code for _town, unit in sides} == (owners if len(owners) > 1 else set())
    assert not sides or sides[0][0] == place.town


# ---- on the page without script


def test_the_form_asks_back_once_with_both_sides_and_keeps_what_was_typed(border):
    answer = sends(border, accuracy_m=80, category=TOWN_KIND, contact="13912345678")
    page = answer.content.decode()
    assert answer.status_code == 422 and not Report.objects.exists()
    for town, name, unit in ((NORTH, "城北街道", "城北街道办事处"), (SOUTH, "城南街道", "城南街道办事处")):
        assert f'name="side" value="{town}"' in page and f"{name} · {unit}" in page
    assert WALL in page and 'value="13912345678"' in page and 'name="accuracy_m" value="80"' in page
    assert 'name="side_asked" value="1"' in page


def test_the_answer_is_taken_with_the_form(border):
    answer = sends(border, accuracy_m=80, category=TOWN_KIND, side_asked="1", side=SOUTH)
    assert answer.status_code == 302 and Report.objects.get().town.code == SOUTH
    page = Client().get(answer["Location"]).content.decode()
    assert "上报人选了城南街道这一边" in page and "城南街道办事处" in page


def test_who_does_not_know_is_not_asked_again(border):
    assert sends(border, accuracy_m=80, category=TOWN_KIND, side_asked="1", side="").status_code == 302
    assert Report.objects.get().town.code == NORTH and "side" not in Report.objects.get().reading


def test_an_answer_stays_when_something_else_is_wrong(border):
    page = sends(border, accuracy_m=80, category="9999", side_asked="1", side=SOUTH).content.decode()
    assert f'name="side" value="{SOUTH}"' in page and 'name="side_asked" value="1"' in page


def test_a_side_that_does_not_fit_can_be_answered_anew(border):
    page = sends(TEA_TOWN, accuracy_m=1, category=TOWN_KIND, side_asked="1", side=SOUTH).content.decode()
    assert "可以选的有：茶镇" in page and f'name="side" value="{SOUTH}"' not in page


@pytest.mark.parametrize(
    "fields",
    [{"accuracy_m": 80, "category": SHARED_KIND}, {"category": TOWN_KIND}, {"accuracy_m": 1, "category": TOWN_KIND}],
    ids=["one unit", "no accuracy", "sharp"],
)
def test_the_form_goes_through_where_there_is_nothing_to_ask(border, fields):
    assert sends(border, **fields).status_code == 302


def test_far_from_any_border_the_form_goes_through(cast):
    assert sends(LOTUS_LANE, accuracy_m=20, category=TOWN_KIND).status_code == 302


def test_english_readers_are_asked_in_english(border):
    form = {"text": "Rubble", "lon": border[0], "lat": border[1], "accuracy_m": 80, "category": TOWN_KIND}
    page = Client(headers={"accept-language": "en"}).post("/", form).content.decode()
    assert "On which side is it?" in page and "Each side has its own unit." in page
    assert "Chengnan · Chengnan Subdistrict Office" in page
