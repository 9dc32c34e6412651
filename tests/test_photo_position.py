"""Where a photo was taken: read out of it before it is drawn anew, offered, and never used by itself."""

import io
import struct

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer
from shapely.geometry import Point

from gis_app import photos
from gis_app.models import Photo, Report
from tests import bad_pictures
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_fixtures import metric
from tests.test_intake import refused

pytestmark = pytest.mark.django_db
NOWHERE = "门口的灯三天不亮"
NORTH, EAST = ((32, 1), (58, 1), (3012, 100)), ((107, 1), (46, 1), (1234, 100))  # as a phone writes degrees, minutes, seconds
TAKEN = (107 + 46 / 60 + 12.34 / 3600, 32 + 58 / 60 + 30.12 / 3600)
FORMATS = ["JPEG", "HEIF", "PNG", "WEBP"]


def block(north=NORTH, east=EAST, refs=(b"N", b"E"), order="<", kind=5):
    """An EXIF block that holds a position and nothing else, written by the standard's tables; kind 5: unsigned rationals."""
    gps, numbers = 8 + 18, 8 + 18 + 54
    entries = [
        (1, 2, 2, refs[0].ljust(4, b"\0")),
        (2, kind, len(north), struct.pack(f"{order}I", numbers)),
        (3, 2, 2, refs[1].ljust(4, b"\0")),
        (4, kind, len(east), struct.pack(f"{order}I", numbers + 8 * len(north))),
    ]
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    first = struct.pack(f"{order}HHHIII", 1, 0x8825, 4, 1, gps, 0)
    table = struct.pack(f"{order}H", 4) + b"".join(struct.pack(f"{order}HHI", *row[:3]) + row[3] for row in entries)
    values = b"".join(struct.pack(f"{order}II", *pair) for pair in (*north, *east))
    return b"Exif\0\0" + head + first + table + b"\0\0\0\0" + values


def taken(format="JPEG", **told):
    """A photo that says where it was taken."""
    return bad_pictures.picture(format, size=(64, 48), exif=block(**told))


def rationals(degrees):
    """Degrees as three pairs of whole numbers, seconds to the ten thousandth."""
    units = round(abs(degrees) * 3600 * 10_000)
    return (units // 36_000_000, 1), (units // 600_000 % 60, 1), (units % 600_000, 10_000)


def at(lon, lat):
    """A photo taken there."""
    return taken(north=rationals(lat), east=rationals(lon), refs=(b"N" if lat >= 0 else b"S", b"E" if lon >= 0 else b"W"))


ABSURD = {
    "zero": {"north": ((0, 1),) * 3, "east": ((0, 1),) * 3},
    "no north": {"refs": (b"X", b"E")},
    "refs swapped": {"refs": (b"E", b"N")},
    "empty refs": {"refs": (b"", b"")},
    "too far north": {"north": ((91, 1), (0, 1), (0, 1))},
    "too far east": {"east": ((181, 1), (0, 1), (0, 1))},
    "no such minute": {"north": ((32, 1), (75, 1), (0, 1))},
    "divided by zero": {"north": ((32, 0), (58, 0), (30, 0))},
    "nothing by nothing": {"north": ((32, 1), (58, 1), (0, 0))},
    "two numbers": {"north": ((32, 1), (58, 1))},
    "negative": {"north": ((2**32 - 32, 1), (58, 1), (0, 1)), "kind": 10},
}


# ---- reading


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("format", FORMATS)
def test_a_photos_position_is_read_in_either_byte_order(format, order):
    sent = taken(format, order=order)
    assert photos.taken_at(sent) == pytest.approx(TAKEN, abs=1e-9)
    assert sent.tell() == 0


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_any_position_on_earth_is_read_back(lon, lat):
    found = photos.taken_at(at(lon, lat))
    if (round(lon * 3.6e7), round(lat * 3.6e7)) == (0, 0):
        assert found is None
    else:
        assert found == pytest.approx((lon, lat), abs=1e-7)


@pytest.mark.parametrize("told", ABSURD.values(), ids=ABSURD)
def test_an_absurd_position_is_none(told):
    assert photos.taken_at(taken(**told)) is None


def test_a_photo_without_a_position_has_none():
    assert photos.taken_at(bad_pictures.picture()) is None
    exif = Image.Exif()
    exif[0x010F] = bad_pictures.MAKER
    assert photos.taken_at(bad_pictures.picture(exif=exif)) is None


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(place=st.integers(20, 150), value=st.integers(0, 255), cut=st.integers(0, 700))
def test_a_damaged_block_is_a_position_on_earth_or_none(place, value, cut):
    data = bytearray(taken().getvalue())
    data[place] = value
    found = photos.taken_at(bad_pictures.named(bytes(data[: len(data) - cut])))
    assert found is None or (abs(found[0]) <= 180 and abs(found[1]) <= 90)


# ---- offering, by the API


def town_at(lon, lat):
    """The code of the town whose outline covers a point, by shapely in EPSG:4545."""
    here = Point(Transformer.from_crs(4326, 4545, always_xy=True).transform(lon, lat))
    return min(code for code, outline in metric("towns.geojson").items() if outline.covers(here))


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_without_a_place_is_offered_where_its_photo_was_taken(cast, format):
    told = refused(cast.reporter.says(NOWHERE, photos=[taken(format)]), 422, "unplaced")["photo_position"]
    assert set(told) == {"lon", "lat", "town"} and told["town"]["code"] == town_at(*TAKEN)
    assert (told["lon"], told["lat"]) == pytest.approx(TAKEN, abs=1e-6)


def test_an_ambiguous_name_is_offered_it_too(cast):
    told = refused(cast.reporter.says("路灯不亮", place_text="五星", photos=[taken()]), 422, "unplaced")
    assert told["photo_position"]["lon"] == pytest.approx(TAKEN[0], abs=1e-6) and "高川镇" in told["detail"]


def test_the_first_photo_that_says_so_counts(cast):
    pictures = [bad_pictures.picture(), at(116.39, 39.91), at(*TEA_TOWN), taken()]
    told = refused(cast.reporter.says(NOWHERE, photos=pictures), 422, "unplaced")["photo_position"]
    assert told["town"] == {"code": "610724110", "name": "茶镇"}


@pytest.mark.parametrize(
    "make", [bad_pictures.picture, lambda: at(116.39, 39.91), lambda: taken(**ABSURD["zero"])], ids=["none", "outside", "zero"]
)
def test_without_a_position_in_the_county_nothing_is_offered(cast, make):
    assert "photo_position" not in refused(cast.reporter.says(NOWHERE, photos=[make()]), 422, "unplaced")


def test_a_report_without_photos_is_offered_nothing(cast):
    assert "photo_position" not in refused(cast.reporter.says(NOWHERE), 422, "unplaced")


def test_a_pin_and_words_stand_whatever_the_photo_says(cast):
    pinned = cast.reporter.reports(NOWHERE, LOTUS_LANE, photos=[at(*TEA_TOWN)])["place"]
    assert (pinned["lon"], pinned["lat"], pinned["town"]["name"]) == (*LOTUS_LANE, "城北街道")
    named = cast.reporter.reports(NOWHERE, place_text="沙河镇", photos=[at(*TEA_TOWN)])["place"]
    assert (named["lon"], named["town"]["name"], named["precision"]) == (None, "沙河镇", "town")


def test_what_was_offered_can_be_sent(cast):
    told = refused(cast.reporter.says(NOWHERE, photos=[taken()]), 422, "unplaced")["photo_position"]
    place = cast.reporter.reports(NOWHERE, (told["lon"], told["lat"]), photos=[taken()])["place"]
    assert place["town"] == told["town"] and place["precision"] == "point"


# ---- offering, on the page without script


def sends(**fields):
    """Post the page's form as a browser without script does."""
    return Client().post("/", {"key": "one-form", "text": NOWHERE} | fields)


def test_the_form_comes_back_with_the_offer_and_all_that_was_typed():
    answer = sends(photos=[at(*TEA_TOWN)], contact="13912345678", category="0401")
    page = answer.content.decode()
    assert answer.status_code == 422 and not Report.objects.exists()
    assert 'name="photo_at" value="108.045000,32.960000"' in page and "照片是在茶镇" in page
    assert "用照片里的位置" in page and "GCJ-02" in page
    assert NOWHERE in page and 'value="13912345678"' in page and 'value="0401" checked' in page
    assert 'name="photo_at" value="" checked' in page  # the offer is not taken by itself


def test_the_offer_that_is_taken_places_the_report():
    sends(photos=[at(*TEA_TOWN)])
    answer = sends(photos=[at(*TEA_TOWN)], photo_at="108.045000,32.960000")
    assert answer.status_code == 302 and Report.objects.get().point.coords == TEA_TOWN


def test_the_offer_that_is_not_taken_is_asked_again_or_gives_way_to_words():
    assert sends(photos=[at(*TEA_TOWN)], photo_at="").status_code == 422
    assert sends(photos=[at(*TEA_TOWN)], photo_at="", place_text="沙河镇").status_code == 302
    assert Report.objects.get().town.name == "沙河镇"


def test_a_typed_coordinate_beats_the_photos():
    assert sends(photo_at="108.045,32.96", lon=LOTUS_LANE[0], lat=LOTUS_LANE[1]).status_code == 302
    assert Report.objects.get().point.coords == LOTUS_LANE


@pytest.mark.parametrize("forged", ["here", "1,2,3", "nan,nan", "108.045", ",", "116.39,39.91"])
def test_a_forged_answer_is_refused_like_a_mistyped_coordinate(forged):
    answer = sends(photo_at=forged)
    assert answer.status_code == 422 and NOWHERE in answer.content.decode()
    assert not Report.objects.exists()


def test_a_taken_offer_stays_when_something_else_is_wrong():
    page = sends(photo_at="108.045,32.96", photos=[bad_pictures.named(b"no photo")]).content.decode()
    assert 'name="lon" value="108.045"' in page and 'name="lat" value="32.96"' in page


def test_english_readers_are_offered_it_in_english():
    page = Client(headers={"accept-language": "en"}).post("/", {"text": "It is dark here", "photos": [at(*TEA_TOWN)]})
    assert "Use where the photo was taken" in page.content.decode()


# ---- what is kept


def test_no_stored_photo_has_exif(cast):
    cast.reporter.reports(NOWHERE, TEA_TOWN, photos=[taken(format) for format in FORMATS])
    snapshot = bad_pictures.snapshot_with_position()
    cast.reporter.reports(NOWHERE, LOTUS_LANE, photos=[snapshot])
    rows = list(Photo.objects.all())
    assert len(rows) == len(FORMATS) + 1
    for row in rows:
        with default_storage.open(row.file.name) as file:
            data = file.read()
        assert not Image.open(io.BytesIO(data)).getexif() and b"Exif" not in data and bad_pictures.MAKER.encode() not in data
        assert photos.taken_at(bad_pictures.named(data)) is None
