"""Pictures: drawn anew from their pixels, checked before they are decoded, stored once and told apart."""

import hashlib
import io

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from gis_app import photos
from gis_app.errors import BadPhoto
from gis_app.models import Photo, Report
from tests import bad_pictures
from tests.conftest import TEA_TOWN


def drawn(upload):
    """The picture that is kept of an upload, decoded."""
    data, size = photos.redraw(upload)
    image = Image.open(io.BytesIO(data))
    assert image.size == size and image.format == "JPEG" and image.mode == "RGB"
    return image


def reason(upload):
    """Why an upload is refused."""
    with pytest.raises(BadPhoto) as told:
        photos.redraw(upload)
    return told.value.told("why")


# ---- nothing of the sender's phone


def test_maker_position_serial_and_comment_do_not_remain():
    sent = bad_pictures.snapshot_with_position()
    assert bad_pictures.MAKER.encode() in sent.getvalue() and Image.open(sent).getexif().get_ifd(0x8825)
    data, _size = photos.redraw(sent)
    image = Image.open(io.BytesIO(data))
    assert not image.getexif() and "exif" not in image.info and "comment" not in image.info
    for told in (bad_pictures.MAKER, bad_pictures.SERIAL, "made by somebody", "Exif"):
        assert told.encode() not in data


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_profile_and_a_text_chunk_do_not_remain(format):
    secret = b"SECRET-PROFILE" * 20
    data, _size = photos.redraw(bad_pictures.picture(format, icc_profile=secret, xmp=b"SECRET-XMP" * 5))
    assert b"SECRET" not in data


def test_what_follows_the_end_of_a_picture_is_cut_off():
    sent = bad_pictures.named(bad_pictures.picture().getvalue() + b"PK\x03\x04 a zip behind a picture")
    assert b"behind a picture" not in photos.redraw(sent)[0]


@pytest.mark.parametrize(("flag", "turned"), [(1, "up"), (3, "down"), (6, "right"), (8, "left")])
def test_a_picture_is_turned_as_the_phone_was_held(flag, turned):
    """A red upper half, as the sensor sees it, comes to stand where the flag says."""
    image = Image.new("RGB", (200, 100), (20, 20, 20))
    image.paste((250, 10, 10), (0, 0, 200, 50))
    exif = Image.Exif()
    exif[0x0112] = flag
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    shown = drawn(bad_pictures.named(out.getvalue()))
    wide, high = shown.size
    assert (wide, high) == ((100, 200) if turned in ("right", "left") else (200, 100))
    halves = {"up": (0, 0, wide, high // 2), "down": (0, high // 2, wide, high)}
    halves |= {"left": (0, 0, wide // 2, high), "right": (wide // 2, 0, wide, high)}
    red = {where: ImageStat.Stat(shown.crop(half)).mean[0] for where, half in halves.items()}
    assert max(red, key=red.get) == turned and red[turned] > 200


# ---- what is taken


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_what_phones_make_is_taken(format):
    assert drawn(bad_pictures.picture(format)).size == (320, 240)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA", "I;16"])
def test_any_way_of_writing_colours_becomes_a_plain_picture(mode):
    image = Image.new(mode, (64, 48))
    out = io.BytesIO()
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert drawn(bad_pictures.named(out.getvalue())).size == (64, 48)


def blank(size):
    """A picture of one colour, which even when large is a small file."""
    out = io.BytesIO()
    Image.new("1", size).save(out, "PNG")
    return bad_pictures.named(out.getvalue())


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (2048, 2048), (2049, 10)])
def test_the_smallest_and_the_thinnest_are_taken(size):
    wide, high = drawn(blank(size)).size
    assert 1 <= wide <= 2048 and 1 <= high <= 2048


@settings(max_examples=15)
@given(wide=st.integers(1, 5000), high=st.integers(1, 3000))
def test_the_long_side_is_at_most_2048_and_the_shape_is_kept(wide, high):
    width, height = drawn(blank((wide, high))).size
    share = min(1, 2048 / max(wide, high))
    assert max(width, height) <= 2048
    assert width == pytest.approx(wide * share, abs=1) and height == pytest.approx(high * share, abs=1)


def test_forty_megapixels_are_the_most():
    assert max(drawn(blank((8000, 5000))).size) == 2048
    assert "4000" in reason(blank((8000, 5001)))


# ---- what is refused


@pytest.mark.parametrize(
    "make",
    [
        lambda: bad_pictures.named(b""),
        lambda: bad_pictures.named(b"not a picture"),
        lambda: bad_pictures.named(b"\xff\xd8\xff\xe0"),
        lambda: bad_pictures.named(b"%PDF-1.7", "photo.jpg"),
        lambda: bad_pictures.named(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo.svg"),
        lambda: bad_pictures.picture("GIF"),
        lambda: bad_pictures.picture("BMP"),
        lambda: bad_pictures.picture("TIFF"),
        lambda: bad_pictures.half_of(bad_pictures.picture()),
        lambda: bad_pictures.half_of(bad_pictures.picture("PNG")),
        lambda: bad_pictures.half_of(bad_pictures.picture("WEBP")),
        lambda: bad_pictures.half_of(bad_pictures.picture("HEIF")),
    ],
)
def test_what_is_no_photo_is_refused_with_a_reason(make):
    assert reason(make())


def test_a_bomb_is_refused_by_its_header_before_a_pixel_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert reason(bad_pictures.png_that_claims(50_000, 50_000))
    assert reason(bad_pictures.png_that_claims(7_000, 7_000))


def test_more_than_twenty_megabytes_are_not_even_opened(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda upload: pytest.fail("opened"))
    upload = bad_pictures.named(b"x")
    upload.size = 20 * 1024 * 1024 + 1
    assert "20 MB" in reason(upload)


@settings(max_examples=40)
@given(place=st.integers(0, 3000), value=st.integers(0, 255), cut=st.integers(0, 4000))
def test_a_damaged_file_is_a_picture_or_a_refusal_and_nothing_else(place, value, cut):
    data = bytearray(bad_pictures.picture(size=(64, 48)).getvalue())
    data[place % len(data)] = value
    try:
        photos.redraw(bad_pictures.named(bytes(data[: max(1, len(data) - cut % len(data))])))
    except BadPhoto as problem:
        assert problem.sentence()


def test_six_at_once_and_a_seventh_is_one_too_many():
    assert len(photos.prepare([bad_pictures.picture() for _ in range(6)])) == 6
    with pytest.raises(BadPhoto):
        photos.prepare([bad_pictures.picture() for _ in range(7)])


# ---- what is kept


def test_a_photo_is_stored_under_its_digest_and_the_same_one_once(cast):
    same = bad_pictures.picture().getvalue()
    for _ in "ab":
        cast.reporter.reports("路灯不亮", TEA_TOWN, photos=[bad_pictures.named(same)])
    rows = list(Photo.objects.all())
    assert len(rows) == 2 and rows[0].file.name == rows[1].file.name and rows[0].report_id != rows[1].report_id
    with default_storage.open(rows[0].file.name) as file:
        data = file.read()
    assert rows[0].digest == hashlib.sha256(data).hexdigest() and rows[0].digest in rows[0].file.name
    assert (rows[0].width, rows[0].height) == Image.open(io.BytesIO(data)).size == (320, 240)


def test_a_reporters_photo_shows_the_place_before_and_a_finishers_after(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", photos=[bad_pictures.picture()])["code"]
    ticket = cast.dispatcher.takes(code, "accept")
    ticket = cast.dispatcher.takes(ticket, "dispatch", unit="chazhen")
    cast.officer.takes(ticket, "start")
    cast.officer.takes(ticket, "finish", note="换了灯泡", photos=[bad_pictures.picture()])
    report = Report.objects.get()
    assert [photo.kind for photo in report.photos.all()] == ["before"]
    assert [photo.kind for photo in Photo.objects.filter(event__ticket=report.ticket)] == ["after"]


def test_a_photo_whose_file_is_gone_is_not_found_and_breaks_no_page(cast):
    cast.reporter.reports("路灯不亮", TEA_TOWN, photos=[bad_pictures.picture()])
    photo = Photo.objects.get()
    photo.file.storage.delete(photo.file.name)
    assert cast.dispatcher.client.get(reverse("photo", args=[photo.pk])).status_code == 404


def test_nothing_is_stored_of_a_name_that_the_sender_chose(cast):
    cast.reporter.reports(
        "路灯不亮", TEA_TOWN, photos=[bad_pictures.named(bad_pictures.picture().getvalue(), "../../王某的家.php")]
    )
    name = Photo.objects.get().file.name
    assert name.endswith(".jpg") and ".." not in name and "王某" not in name
