"""Following a report in a real browser: dispute and rating by keyboard, without script, and what is open near by."""

import pytest
from playwright.sync_api import expect

from gis_app.models import Event, Report, Ticket
from tests.browser import test_pages
from tests.browser.test_pages import SEEN, barriers, picture, settled
from tests.conftest import TEA_TOWN, Cast

pytestmark = pytest.mark.browser
opened = test_pages.opened


@pytest.fixture
def closed(county):
    """The code of a report that has been worked on and closed."""
    cast = Cast()
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "close", result="ok")
    return Report.objects.get(ticket=ticket["id"]).code


def tab_to(page, text):
    """Press Tab until what has the focus says so."""
    for _ in range(40):
        page.keyboard.press("Tab")
        said = page.evaluate("() => document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || ''")
        if text in said:
            return
    pytest.fail(f"no Tab leads to {text}")


def test_a_report_is_rated_and_then_disputed_by_keyboard_alone(opened, closed):
    page = settled(opened(), f"/r/{closed}")
    tab_to(page, "★")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    tab_to(page, "打分")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("打好分了")
    assert Event.objects.get(step="rate").given["stars"] == 4
    expect(page.locator("#rate")).to_have_count(0)

    tab_to(page, "没办好")
    page.keyboard.press("Enter")
    tab_to(page, "哪里没办好")
    page.keyboard.type("晚上又灭了")
    tab_to(page, "说没办好")
    page.keyboard.press("Enter")
    expect(page.locator(".standing")).to_contain_text("重新受理了")
    expect(page.locator(".timeline li").first).to_contain_text("晚上又灭了")
    assert Ticket.objects.get().state == "accepted" and not page.troubles


def test_a_dispute_keeps_its_words_and_photo_until_it_can_be_sent(opened, closed):
    page = settled(opened(), f"/r/{closed}")
    page.locator("summary", has_text="没办好").click()
    page.set_input_files("#dispute input[type=file]", picture())
    page.get_by_role("button", name="说没办好").click()
    reason = page.locator("#dispute-reason")
    expect(reason).to_be_focused()
    assert reason.evaluate("field => field.validationMessage") == "还差原因。"
    reason.fill("晚上又灭了")
    page.context.set_offline(True)
    page.get_by_role("button", name="说没办好").click()
    expect(page.locator("#dispute .mend")).to_contain_text("写的都在这一页上")
    page.context.set_offline(False)
    page.get_by_role("button", name="说没办好").click()
    expect(page.locator(".standing")).to_contain_text("重新受理了")
    assert Event.objects.get(step="dispute").photos.count() == 1 and not page.troubles


def test_without_script_an_empty_dispute_comes_back_open_and_is_sent_with_a_photo(opened, closed):
    page = opened(java_script_enabled=False)
    page.goto(f"/r/{closed}")
    page.locator("summary", has_text="没办好").click()
    page.locator("#dispute button").click()
    expect(page.locator("#dispute .mend")).to_contain_text("还差原因")
    page.fill("#dispute-reason", "又灭了")
    page.set_input_files("#dispute [name=photos]", picture())
    page.locator("#dispute button").click()
    page.wait_for_url(f"**/r/{closed}")
    expect(page.locator(".timeline img")).to_have_count(1)


def test_the_language_can_be_changed_on_a_refused_page(opened, closed):
    page = opened()
    page.goto(f"/r/{closed}")
    page.locator("#rate button").click()
    expect(page.locator("#rate .mend")).to_contain_text("还差几颗星")
    page.locator(".language button").click()
    expect(page.locator("h2", has_text="Is it really fixed?")).to_be_visible()


def test_who_reports_what_is_known_hears_so_and_may_send_it_all_the_same(opened, county):
    Cast().reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    page = settled(opened(geolocation={"longitude": TEA_TOWN[0], "latitude": TEA_TOWN[1]}, permissions=["geolocation"]), "/")
    page.click("#locate")
    expect(page.locator("#near")).to_contain_text("路灯不亮 今天报的 · 25 米内 · 收到了")
    page.locator(".kind", has_text="垃圾满溢").click()
    expect(page.locator("#near")).to_be_empty()  # another kind is another matter
    page.locator(".kind", has_text="路灯不亮").click()
    expect(page.locator("#near")).to_contain_text("照样发")
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    assert Report.objects.count() == 2 and not page.troubles


def test_what_is_open_near_the_phone_is_listed(opened, county):
    Cast().reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    page = settled(opened(geolocation={"longitude": TEA_TOWN[0], "latitude": TEA_TOWN[1]}, permissions=["geolocation"]), "/open")
    page.click("#locate")
    expect(page.locator("#found li")).to_have_count(1)
    expect(page.locator("#found li")).to_contain_text("25 米内")
    assert not page.troubles


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_a_closed_report_and_the_drawing_are_accessible_and_fit(opened, closed, size, language):
    page = opened(size=size, language=language)
    for path in (f"/r/{closed}", "/help/workflow", "/open?q=茶镇"):
        settled(page, path)
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert not barriers(page), path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
    assert not page.troubles
