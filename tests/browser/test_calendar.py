"""The clerk's calendar in a real browser: a day is ruled and taken out by keyboard, a file is sent; narrow, wide, in English."""

import pytest
from playwright.sync_api import expect

from gis_app.models import Holiday
from tests.browser import test_duty_pages, test_pages
from tests.browser.test_duty_pages import fits, goes
from tests.browser.test_pages import DESKTOP, PHONE

pytestmark = pytest.mark.browser
opened, windows = test_pages.opened, test_duty_pages.windows


def test_a_day_is_ruled_by_keyboard_and_taken_out_again(windows):
    page = goes(windows(), "/clerk/calendar?year=2026")
    page.locator("#first").fill("2026-12-25")
    page.locator("[name=working][value=no]").focus()
    page.keyboard.press("Space")
    page.locator("#name").fill("县庆")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("改了 1 天")
    expect(page.locator("td.ruled")).to_have_text("25休")
    page.get_by_role("button", name="去掉").click()
    expect(page.locator(".toast")).to_contain_text("照全国的日历了")
    assert not page.said and not Holiday.objects.exists()


def test_a_file_is_sent_without_scripts(windows, tmp_path):
    path = tmp_path / "holidays.csv"
    path.write_text("day,working,name\n2027-01-01,no,元旦\n", encoding="utf-8")
    page = goes(windows(java_script_enabled=False), "/clerk/calendar")
    page.set_input_files("#file", str(path))
    page.get_by_role("button", name="装入", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("装入了 1 天")
    assert Holiday.objects.count() == 1


@pytest.mark.parametrize(("language", "size"), [("zh-CN", DESKTOP), ("en-US", PHONE)], ids=["1280-zh", "360-en"])
def test_the_year_fits_and_bars_nobody(windows, size, language):
    for n in range(5, 12):
        Holiday.objects.create(day=f"2027-02-{n:02}", working=False, name="春节")
    page = windows(size=size, language=language)
    for path in ("/clerk/calendar", "/clerk/calendar?year=2027", "/clerk/calendar?year=2031"):
        fits(goes(page, path), path, size["width"])
    page.locator("#set .go").click()
    expect(page.locator("#wrong-first")).to_be_visible()
    fits(page, "wrong", size["width"])
