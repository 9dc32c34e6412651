"""The leaders' map in a real browser, under the same strict policy that the service sends; no server and no database."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.cells import cell_of, frame, name
from layers.draw import Wording, heat_map, signed
from layers.ground import Place, ground_of
from layers.heat import COUNTED, SHADES, class_of
from layers.overlay import Overlay

ROOT = Path(__file__).parent.parent.parent
LEAFLET = ROOT / "gis_app/static/vendor/leaflet-1.9.4"
AXE = ROOT / "tests/vendor/axe-core-4.14.1/axe.min.js"
HOST = "http://map.test"
POLICY = "default-src 'self'; script-src 'self' 'nonce-n0nce'; style-src 'self' 'nonce-n0nce'; style-src-attr 'unsafe-inline'"
WORDS = Wording("zh-Hans", "热力图", "示意边界，非法定界线", "米", "千米", "放大", "缩小", {7: "每格约 5 平方千米"})
NASTY = "<img src=x onerror='window.ran=1'>${window.ran=2}`"

pytestmark = pytest.mark.browser


def places(file):
    features = json.loads((ROOT / "fixtures" / file).read_text(encoding="utf-8"))["features"]
    return [
        Place(f["properties"]["code"], f["properties"]["name"], shapely.make_valid(shapely.geometry.shape(f["geometry"])))
        for f in features
    ]


@pytest.fixture(scope="module")
def ground():
    return ground_of(places("towns.geojson"), places("neighbours.geojson"), 0.001)


@pytest.fixture
def show(chromium, ground):
    """Opens the map of some counts; the page carries what went wrong in it as `page.troubles`."""
    opened = []

    def look(counts, ground=ground, words=WORDS, width=800, height=640, coarse=None, fine=""):
        cells = sorted(counts)
        numbers = np.array([counts[c] for c in cells], int)
        table = frame(cells, count=numbers, voices=numbers, shade=class_of(numbers))
        overlay = Overlay(table, COUNTED, {"count": "件数", "voices": "上报次数"}, coarse, fine)
        assets = {file: f"{HOST}/{file}" for file in ("leaflet.js", "leaflet.css")}
        document = signed(heat_map(overlay, ground, words, assets), "n0nce")
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda message: message.type == "error" and page.troubles.append(message.text))
        page.route("**/*", lambda route: answer(route, document, page))
        page.goto(f"{HOST}/map")
        page.wait_for_selector("path")
        page.wait_for_timeout(200)  # names thin out in the next frame
        opened.append(page)
        return page

    yield look
    for page in opened:
        page.close()


def answer(route, document, page):
    file = route.request.url.removeprefix(f"{HOST}/")
    if file == "map":
        route.fulfill(body=document, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
    elif file in ("leaflet.js", "leaflet.css"):
        route.fulfill(path=LEAFLET / file)
    else:
        page.troubles.append(f"asked for {route.request.url}")
        route.abort()


def on_each_other(a, b, slack=3.5):
    """Whether two boxes overlap by more than the empty rim of a line of text."""
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return not beside and a["y"] < b["y"] + b["height"] - slack and b["y"] < a["y"] + a["height"] - slack


LANE, MARKET = cell_of(107.7661, 32.9931, 8), cell_of(107.9812, 33.0503, 8)


def test_each_cell_is_a_hexagon_in_the_shade_of_its_class(show):
    page = show({LANE: 1, MARKET: 20})
    for shade in (SHADES[0], SHADES[5]):
        assert page.locator(f"path[fill='{shade}']").count() == 1
    assert page.troubles == []


def test_one_more_ticket_changes_the_square(show):
    before, after = show({LANE: 2}), show({LANE: 3})
    assert before.locator(f"path[fill='{SHADES[1]}']").count() == after.locator(f"path[fill='{SHADES[2]}']").count() == 1


def test_pointing_at_a_cell_tells_its_numbers(show):
    page = show({LANE: 7})
    page.locator(f"path[fill='{SHADES[3]}']").hover()
    assert page.locator(".tip").inner_text().split() == ["件数", "7", "上报次数", "7"]


def test_all_seventeen_towns_are_named_on_a_desk_and_no_name_lies_on_another(show):
    page = show({LANE: 40})
    seen = page.locator(".name.town span:visible")
    assert seen.count() == 17
    boxes = [span.bounding_box() for span in page.locator(".name span:visible").all()]
    assert not any(on_each_other(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_on_a_phone_names_wait_until_there_is_room(show):
    page = show({LANE: 40}, width=328, height=270)
    before = page.locator(".name.town span:visible").count()
    for _ in range(2):
        page.get_by_role("button", name="放大").click()
        page.wait_for_timeout(600)
    assert before < 17
    assert page.locator(".name.town span[hidden]").count() < 17 - before


def test_on_a_phone_no_name_hides_a_cell_where_much_was_told(show):
    hot = {cell_of(107.55 + east / 100, 32.75 + north / 100, 8): 30 for east in range(3) for north in range(3)}
    page = show(hot, width=328, height=270)
    names = [span.bounding_box() for span in page.locator(".name span:visible").all()]
    cells = [path.bounding_box() for path in page.locator(f"path[fill='{SHADES[5]}']").all()]
    assert len(cells) == len(hot)
    assert not any(on_each_other(a, b) for a in names for b in cells)


def test_the_scale_and_the_sentence_about_the_boundaries_are_in_view(show):
    page = show({LANE: 1})
    assert page.get_by_text("示意边界，非法定界线").is_visible()
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("千米")


def test_hostile_names_are_shown_and_never_run(show, ground):
    named = ground._replace(towns=[label._replace(name=NASTY) for label in ground.towns[:1]])
    page = show(
        {LANE: 3}, ground=named, words=WORDS._replace(title=NASTY, note=NASTY, zoom_in=NASTY, kilometre=NASTY)
    )
    page.locator(f"path[fill='{SHADES[2]}']").hover()
    assert page.evaluate("() => window.ran") is None
    assert NASTY in page.locator(".name.town span").first.text_content()
    assert page.troubles == []


def test_the_map_has_no_barriers(show):
    page = show({LANE: 5, MARKET: 1})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run()")
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


def test_the_keyboard_moves_and_enlarges(show):
    page = show({LANE: 5})
    page.keyboard.press("Tab")
    before = page.locator(f"path[fill='{SHADES[3]}']").bounding_box()
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    assert page.locator(f"path[fill='{SHADES[3]}']").bounding_box()["width"] > before["width"]


def test_a_county_without_reports_is_still_drawn(show):
    page = show({})
    assert page.locator("path[stroke-dasharray]").count() > 10
    assert page.troubles == []


def test_a_cells_name_is_kept_for_whoever_reads_the_source(show):
    assert name(LANE) in show({LANE: 1}).content()
