"""The place on the citizen's page in a real browser: a photo's own position is offered, and a border is asked about."""

import base64
import random

import pytest
from playwright.sync_api import expect

from gis_app import photos
from gis_app.models import Report
from tests import bad_pictures
from tests.browser import test_pages
from tests.browser.test_pages import SEEN, barriers, settled
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_border_question import NORTH, SHARED_KIND, SOUTH, TOWN_KIND
from tests.test_intake import beside_the_border
from tests.test_photo_position import ABSURD, FORMATS, at, block, taken

pytestmark = pytest.mark.browser
opened = test_pages.opened
USE, NO = "用照片里的位置", "不用"
OUTSIDE = (116.39, 39.91)


def chosen(file, kind="image/jpeg"):
    """A file as somebody picks it."""
    return {"name": file.name, "mimeType": kind, "buffer": file.getvalue()}


def pinned(page):
    """(lon, lat) that will be sent, or None."""
    lon, lat = (page.input_value(f"[name={name}]") for name in ("lon", "lat"))
    return (float(lon), float(lat)) if lon else None


def stands(page, place):
    """The pin is there."""
    expect(page.locator("[name=lon]")).to_have_value(f"{place[0]:.6f}")
    expect(page.locator("[name=lat]")).to_have_value(f"{place[1]:.6f}")


def sent(page):
    """Send, and the report that was made."""
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    return Report.objects.get()


# ---- where a photo was taken


def test_the_pin_goes_where_the_photo_was_taken_when_its_sender_says_so(opened):
    page = settled(opened(), "/")
    uploads = []
    page.on("request", lambda asked: uploads.append(asked.url) if asked.method == "POST" else None)
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    expect(page.locator("#taken")).to_contain_text("照片是在茶镇")
    assert pinned(page) is None and not uploads  # neither moved nor uploaded
    page.get_by_role("button", name=USE).click()
    stands(page, TEA_TOWN)
    expect(page.locator("#taken")).to_contain_text("图钉放在拍照片的地方了：茶镇")
    expect(page.locator("#chosen")).to_contain_text("茶镇")
    expect(page.locator("#taken button")).to_have_count(0)
    report = sent(page)
    assert report.point.coords == TEA_TOWN and report.photos.count() == 1
    assert photos.taken_at(bad_pictures.named(report.photos.get().file.read())) is None
    assert not page.troubles


def test_who_says_no_is_not_asked_again_for_that_place(opened):
    page = settled(opened(), "/")
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    page.get_by_role("button", name=NO, exact=True).click()
    expect(page.locator("#taken")).to_be_empty()
    assert pinned(page) is None
    page.set_input_files("#photos", chosen(at(TEA_TOWN[0] + 0.0003, TEA_TOWN[1])))  # 28 m away
    expect(page.locator("#previews img")).to_have_count(2)
    settled(page)
    expect(page.locator("#taken")).to_be_empty()
    page.set_input_files("#photos", chosen(at(*LOTUS_LANE)))
    expect(page.locator("#taken")).to_contain_text("城北街道")


@pytest.mark.parametrize(("east", "offered"), [(0.0004, False), (0.0008, True)], ids=["37 m", "75 m"])
def test_a_photo_from_where_the_pin_is_asks_nothing_and_one_from_farther_does(opened, east, offered):
    page = settled(opened(geolocation={"longitude": TEA_TOWN[0], "latitude": TEA_TOWN[1]}, permissions=["geolocation"]), "/")
    page.click("#locate")
    stands(page, TEA_TOWN)
    page.set_input_files("#photos", chosen(at(TEA_TOWN[0] + east, TEA_TOWN[1])))
    expect(page.locator("#previews img")).to_have_count(1)
    settled(page)
    expect(page.locator("#taken button")).to_have_count(2 if offered else 0)
    stands(page, TEA_TOWN)


def test_a_photo_from_beyond_the_county_is_told_and_not_used(opened):
    page = settled(opened(), "/")
    page.set_input_files("#photos", chosen(at(*OUTSIDE)))
    expect(page.locator("#taken")).to_have_text("照片是在县外拍的，没有用它的位置。")
    expect(page.locator("#taken button")).to_have_count(0)
    assert pinned(page) is None


def test_an_offer_goes_with_its_photo(opened):
    page = settled(opened(), "/")
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    expect(page.get_by_role("button", name=USE)).to_be_visible()
    page.click("#previews button")
    expect(page.locator("#taken")).to_be_empty()


def test_a_photo_without_a_position_asks_nothing(opened):
    page = settled(opened(), "/")
    page.set_input_files("#photos", [chosen(bad_pictures.picture()), chosen(taken(**ABSURD["zero"]))])
    expect(page.locator("#previews img")).to_have_count(2)
    settled(page)
    expect(page.locator("#taken")).to_be_empty()


def test_the_offer_is_taken_by_keyboard_and_the_focus_is_not_lost(opened):
    page = settled(opened(), "/")
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    expect(page.get_by_role("button", name=USE)).to_be_visible()
    page.focus("#photos")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == USE:
            break
    page.keyboard.press("Enter")
    stands(page, TEA_TOWN)
    assert page.evaluate("() => document.activeElement.id") == "taken"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('form')?.id") == "report"


def test_what_the_browser_cannot_read_the_server_offers(opened):
    """A HEIC whose EXIF block bears no mark that can be looked for: it goes to the server, which reads it through its boxes."""
    data = taken("HEIF").getvalue()
    page = settled(opened(), "/")
    hidden = data.replace(b"\0\0\0\6Exif\0\0II", b"\0\0\0\6exif\0\0II")
    assert hidden != data
    page.set_input_files("#photos", {"name": "a.heic", "mimeType": "image/heic", "buffer": hidden})
    page.fill("#text", "灯不亮")
    expect(page.locator("#previews li")).to_have_count(1)
    expect(page.locator("#taken")).to_be_empty()
    page.click("#send")
    expect(page.locator("#trouble")).to_contain_text("还不知道在哪里")
    assert not Report.objects.exists()
    page.get_by_role("button", name=USE).click()
    expect(page.locator("#chosen")).to_contain_text("城")
    assert sent(page).point.coords == pytest.approx(photos.taken_at(bad_pictures.named(hidden)), abs=1e-6)


READ = """async (files) => {
  const { takenAt } = await import("/static/taken.js");
  const read = (text) => takenAt(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], "photo"));
  return (await Promise.all(files.map(read))).map((place) => place === undefined ? "server" : place);
}"""


def read_by(page, files):
    """What the page's own reader finds in each of these bytes."""
    return page.evaluate(READ, [base64.b64encode(data).decode() for data in files])


def test_browser_and_server_read_the_same(opened):
    page = settled(opened(), "/")
    pictures = [taken(format, order=order) for format in ("JPEG", "HEIF") for order in "<>"]
    pictures += [taken(**told) for told in ABSURD.values()] + [at(-70.5, -33.25), at(179.99, -0.5), bad_pictures.picture()]
    pictures += [bad_pictures.snapshot_with_position(), bad_pictures.picture(exif=block(), icc_profile=b"\xff\xe1" * 40000)]
    found = read_by(page, [file.getvalue() for file in pictures])
    for file, place in zip(pictures, found, strict=True):
        expected = photos.taken_at(file)
        assert place is None if expected is None else place == pytest.approx(expected, abs=1e-9)
    assert sum(place is not None for place in found) == 8
    assert read_by(page, [taken(format).getvalue() for format in FORMATS[2:]]) == ["server", "server"]


def test_no_damaged_file_breaks_the_browsers_reader(opened):
    page, chance, files = settled(opened(), "/"), random.Random(7), [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff\xe1", bytes(12)]
    for format in ("JPEG", "HEIF"):
        whole = taken(format).getvalue()
        for _ in range(150):
            data = bytearray(whole[: chance.randrange(20, len(whole))] if chance.random() < 0.3 else whole)
            for _ in range(chance.randrange(1, 5)):
                data[chance.randrange(min(len(data), 700))] = chance.randrange(256)
            files.append(bytes(data))
    for place in read_by(page, files):
        assert place in (None, "server") or (abs(place[0]) <= 180 and abs(place[1]) <= 90)
    assert not page.troubles


def test_without_script_the_offer_comes_from_the_server(opened):
    page = opened(java_script_enabled=False)
    page.goto("/")
    page.fill("#text", "门口的灯不亮")
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    page.click("#send")
    expect(page.locator(".choices legend")).to_contain_text("照片是在茶镇")
    assert page.input_value("#text") == "门口的灯不亮" and not Report.objects.exists()
    page.get_by_label(USE).check()
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    page.click("#send")
    expect(page.locator("h1")).to_have_text("收到了，谢谢您")
    assert Report.objects.get().point.coords == TEA_TOWN and Report.objects.get().photos.count() == 1


# ---- on which side of a border


@pytest.fixture(scope="module")
def border():
    return beside_the_border()[0]


@pytest.fixture
def standing(opened, border):
    """Opens the page for somebody whose phone says that they stand beside a border, 80 m more or less."""

    def stand(accuracy=80, **more):
        here = {"longitude": border[0], "latitude": border[1], "accuracy": accuracy}
        page = settled(opened(geolocation=here, permissions=["geolocation"], **more), "/")
        page.click("#locate")
        stands(page, border)
        return settled(page)

    return stand


def kind(page, code):
    page.locator(".all summary").click()
    page.select_option("#any_category", code)
    return settled(page)


def test_both_sides_are_asked_with_their_units_and_the_answer_is_sent(standing, border):
    page = kind(standing(), TOWN_KIND)
    expect(page.locator("#which-side")).to_contain_text("两边归不同的单位办")
    expect(page.locator("#sides button")).to_have_text(["城北街道 · 城北街道办事处", "城南街道 · 城南街道办事处"])
    page.get_by_role("button", name="城南街道 · 城南街道办事处").click()
    expect(page.locator("#sides [aria-pressed=true]")).to_have_text("城南街道 · 城南街道办事处")
    expect(page.locator("#chosen-name")).to_have_text("城南街道")
    assert page.input_value("#place_text") == ""  # what somebody said about the place is theirs
    report = sent(page)
    assert (report.town.code, report.reading["side"], report.point.coords) == (SOUTH, SOUTH, pytest.approx(border, abs=1e-6))
    page.locator(".why summary").first.click()
    expect(page.locator(".why").first).to_contain_text("上报人选了城南街道这一边")
    assert not page.troubles


def test_not_answering_holds_nobody_up(standing):
    page = kind(standing(), TOWN_KIND)
    expect(page.locator("#sides button")).to_have_count(2)
    report = sent(page)
    assert report.town.code == NORTH and "side" not in report.reading


def test_a_second_press_takes_the_answer_back(standing):
    page = kind(standing(), TOWN_KIND)
    south = page.get_by_role("button", name="城南街道 · 城南街道办事处")
    south.click()
    south.click()
    expect(page.locator("#chosen-name")).to_have_text("城北街道")
    expect(page.locator("#sides [aria-pressed=true]")).to_have_count(0)
    assert "side" not in sent(page).reading


def test_a_kind_that_one_unit_handles_on_both_sides_is_not_asked_about(standing):
    page = standing()
    expect(page.locator("#sides button")).to_have_count(2)  # no kind yet: each town has its own unit
    kind(page, SHARED_KIND)
    expect(page.locator("#sides")).to_be_hidden()
    page.select_option("#any_category", TOWN_KIND)
    expect(page.locator("#sides button")).to_have_count(2)


def test_an_answer_does_not_outlive_its_place(standing):
    page = kind(standing(), TOWN_KIND)
    page.get_by_role("button", name="城南街道 · 城南街道办事处").click()
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map").click(position={"x": 60, "y": 90})
    expect(page.locator("#chosen-more")).to_contain_text("图钉")
    expect(page.locator("#sides")).to_be_hidden()
    assert "side" not in sent(page).reading


def test_a_sharp_position_is_not_asked_about(standing):
    expect(kind(standing(accuracy=1), TOWN_KIND).locator("#sides")).to_be_hidden()


# ---- for every reader


def answering(body):
    """A route's handler that answers with this page."""
    return lambda route: route.fulfill(status=200, content_type="text/html", body=body)


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_the_questions_are_accessible_and_fit(standing, opened, border, size, language):
    page = standing(size=size, language=language)
    page.set_input_files("#photos", chosen(at(*TEA_TOWN)))
    expect(page.locator("#taken button")).to_have_count(2)
    expect(page.locator("#sides button")).to_have_count(2)
    assert not barriers(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
    buttons = page.locator("#taken button, #sides button").all()
    assert all(button.bounding_box()["height"] >= 44 for button in buttons)
    assert not page.troubles


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_the_servers_questions_are_accessible_and_fit(opened, border, size, language):
    """The same page as without script, with script for axe: what the server answers is opened as it came."""
    for extra in ({"photos": chosen(at(*TEA_TOWN))}, {"lon": str(border[0]), "lat": str(border[1]), "accuracy_m": "80"}):
        page = settled(opened(size=size, language=language), "/")
        token = page.input_value("[name=csrfmiddlewaretoken] >> nth=0")
        answer = page.request.post("/", multipart={"csrfmiddlewaretoken": token, "text": "Dark", "key": "k"} | extra)
        assert answer.status == 422
        page.route("**/asked", answering(answer.text()))
        settled(page, "/asked")
        page.evaluate("() => document.documentElement.classList.remove('js')")
        assert page.locator(".choices input[type=radio]").count() in (2, 3)
        assert not barriers(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


# ---- a town by name after a pin


def test_a_town_chosen_by_name_lifts_the_pin_of_another_place(opened):
    page = settled(opened(), "/")
    page.fill("#place_text", "莲花社区")
    page.locator("#suggestions li").first.click()
    expect(page.locator("[name=lon]")).not_to_have_value("")
    page.fill("#place_text", "茶镇")
    page.locator("#suggestions li", has_text="茶镇").first.click()
    expect(page.locator("#chosen")).to_contain_text("只知道镇街")
    assert pinned(page) is None and not page.locator(".pin").count()
    page.locator(".kind", has_text="路灯不亮").click()
    report = sent(page)
    assert report.town.name == "茶镇" and report.point is None
