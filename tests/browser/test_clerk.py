"""The clerk's pages in a real browser: a file is sent, its map drawn, the edition used, tickets moved, all of it undone."""

import json
import re

import pytest
from playwright.sync_api import expect

from gis_app import loading
from gis_app.models import Edition, Event, Ticket
from tests.browser import test_pages
from tests.browser.test_pages import DESKTOP, SEEN, barriers, settled
from tests.conftest import Cast
from tests.edited_towns import MILL, geojson, given_to, in_gcj02, narrower, shapefile, towns, wider

pytestmark = pytest.mark.browser
opened = test_pages.opened
MILL_TOWN = (107.3906, 32.9154)  # 私渡镇
SAND = "610724103"


@pytest.fixture
def clerk(opened):
    """Opens a window of the clerk; `page.said` holds what its console complained of."""

    def open_window(size=DESKTOP, **more):
        page = opened("clerk", size, **more)
        page.said = []
        page.on("console", lambda line: page.said.append(line.text) if line.type in ("error", "warning") else None)
        return page

    return open_window


def sends(page, path, **typed):
    """Send a file by hand."""
    settled(page, "/clerk/boundaries")
    page.set_input_files("#file", str(path))
    for name, value in typed.items():
        page.select_option(f"#{name}", value)
    page.click(".upload button")


def drawn(page):
    """Wait for the map of a report."""
    expect(page.locator("#map[data-drawn=yes]")).to_be_visible(timeout=20_000)
    expect(page.locator("#map-wait")).to_be_hidden()
    return settled(page)


def load(path):
    """An edition that is there already."""
    return loading.load("towns", path)


def test_a_file_is_sent_looked_at_used_and_undone_by_hand(clerk, tmp_path):
    Cast().reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")
    before = Edition.objects.get(kind="towns", active=True)
    page = clerk()
    sends(page, geojson(given_to(towns(), MILL, SAND), tmp_path))
    page.wait_for_url("**/clerk/boundaries/*")
    drawn(page)
    expect(page.locator("#verdict")).to_contain_text("可以启用")
    page.locator("[data-show^=land]").first.click()
    expect(page.locator(".leaflet-tooltip")).to_have_text("私渡镇 → 沙河镇，134.29 平方千米")
    assert page.evaluate("() => document.activeElement.id") == "map"

    page.locator(".verdict button.go").click()
    expect(page.locator(".toast")).to_contain_text("启用了")
    expect(page.locator(".banner[role=status]")).to_contain_text("未结的案件有 1 件要改址")
    page.locator(".banner[role=status] a").click()
    page.locator(".batch button").click()
    expect(page.locator(".box")).to_contain_text("改了 1 件")
    assert Ticket.objects.get().town.code == SAND and Event.objects.filter(step="relocate").count() == 1

    settled(page, "/clerk/boundaries")
    page.locator(".undo summary").first.click()
    expect(page.locator(".undo form").first).to_contain_text(f"回到第 {before.pk} 版")
    page.locator(".undo button").first.click()
    expect(page.locator(".toast")).to_contain_text("撤回到")
    assert Edition.objects.get(kind="towns", active=True) == before
    assert not page.troubles + page.said


def test_a_slow_file_says_that_it_is_read_and_is_sent_once(clerk, tmp_path):
    page, posts = clerk(), []
    page.on("request", lambda asked: posts.append(asked.url) if asked.method == "POST" else None)
    settled(page, "/clerk/boundaries")
    page.set_input_files("#file", str(shapefile(in_gcj02(towns()), tmp_path)))
    button = page.locator(".upload button")
    said = page.evaluate("""() => {
        const button = document.querySelector(".upload button");
        button.click(); button.click();
        return [button.textContent, button.getAttribute("aria-disabled")];
    }""")
    assert said == ["正在读…", "true"]
    page.wait_for_url("**/clerk/boundaries/*", timeout=30_000)
    assert len(posts) == 1
    expect(button).to_have_count(0)
    expect(page.locator(".verdict")).to_contain_text("GCJ-02（高德、腾讯）")


def test_what_is_plainly_wrong_is_told_before_anything_is_sent(clerk, tmp_path):
    page, posts = clerk(), []
    page.on("request", lambda asked: posts.append(asked.url) if asked.method == "POST" else None)
    settled(page, "/clerk/boundaries")
    page.click(".upload button")
    expect(page.locator("#file-trouble")).to_have_text("选一个文件。")
    bare = tmp_path / "towns.shp"
    bare.write_bytes(b"\0\0\x27\x0a")
    page.set_input_files("#file", str(bare))
    page.click(".upload button")
    expect(page.locator("#file-trouble")).to_contain_text("压成一个 .zip")
    large = tmp_path / "towns.geojson"
    large.write_bytes(b"{" + b" " * 31 * 1024 * 1024)
    page.set_input_files("#file", str(large))
    page.click(".upload button")
    expect(page.locator("#file-trouble")).to_contain_text("文件太大")
    assert not posts


def test_the_number_of_a_system_is_asked_for_only_when_it_is_wanted(clerk):
    page = settled(clerk(), "/clerk/boundaries")
    expect(page.locator("#epsg")).to_be_hidden()
    page.select_option("#crs", "other")
    expect(page.locator("#epsg")).to_be_visible()


def test_faults_lead_from_the_list_to_the_map_and_back_by_keyboard(clerk, tmp_path):
    edition = load(geojson(wider(towns(), "610724001", 300), tmp_path))
    page = clerk()
    drawn(settled(page, f"/clerk/boundaries/{edition.pk}"))
    marks = page.locator(".disc")
    assert marks.count() == len(edition.report["faults"])
    link = page.locator("a[data-show=fault-2]")
    link.focus()
    page.keyboard.press("Enter")
    frame, mark = page.locator("#map").bounding_box(), page.locator(".disc[title^='2 ']").bounding_box()
    away = [mark[side] + 11 - frame[side] - frame[size] / 2 for side, size in (("x", "width"), ("y", "height"))]
    assert max(map(abs, away)) < 20
    page.locator(".disc[title^='2 ']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.dataset.show") == "fault-2"
    assert not page.troubles + page.said


def test_layers_can_be_put_away(clerk, tmp_path):
    edition = load(geojson(narrower(towns(), "610724110", 100), tmp_path))
    page = clerk()
    drawn(settled(page, f"/clerk/boundaries/{edition.pk}"))
    expect(page.locator(".disc")).to_have_count(1)
    page.locator("[data-layer=fault]").uncheck()
    expect(page.locator(".disc")).to_have_count(0)
    page.locator("a[data-show=fault-1]").click()
    expect(page.locator(".disc")).to_have_count(1)


def test_names_in_a_file_run_nothing(clerk, tmp_path):
    frame = towns()
    frame.loc[0, "name"] = "<img src=x onerror='window.ran=1'>"
    edition = load(geojson(frame.assign(code=""), tmp_path))
    page = clerk()
    drawn(settled(page, f"/clerk/boundaries/{edition.pk}"))
    code = next(row["code"] for row in edition.report["rows"] if row["name"].startswith("<img"))
    page.locator(f"[data-show=area-{code}]").click()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("<img src=x")
    assert page.evaluate("() => window.ran === undefined") and not page.troubles


def test_without_script_everything_but_the_map_works(clerk, tmp_path):
    page = clerk(java_script_enabled=False)
    page.goto("/clerk/boundaries")
    page.set_input_files("#file", str(geojson(narrower(towns(), "610724110", 100), tmp_path)))
    page.click(".upload button")
    expect(page.locator("#verdict")).to_contain_text("不能启用")
    expect(page.locator(".no-js").first).to_be_visible()
    expect(page.locator("#fault-1")).to_contain_text("要先改好")


def test_a_lost_map_says_so_and_the_tables_stay(clerk):
    edition = Edition.objects.get(kind="towns", active=True)
    page = clerk()
    page.route("**/map.json", lambda route: route.fulfill(status=500, body="{}"))
    settled(page, f"/clerk/boundaries/{edition.pk}")
    expect(page.locator("#map-wait")).to_have_text("地图没有打开，下面的表里都有。")


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_every_page_of_the_clerk_is_accessible_and_fits(clerk, tmp_path, size, language):
    Cast().reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")
    faulty = load(geojson(wider(narrower(towns(), "610724110", 100), "610724001", 300), tmp_path, "faulty.geojson"))
    unsure = load(geojson(towns().assign(code="", name=[f"Area{n}" + "W" * 40 for n in range(17)]), tmp_path, "unsure.geojson"))
    used = loading.activate(load(geojson(given_to(towns(), MILL, SAND), tmp_path, "used.geojson")))
    page = clerk(size, language=language)
    paths = ["/clerk/boundaries", *(f"/clerk/boundaries/{each.pk}" for each in (faulty, unsure, used))]
    for path in [*paths, "/clerk/relocations", "/clerk/help/boundaries"]:
        settled(page, path)
        if re.search(r"/\d+$", path):
            drawn(page)
        for folded in page.locator("summary").all():
            folded.click()
        assert not barriers(page), path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
        assert page.locator("h1").count() == 1, path
    assert not page.troubles + page.said, json.dumps(page.troubles + page.said)
