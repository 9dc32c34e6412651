"""The pages of duties and coverage in a real browser: a table is sent, read, tried, used and undone; the matrix by keyboard."""

import json
import re

import pytest
from playwright.sync_api import expect

from gis_app import loading, route
from gis_app.classify import categories
from gis_app.loading import duties
from gis_app.models import Edition, Stamp, Unit
from tests.browser import test_pages
from tests.browser.test_pages import DESKTOP, PHONE, SEEN, barriers
from tests.conftest import Cast, Person
from tests.test_duties import LAMP, TEA, a_row, without, written

pytestmark = pytest.mark.browser
opened = test_pages.opened
IN_TEA = f"{LAMP}x{TEA}"


@pytest.fixture
def windows(opened, live_server):
    """Opens a window of somebody who is signed in; `page.said` holds what its console complained of."""

    def open_window(name="clerk", size=DESKTOP, **more):
        page, person = opened("", size, **more), Person(name)
        session = person.client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.said = []
        page.on("console", lambda line: page.said.append(line.text) if line.type in ("error", "warning") else None)
        return page

    return open_window


def troubled(folder):
    """A table in use in which lamps in 茶镇 have nobody, 0402 there has two units, and 0501 in 城北街道 ends soon."""
    table = without(LAMP, TEA)
    row = next(row for row in table if row["category"] == "0402" and TEA in row["area_codes"])
    table += [row | {"unit": "shizheng", "area_codes": TEA}]
    table += [a_row(unit="yuanlin", category="0501", area_codes="610724001", to=duties.today().isoformat())]
    return loading.activate(duties.load(written(folder / "troubled.csv", table)), insist=True)


def other(folder):
    """A table that is not in use, and changes, empties and doubles fields."""
    table = [row | {"unit": "chengguan"} if row["category"][:2] == "06" else row for row in without("0501", "610724001")]
    return duties.load(written(folder / "other.csv", [*table, a_row(unit="wenlv", category="0102", area_codes="610724001")]))


def goes(page, path):
    """Go there; these pages fetch nothing afterwards."""
    page.goto(path)
    return page


def fits(page, path, width):
    """Nothing in the way of anybody, and nothing beside the window."""
    assert not barriers(page), path
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
    assert page.locator("h1").count() == 1, path


def test_a_table_is_sent_read_tried_used_seen_and_undone_by_hand(windows, tmp_path):
    cast = Cast()
    cast.dispatched()
    before = Edition.objects.get(kind="duties", active=True)
    page = goes(windows(), "/clerk/duties")
    page.set_input_files("#file", str(written(tmp_path / "lamp.csv", [a_row(unit="shizheng", category=LAMP)])))
    page.get_by_label("加到现有的").check()
    page.click(".upload .go")
    page.wait_for_url("**/clerk/duties/*")
    expect(page.locator(".would")).to_contain_text("1 格变成重复，1 格换单位")
    expect(page.locator("#changed + .table")).to_contain_text("茶镇人民政府")
    page.get_by_role("button", name="试算").click()
    expect(page.locator(".outcome")).to_contain_text("1 件会改派")
    expect(page.locator(".picture tbody td").first).to_contain_text("1")
    page.click(".verdict .go")
    expect(page.locator(".toast")).to_contain_text("启用了")
    expect(page.locator("h1")).to_have_text("1,853 格中，1 格重复")
    goes(page, "/clerk/duties")
    page.locator(".undo summary").click()
    expect(page.locator(".undo form")).to_contain_text(f"回到第 {before.pk} 版")
    page.locator(".undo button").click()
    expect(page.locator(".toast")).to_contain_text("撤回到")
    assert Edition.objects.get(kind="duties", active=True) == before
    assert not page.troubles + page.said


def test_what_is_wrong_with_a_file_is_told_beside_it(windows, tmp_path):
    page = goes(windows(size=PHONE), "/clerk/duties")
    page.click(".upload .go")
    expect(page.locator("#file-trouble")).to_have_text("选一个文件。")
    page.set_input_files("#file", str(written(tmp_path / "bad.csv", [a_row(unit="nobody", category=LAMP)])))
    page.click(".upload .go")
    expect(page.locator("#wrong-file")).to_contain_text("nobody")
    expect(page.locator("#wrong-file")).to_be_in_viewport()
    expect(page.locator("#file")).to_have_attribute("aria-describedby", "file-help wrong-file")


def test_a_major_and_a_field_open_by_keyboard_and_its_row_is_copied(windows, tmp_path):
    troubled(tmp_path)
    page = goes(windows(), "/clerk/coverage")
    page.locator("#m04 .major th a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#m04 .major th a")).to_have_attribute("aria-expanded", "true")
    page.locator("#m04 .kind td a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#field-title")).to_be_visible()
    assert page.url.split("?")[1].split("#")[0] == "at=0402x610724002"
    assert page.evaluate("() => document.activeElement.id") == "field"
    goes(page, f"/clerk/coverage?at={IN_TEA}")
    expect(page.locator(".cover [aria-current]")).to_have_count(1)
    page.get_by_role("button", name="复制这两行").click()
    expect(page.locator("[data-copy]")).to_have_text("复制好了")
    assert not page.troubles + page.said


def test_without_script_a_gap_on_a_phone_leads_to_who_might_take_it(windows, tmp_path):
    troubled(tmp_path)
    page = windows("leader", PHONE, java_script_enabled=False)
    page.goto("/clerk/coverage")
    page.locator(".gap-list a").first.click()
    expect(page.locator("#field-title")).to_contain_text("没人管")
    expect(page.locator(".takers")).to_contain_text("茶镇人民政府")
    page.locator("#m05 .major th a").click()
    expect(page.locator("#m05 .kind").first).to_contain_text("0501")


def test_the_matrix_prints_on_one_sheet_with_a_major_open(windows):
    page = goes(windows("leader"), "/clerk/coverage?major=07")
    sheets = re.findall(rb"/Type /Page\b(?!s)", page.pdf(prefer_css_page_size=True))
    assert len(sheets) == 1


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_every_page_of_duties_is_accessible_and_fits(windows, tmp_path, size, language):
    Unit.objects.filter(code="shizheng").update(name="市政" * 30, name_en="Municipal" + "W" * 60)
    Stamp.bump("rules")
    Cast().reporter.reports("占道经营", category="0601", place_text="茶镇")
    troubled(tmp_path)
    table = other(tmp_path)
    page = windows(size=size, language=language)
    paths = ["coverage?major=04", f"coverage?at=0402x{TEA}&try=shizheng", "duties", f"duties/{table.pk}?try=1", "help/duties"]
    for path in paths:
        goes(page, f"/clerk/{path}")
        for folded in page.locator("summary").all():
            folded.click()
        fits(page, path, size["width"])
    assert not page.troubles + page.said, json.dumps(page.troubles + page.said)


def test_empty_pages_are_accessible_and_fit(windows):
    officer = goes(windows("unit-chazhen", PHONE), "/clerk/coverage?major=04")
    expect(officer.locator("h1")).to_contain_text("本单位管")
    fits(officer, "officer", 360)
    Edition.objects.filter(kind="duties").update(active=False)
    Stamp.bump("rules")
    assert route.answer(categories()[LAMP], route.Where(TEA), duties.today()).duty is None
    page = windows(size=PHONE)
    for path in ("coverage", "duties", "coverage?town=nowhere"):
        fits(goes(page, f"/clerk/{path}"), path, 360)
    expect(goes(officer, "/clerk/coverage").locator("h1")).to_have_text("没有职责写着本单位")
    fits(officer, "officer without duties", 360)
