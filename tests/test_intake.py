"""What people send, good and bad: each is taken in whole or refused with a sentence, and nothing is half kept."""

import json
import uuid
from math import atan2, cos, pi, sin, sqrt

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import Point

from gis_app import audit, photos, tally
from gis_app.models import CellCount, Contact, Event, Notice, Photo, Report, Submission, Ticket, Visit, Words
from tests import bad_pictures
from tests.conftest import BEYOND, LOTUS_LANE, TEA_TOWN
from tests.test_fixtures import metric, rows

pytestmark = pytest.mark.django_db
POST = "/api/v1/reports"
LAMP = "路灯不亮"
KEPT = (Report, Ticket, Event, CellCount, Notice, Submission, Words, Photo, Contact)


def refused(answer, status, slug):
    """The problem details of a refusal, checked to be one; nothing was kept."""
    told = answer.json()
    assert (answer.status_code, told["type"], told["status"]) == (status, slug, status), told
    assert answer["Content-Type"] == "application/problem+json" and told["title"] and told["detail"] and "next" in told
    assert not Report.objects.exists() and not Ticket.objects.exists()
    return told


def sends(body, client=None, **headers):
    """Post JSON, given as text or as what becomes JSON."""
    body = body if isinstance(body, str | bytes) else json.dumps(body, ensure_ascii=False)
    return (client or Client()).post(POST, body, content_type="application/json", headers=headers)


# ---- where


def test_outside_the_county_names_the_nearest_town_and_how_far_it_is(cast):
    told = refused(cast.reporter.says(LAMP, BEYOND), 422, "outside-area")
    here = Point(Transformer.from_crs(4326, 4545, always_xy=True).transform(*BEYOND))
    code, metres = min(((code, outline.distance(here)) for code, outline in metric("towns.geojson").items()), key=lambda x: x[1])
    name = next(row["name"] for row in rows("towns.csv") if row["code"] == code)
    assert name in told["title"] and f"{metres / 1000:.1f} 千米" in told["title"]
    assert told["code"] == code and told["km"] == pytest.approx(metres / 1000, abs=0.001)


def test_swapped_coordinates_are_told_as_such(cast):
    told = refused(cast.reporter.says(LAMP, TEA_TOWN[::-1]), 422, "outside-area")
    assert "写反" in told["title"] and "茶镇" in told["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", '"NaN"', '"inf"', "1e999"])
@pytest.mark.parametrize("field", ["lon", "lat", "accuracy_m"])
def test_a_number_that_is_none_is_refused(db, field, number):
    place = {"lon": "108.045", "lat": "32.96"} | {field: number}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in place.items()) + ', "text": "路灯不亮"}'
    assert refused(sends(body), 422, "bad-field")["field"] == field


@pytest.mark.parametrize("value", [True, "east", [], {}, 181, -180.5])
def test_what_is_no_longitude_is_refused_by_name(db, value):
    assert refused(sends({"text": LAMP, "lon": value, "lat": 32.96}), 422, "bad-field")["field"] == "lon"


@pytest.mark.parametrize("half", [{"lon": 108.045}, {"lat": 32.96}])
def test_half_a_point_is_refused(db, half):
    assert refused(sends({"text": LAMP, **half}), 422, "bad-field")["field"] == "lon, lat"


def test_a_coordinate_system_that_nobody_knows_is_refused_and_the_known_ones_are_named(db):
    told = refused(sends({"text": LAMP, "lon": 108.045, "lat": 32.96, "crs": "beijing54"}), 422, "bad-field")
    assert told["field"] == "crs" and "gcj02" in told["detail"]


GCJ, WGS = (107.765858, 32.987961), (107.7611747, 32.9899600)  # a published pair for this county


def baidu(lon, lat):
    """GCJ-02 to BD-09 by the published formula."""
    z = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * pi * 3000 / 180)
    theta = atan2(lat, lon) + 0.000003 * cos(lon * pi * 3000 / 180)
    return z * cos(theta) + 0.0065, z * sin(theta) + 0.006


@pytest.mark.parametrize(("crs", "sent"), [("gcj02", GCJ), ("bd09", baidu(*GCJ)), ("wgs84", WGS), ("cgcs2000", WGS)])
def test_a_shifted_coordinate_lands_where_it_was_meant(cast, crs, sent):
    place = cast.reporter.reports(LAMP, sent, crs=crs)["place"]
    assert (place["lon"], place["lat"]) == pytest.approx(WGS, abs=2e-7)
    assert Report.objects.get().point.coords == pytest.approx(WGS, abs=2e-7)


def beside_the_border(metres_off=30):
    """A point in 城北街道, this far from 城南街道 as EPSG:4545 measures it."""
    north, south = (metric("towns.geojson")[code] for code in ("610724001", "610724002"))
    shared = north.intersection(south)
    for step in range(1, 40):
        on_edge = shared.interpolate(step / 40, normalized=True)
        for dx, dy in ((0, 1), (1, 0), (-1, 0), (0, -1)):
            near = Point(on_edge.x + dx * metres_off, on_edge.y + dy * metres_off)
            if north.contains(near) and 0 < near.distance(south) <= metres_off:
                lon, lat = Transformer.from_crs(4545, 4326, always_xy=True).transform(near.x, near.y)
                return (round(lon, 7), round(lat, 7)), near.distance(south)
    raise AssertionError("the two subdistricts share no border")


def test_a_vague_position_near_a_border_names_the_town_on_the_other_side(cast):
    at, metres = beside_the_border()
    borders = cast.reporter.reports(LAMP, at, accuracy_m=80)["place"]["borders"]
    assert {"code": "610724002", "name": "城南街道"} in [border["town"] for border in borders]
    assert next(b["distance_m"] for b in borders if b["town"]["code"] == "610724002") == pytest.approx(metres, abs=1)


def test_a_sharp_position_has_no_border(cast):
    at, metres = beside_the_border()
    assert cast.reporter.reports(LAMP, at, accuracy_m=metres / 2)["place"]["borders"] == []
    assert cast.reporter.reports(LAMP, at)["place"]["borders"] == []


def test_ambiguous_words_are_unplaced_and_every_candidate_is_named(cast):
    told = refused(cast.reporter.says(LAMP, place_text="五星"), 422, "unplaced")
    assert "城南街道" in told["detail"] and "高川镇" in told["detail"]


def test_words_of_a_neighbouring_county_are_outside(cast):
    assert "洋县" in refused(cast.reporter.says("洋县谢村镇路灯不亮"), 422, "outside-area")["title"]


def test_without_point_and_place_the_report_is_unplaced(cast):
    assert "镇街" in refused(cast.reporter.says("门口的灯三天不亮"), 422, "unplaced")["next"]


def test_the_place_may_stand_in_the_words_of_the_report(cast):
    place = cast.reporter.reports("茶镇渔丰村的路灯不亮")["place"]
    assert (place["town"]["code"], place["village"]["name"], place["precision"]) == ("610724110", "渔丰村", "village")


def test_words_that_contradict_the_point_are_flagged_and_the_point_stands(cast):
    told = cast.reporter.reports("茶镇街上路灯不亮", LOTUS_LANE)
    assert told["place"]["town"]["name"] == "城北街道"
    assert "茶镇" in Report.objects.get().reading["flags"]["words_say"]


def test_words_that_agree_with_the_point_are_not_flagged(cast):
    cast.reporter.reports("茶镇街上路灯不亮", TEA_TOWN)
    assert Report.objects.get().reading["flags"] == {}


# ---- what


@pytest.mark.parametrize("code", ["9999", "路灯", "04", "0401 ", "' OR 1=1"])
def test_an_unknown_category_is_refused(cast, code):
    assert refused(cast.reporter.says(LAMP, TEA_TOWN, category=code), 422, "bad-field")["field"] == "category"


@pytest.mark.parametrize("said", [{}, {"text": ""}, {"text": "  \n "}, {"text": "", "contact": "13900000000"}])
def test_saying_nothing_at_all_is_refused(db, said):
    assert refused(sends({"lon": 108.045, "lat": 32.96, **said}), 422, "bad-field")["field"] == "text"


def test_a_category_without_a_word_is_a_report(cast):
    told = cast.reporter.reports("", TEA_TOWN, category="0401")
    assert told["category"] == {"code": "0401", "name": "路灯不亮", "task": "六", "guessed": False, "confidence": 1.0}


def test_ten_megabytes_of_text_are_refused(db):
    assert refused(sends({"text": "灯" * 3_500_000, "lon": 108.045, "lat": 32.96}), 422, "bad-field")["field"] == "text"


@pytest.mark.parametrize(("field", "longest"), [("text", 4000), ("place_text", 200), ("contact", 100)])
def test_the_longest_words_are_taken_and_one_symbol_more_is_not(cast, field, longest):
    said = {"text": LAMP, "at": TEA_TOWN}
    assert refused(cast.reporter.says(**(said | {field: "字" * (longest + 1)})), 422, "bad-field")["field"] == field
    cast.reporter.reports(**(said | {field: "字" * longest}))


def test_more_than_a_request_may_carry_is_413(db):
    assert "32" in refused(sends(b"x" * (32 * 1024 * 1024 + 1)), 413, "too-large")["detail"]


def test_an_unknown_field_is_refused_by_name(db):
    assert refused(sends({"text": LAMP, "lon": 108.045, "lat": 32.96, "longitude": 1}), 422, "bad-field")["field"] == "longitude"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "text/csv", "application/octet-stream"])
def test_another_format_is_415_and_is_named(client, kind):
    assert kind in refused(client.post(POST, "text=灯", content_type=kind), 415, "wrong-media")["detail"]


@pytest.mark.parametrize("body", ["{", "", "[]", '"text"', "null", "{'text': '灯'}", b"\xff\xfe", "[" * 100_000])
def test_broken_json_is_refused(db, body):
    assert refused(sends(body), 422, "bad-field")["field"] == "body"


MARKUP = "茶镇路灯不亮<script>alert(1)</script><img src=x onerror=alert(2)> & \"'"


@pytest.mark.parametrize("page", ["/r/{code}", "/desk/{pk}", "/work/{pk}"])
def test_markup_in_a_text_is_shown_as_text(cast, page):
    told = cast.reporter.reports(MARKUP, TEA_TOWN)
    reader = {"/r": cast.reporter, "/d": cast.dispatcher, "/w": cast.worker}[page[:2]]
    answer = reader.client.get(page.format(code=told["code"], pk=Ticket.objects.get().pk))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>alert(1)" not in shown and "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown and "&lt;img src=x onerror=alert(2)&gt;" in shown


def test_markup_in_a_refused_form_comes_back_as_text(cast):
    answer = cast.reporter.client.post("/", {"text": MARKUP.removeprefix("茶镇"), "place_text": "<script>alert(3)</script>"})
    shown = answer.content.decode()
    assert answer.status_code == 422 and "<script>alert(" not in shown
    assert "&lt;script&gt;alert(1)" in shown and "&lt;script&gt;alert(3)" in shown


# ---- photos


@pytest.mark.parametrize(
    ("what", "make"),
    [
        ("words", lambda: bad_pictures.named(b"not a picture at all")),
        ("nothing", lambda: bad_pictures.named(b" ")),
        ("a page", lambda: bad_pictures.named(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.svg")),
        ("a bomb", lambda: bad_pictures.png_that_claims(50_000, 50_000)),
        ("48 megapixels", lambda: bad_pictures.picture("PNG", (8000, 6000), mode="1")),
        ("a GIF", lambda: bad_pictures.picture("GIF")),
        ("half a JPEG", lambda: bad_pictures.half_of(bad_pictures.picture())),
    ],
)
def test_what_is_no_usable_photo_is_refused_and_the_report_with_it(cast, what, make):
    refused(cast.reporter.says(LAMP, TEA_TOWN, photos=[make()]), 422, "bad-photo")


def test_one_bad_photo_among_good_ones_keeps_none(cast, settings):
    mixed = [bad_pictures.picture(), bad_pictures.named(b"no")]
    refused(cast.reporter.says(LAMP, TEA_TOWN, photos=mixed), 422, "bad-photo")
    assert not Photo.objects.exists() and not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_seven_photos_are_one_too_many(cast):
    refused(cast.reporter.says(LAMP, TEA_TOWN, photos=[bad_pictures.picture() for _ in range(7)]), 422, "bad-photo")


def test_a_photo_in_json_is_refused_with_the_way_that_works(db):
    told = refused(
        sends({"text": LAMP, "lon": 108.045, "lat": 32.96, "photos": ["data:image/png;base64,AA=="]}), 422, "bad-field"
    )
    assert "multipart" in told["detail"]


# ---- once


def test_the_same_key_with_the_same_words_is_the_same_report(cast):
    photo = bad_pictures.picture().getvalue()
    said = {"text": LAMP, "at": TEA_TOWN, "contact": "13912345678", "key": str(uuid.uuid4())}
    first, again = (cast.reporter.says(**said, photos=[bad_pictures.named(photo)]) for _ in "ab")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (Report.objects.count(), Ticket.objects.count(), Photo.objects.count()) == (1, 1, 1)


def test_another_photo_under_the_same_key_is_another_thing(cast):
    assert cast.reporter.says(LAMP, TEA_TOWN, key="k", photos=[bad_pictures.picture(size=(99, 99))]).status_code == 201
    assert cast.reporter.says(LAMP, TEA_TOWN, key="k", photos=[bad_pictures.picture(size=(98, 98))]).status_code == 409


@pytest.mark.parametrize(
    "other", [{"text": "井盖没了"}, {"at": LOTUS_LANE}, {"category": "0401"}, {"contact": "13912345678"}, {"accuracy_m": 5}]
)
def test_a_key_reused_for_something_else_is_409(cast, other):
    said = {"text": LAMP, "at": TEA_TOWN, "key": "one-key"}
    cast.reporter.reports(**said)
    answer = cast.reporter.says(**(said | other))
    assert (answer.status_code, answer.json()["type"]) == (409, "key-reused")
    assert Report.objects.count() == 1


def test_a_key_belongs_to_its_caller(cast):
    mine = cast.reporter.reports(LAMP, TEA_TOWN, key="k")
    workers = cast.worker.reports(LAMP, TEA_TOWN, key="k")
    assert mine["code"] != workers["code"]


def test_a_refused_report_leaves_its_key_free(cast):
    assert cast.reporter.says(LAMP, BEYOND, key="k").status_code == 422
    assert cast.reporter.says(LAMP, TEA_TOWN, key="k").status_code == 201


def test_everything_of_a_report_exists_when_it_is_answered(cast):
    code = cast.reporter.reports(LAMP, TEA_TOWN)["code"]
    ticket = Report.objects.get(code=code).ticket
    assert [event.step for event in ticket.events.all()] == ["open"]
    assert Notice.objects.filter(event__ticket=ticket, audience="desk").count() == 1
    assert CellCount.objects.filter(cell=ticket.cell, opened=1, voices=1).count() == 1


@pytest.mark.parametrize(
    ("room", "late"), [(Contact, "keep"), (photos, "keep"), (tally, "moved"), (audit, "rows")]
)
def test_when_a_late_step_fails_nothing_at_all_is_kept(cast, monkeypatch, room, late):
    def fails(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(room, late, fails)
    cast.reporter.client.raise_request_exception = False
    answer = cast.reporter.says(LAMP, TEA_TOWN, key="k", contact="13912345678", photos=[bad_pictures.picture()])
    assert answer.status_code == 500
    assert {model.__name__: model.objects.count() for model in KEPT} == {model.__name__: 0 for model in KEPT}
    monkeypatch.undo()
    assert cast.reporter.says(LAMP, TEA_TOWN, key="k").status_code == 201


# ---- what nobody else may see


def test_the_senders_number_is_encrypted_and_in_no_answer(cast):
    secret = "13987654321 王某"
    told = cast.reporter.reports(LAMP, TEA_TOWN, contact=secret)
    kept = Contact.objects.get()
    assert kept.read() == secret
    assert b"13987654321" not in bytes(kept.cipher) and secret.encode() not in bytes(kept.cipher)
    answers = [cast.reporter.follows(told["code"]), told, cast.dispatcher.opens(told["code"]).json()]
    page = cast.reporter.client.get(f"/r/{told['code']}").content.decode()
    assert "13987654321" not in json.dumps(answers) + page


DIGITS = st.text("0123456789", min_size=8, max_size=8)
NUMBERS = {
    "mobile": DIGITS.map(lambda tail: "139" + tail),
    "spaced mobile": DIGITS.map(lambda tail: f"137 {tail[:4]} {tail[4:]}"),
    "identity card": DIGITS.map(lambda tail: "610724" + "19800101" + tail[:3] + "X"),
    "landline": DIGITS.map(lambda tail: "0916-" + tail[:7]),
    "bank card": DIGITS.map(lambda tail: "62284800" + tail + "018"),
    "plate": st.text("ABCDEFGHJK0123456789", min_size=5, max_size=5).map(lambda tail: "陕F" + tail),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_people_are_in_no_public_answer(cast, settings, kind):
    settings.RATE_LIMIT = 10_000

    @given(
        number=NUMBERS[kind], before=st.sampled_from(["", "电话", "找他：", "。"]), after=st.sampled_from(["", "，快来", "的车"])
    )
    def masked(number, before, after):
        code = cast.reporter.reports(f"老街口路灯不亮{before}{number}{after}", TEA_TOWN)["code"]
        public = json.dumps([cast.reporter.follows(code)], ensure_ascii=False) + Report.objects.get(code=code).public_text
        assert number not in public and number.replace(" ", "").replace("-", "") not in public

    masked()


# ---- how often


def test_too_many_posts_from_one_address_are_429_with_the_time_to_wait(cast, settings):
    settings.RATE_LIMIT = 3
    for _ in range(3):
        cast.reporter.reports(LAMP, TEA_TOWN)
    answer = cast.reporter.says(LAMP, TEA_TOWN)
    assert (answer.status_code, answer.json()["type"]) == (429, "too-many")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert Report.objects.count() == 3


def test_another_address_and_signed_in_people_are_not_slowed_down(cast, settings):
    settings.RATE_LIMIT = 1
    cast.reporter.reports(LAMP, TEA_TOWN)
    assert cast.reporter.says(LAMP, TEA_TOWN).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sends({"text": LAMP, "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]}, elsewhere).status_code == 201
    for _ in range(3):
        cast.worker.reports(LAMP, TEA_TOWN)


def test_the_address_that_is_counted_is_not_kept_readable(cast):
    cast.reporter.reports(LAMP, TEA_TOWN)
    assert "127.0.0.1" not in str(Visit.objects.values())


def test_every_door_takes_reports_through_the_same_intake(cast):
    """The page's form and the API lead to rows that differ in nothing but their source and keys."""
    cast.reporter.reports(LAMP, TEA_TOWN)
    sent = {"text": LAMP, "lon": TEA_TOWN[0], "lat": TEA_TOWN[1], "key": "form-1"}
    assert cast.reporter.client.post("/", sent).status_code == 302
    by_api, by_page = Report.objects.order_by("pk")
    same = ("public_text", "point", "precision", "town_id", "category_id", "guessed", "reading")
    assert [getattr(by_api, name) for name in same] == [getattr(by_page, name) for name in same]
    assert (by_api.source, by_page.source) == ("api", "page")
