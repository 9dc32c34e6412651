"""Inbox, the clerk's notices and the meeting's list in a real browser: by hand, on a telephone, at a desk, in two languages."""

import datetime as dt

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from gis_app import notify
from gis_app.models import Delivery, Reachable, Ticket
from tests.browser import test_duty_pages, test_pages
from tests.browser.test_duty_pages import fits
from tests.browser.test_pages import DESKTOP, PHONE
from tests.conftest import Cast

pytestmark = pytest.mark.browser
opened, windows = test_pages.opened, test_duty_pages.windows
LATE = ("opened_at", "triage_due_at", "accepted_at", "due_at", "dispatched_at", "unit_due_at", "supervised_at", "answer_due_at")


@pytest.fixture
def story():
    """Two tickets sent to 茶镇, one late and under an order without an answer; one notice that could not be sent."""
    cast = Cast()
    cast.dispatched()
    late = cast.dispatched()
    until = (timezone.now() + dt.timedelta(days=1)).isoformat()
    cast.dispatcher.takes(late, "supervise", order="说明原因", until=until)
    Ticket.objects.filter(pk=late["id"]).update(**{name: F(name) - dt.timedelta(days=60) for name in LATE})
    other = "http://127.0.0.1:9/a/long/address/of/another/program"
    Reachable.objects.create(user=cast.officer.user, channel="webhook", to=other)
    Reachable.objects.create(user=cast.officer.user, channel="sms", to="13912345678")
    Reachable.objects.create(user=cast.clerk.user, channel="webhook", to="http://127.0.0.1:9/try")
    notify.address()
    given_up = {"state": "dead", "next_at": None, "tries": 10, "error": "no answer: ConnectionRefusedError"}
    Delivery.objects.filter(channel="webhook").update(**given_up)
    return cast


def test_a_letter_is_opened_read_and_leaves_the_count(windows, story):
    page = windows(story.officer.name, PHONE)
    page.goto("/inbox")
    count = page.locator(".who .count")
    expect(count).to_contain_text("3")
    fits(page, "/inbox", 360)
    page.get_by_role("button", name="看过了").first.click()
    expect(count).to_contain_text("2")
    page.get_by_role("button", name="打开案件").first.click()
    page.wait_for_url("**/work/*")
    page.goto("/inbox")
    page.get_by_role("button", name="全部标为看过").click()
    expect(page.locator(".inbox")).to_contain_text("没有没看过的")
    expect(page.locator(".who .count")).to_have_count(0)
    page.get_by_label("用什么收").select_option("email")
    page.get_by_label("手机号或邮箱").fill("nobody")
    page.get_by_role("button", name="加上").click()
    expect(page.locator(".hear")).to_contain_text("这不像邮箱地址")
    fits(page, "/inbox with a mistake", 360)


@pytest.mark.parametrize(("locale", "size"), [("zh-CN", PHONE), ("en", DESKTOP)], ids=["phone-zh", "desktop-en"])
def test_these_pages_fit_and_stand_in_nobodys_way(windows, story, size, locale):
    for who, paths in {
        story.clerk.name: ["/clerk/notices", "/inbox"],
        story.leader.name: ["/lead/meeting", "/inbox?tab=all"],
        story.officer.name: ["/inbox"],
    }.items():
        page = windows(who, size, language=locale)
        for path in paths:
            page.goto(path)
            fits(page, path, size["width"])
            assert page.said == []


def test_what_was_given_up_is_sent_again_by_hand(windows, story):
    page = windows(story.clerk.name, DESKTOP)
    page.goto("/clerk/notices")
    expect(page.locator("h1")).to_contain_text("3 件没有发出去")
    page.get_by_role("button", name="再发").nth(1).click()
    expect(page.locator("h1")).to_contain_text("2 件没有发出去")
    page.get_by_role("button", name="全部再发").click()
    expect(page.locator("h1")).to_have_text("通知")
    page.get_by_role("button", name="网络接口发到").click()
    expect(page.locator(".box-danger")).to_contain_text("没有发出去")
