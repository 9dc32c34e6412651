"""Leaders' hotspots in a real browser: at both sizes, in both languages, by keyboard from the list to an order."""

import pytest
from playwright.sync_api import expect

from gis_app.models import Spot, Ticket
from tests.browser.test_pages import DESKTOP, PHONE, SEEN, barriers, opened, settled  # noqa: F401 (a fixture)
from tests.conftest import TEA_TOWN, Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def hot(county):
    """Nine reports over a kilometre of 茶镇."""
    reporter = Cast().reporter
    for n in range(9):
        at = TEA_TOWN[0] + 0.006 * (n % 3), TEA_TOWN[1] + 0.006 * (n // 3)
        reporter.reports("路灯不亮" * (1 + 40 * (n == 4)), at, category="0401")


@pytest.mark.parametrize(("size", "language"), SEEN)
def test_the_pages_are_accessible_and_fit_full_and_empty(opened, county, hot, size, language):  # noqa: F811
    page = opened("leader", size, language)
    settled(page, "/lead/hotspots")
    first = page.locator(".places th a").first.get_attribute("href")
    paths = ["/lead/hotspots", "/lead/hotspots?task=九", "/lead/hotspots?question=change", first, "/help/hotspots"]
    for path in paths:
        settled(page, path)
        assert not barriers(page), path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
        assert page.locator("h1").count() == 1, path
    assert not page.troubles


def test_a_place_is_ordered_by_keyboard_and_followed(opened, hot):  # noqa: F811
    page = opened("leader", DESKTOP)
    settled(page, "/lead/hotspots")
    expect(page.locator("h1")).to_contain_text("1 处热点要看")
    page.locator(".places .do a").focus()
    page.keyboard.press("Enter")
    page.locator("#order-text").focus()
    page.keyboard.type("两周内修好，说明怎么防止再坏")
    page.keyboard.press("Tab")
    page.locator("#order .go").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lead/hotspots?**")
    expect(page.locator(".cooled")).to_contain_text("还太早")
    assert Ticket.objects.filter(supervised_at__isnull=False).count() == len(Spot.objects.get().tickets) == 9
    assert not page.troubles


def test_the_map_stands_without_script_and_is_read_aloud(opened, hot):  # noqa: F811
    page = opened("leader", PHONE, java_script_enabled=False)
    page.goto("/lead/hotspots")
    picture = page.get_by_role("img", name="热点图：优化生活环境")
    expect(picture).to_be_visible()
    assert picture.bounding_box()["width"] <= PHONE["width"]
