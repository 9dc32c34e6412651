"""The leaders' heat page in a browser: weeks played, cells that get finer, every map by hand, by keyboard, without script."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser import test_pages
from tests.browser.test_pages import DESKTOP, PHONE, barriers, settled
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_hotspots import tell

pytestmark = pytest.mark.browser
opened = test_pages.opened
SHOWS = ("count", "density", "towns", "people", "change")


@pytest.fixture
def told(county):
    """Many tickets at one place these days, a few at another long ago."""
    for place, town, ago, count in ((LOTUS_LANE, "城北街道", 0, 30), (LOTUS_LANE, "城北街道", 40, 2), (TEA_TOWN, "茶镇", 100, 4)):
        tell(count, place, ago, town=town)


def cells(page):
    """The areas on the map, which is a document in a frame."""
    return page.frame_locator(".chart iframe").locator(".leaflet-areas-pane path")


def test_weeks_are_played_by_hand_and_by_keyboard_and_the_period_comes_back(opened, told):
    page = settled(opened("leader", DESKTOP), "/lead/heat?days=30")
    expect(cells(page)).to_have_count(1)
    slider = page.get_by_role("slider", name="看哪一周")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".weeks output")).to_have_text(re.compile("起一周，[02] 件"))
    page.keyboard.press("Home")
    expect(page.locator(".weeks output")).to_contain_text("0 件")
    expect(cells(page)).to_have_count(0)
    page.get_by_role("button", name="回到所选时段").click()
    expect(cells(page)).to_have_count(1)
    expect(slider).to_be_focused()
    page.get_by_role("button", name="逐周播放").click()
    expect(page.locator(".weeks output")).to_contain_text("4 件")  # it begins with the first week that has any
    expect(page.get_by_role("button", name="停")).to_be_visible()
    page.get_by_role("button", name="停").click()
    assert not page.troubles


def test_when_the_weeks_do_not_come_the_page_says_so_and_the_map_stays(opened, told):
    page = settled(opened("leader", DESKTOP), "/lead/heat?days=30")
    page.route("**/lead/heat/weeks**", lambda route: route.abort())
    page.get_by_role("slider", name="看哪一周").focus()
    page.keyboard.press("Home")
    expect(page.locator(".weeks output")).to_have_text("没连上，过一会儿再试")
    expect(cells(page)).to_have_count(1)


def test_cells_get_coarser_from_afar_and_finer_from_near(opened, told):
    far = settled(opened("leader", PHONE), "/lead/heat?days=30")
    note = far.frame_locator(".chart iframe").locator(".note span")
    expect(note).to_contain_text("4.6")
    near = settled(opened("leader", DESKTOP), "/lead/heat?days=30")
    frame = near.frame_locator(".chart iframe")
    expect(frame.locator(".note span")).to_contain_text("0.66")
    asked = []
    near.on("request", lambda request: asked.append(request.url) if "/api/v1/heat" in request.url else None)
    box = cells(near).first.bounding_box()
    for _ in range(3):
        near.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        near.wait_for_timeout(600)
    expect(frame.locator(".note span")).to_contain_text("0.09")
    assert asked and all("res=9" in url and "bbox=" in url for url in asked)
    expect(cells(near)).to_have_count(1)
    assert not far.troubles and not near.troubles


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESKTOP, "zh-CN")], ids=["phone-en", "desktop-zh"])
def test_every_map_is_accessible_and_fits(opened, told, size, language):
    page = opened("leader", size, language)
    for show in SHOWS:
        settled(page, f"/lead/heat?days=30&show={show}")
        assert not barriers(page), show
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], show
    assert not page.troubles


def test_two_periods_are_compared_by_filling_in_dates(opened, told):
    page = settled(opened("leader", DESKTOP), "/lead/heat?days=30&show=change")
    expect(page.get_by_text("1 格的差别不像偶然")).to_be_visible()
    page.get_by_text("选大类和日期").click()
    page.get_by_label("大类").select_option(label="照明与供电")
    days = [timezone.localdate() - dt.timedelta(days=ago) for ago in (45, 35, 100, 90)]
    for name, day in zip(("from", "to", "than_from", "than_to"), days, strict=True):
        page.locator(f"[name={name}]").fill(day.isoformat())
    page.get_by_role("button", name="看", exact=True).click()
    page.wait_for_load_state("networkidle")
    expect(page.locator("h1")).to_contain_text("2 件")
    expect(page.get_by_text("没有一格的差别大到不像偶然")).to_be_visible()
    expect(page.locator("[name=than_to]")).to_have_value(days[3].isoformat())


def test_without_script_there_is_a_picture_beside_the_table(opened, told):
    page = opened("leader", DESKTOP)
    still = page.context.browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state(), base_url=page.url.split("/desk")[0], locale="zh-CN"
    )
    try:
        plain = still.new_page()
        plain.goto(f"{re.match('https?://[^/]+', page.url)[0]}/lead/heat?days=30")
        picture = plain.locator(".chart img")
        expect(picture).to_be_visible()
        assert picture.bounding_box()["width"] > 400
        expect(plain.locator(".chart iframe")).to_be_hidden()
        expect(plain.locator(".towns tbody tr").first).to_contain_text("城北街道")
    finally:
        still.close()
