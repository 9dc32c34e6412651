"""Steps beside the straight way, taken in a real browser: merged by a click, looked at where one stands, many at once."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from gis_app.models import Event, Report, Ticket
from gis_app.teaching import decisions
from tests.browser.test_pages import (  # noqa: F401  (opened is a fixture)
    DESKTOP,
    PHONE,
    SEEN,
    barriers,
    opened,
    picture,
    settled,
)
from tests.conftest import TEA_TOWN, Cast, pk_of

pytestmark = pytest.mark.browser


def test_a_double_is_merged_by_keyboard_and_stands_with_the_other(opened):  # noqa: F811
    cast = Cast()
    kept = cast.dispatched()
    double = pk_of(cast.reporter.reports("这边路灯也不亮", TEA_TOWN, category="0401"))
    desk = settled(opened("dispatcher", DESKTOP), f"/desk/{double}")
    desk.keyboard.press("m")
    expect(desk.locator(f"button[value={kept['code']}]")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator(".toast")).to_contain_text("并案")
    assert Ticket.objects.get(pk=double).merged_into_id == kept["id"]
    settled(desk, f"/desk/{double}")
    expect(desk.locator(".stands")).to_contain_text(kept["code"])
    assert not desk.troubles


def test_a_wrong_kind_is_put_right_by_two_keys(opened):  # noqa: F811
    cast = Cast()
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    report = Report.objects.get(code=code)
    guesses = [{"code": code, "score": 0.5, "because": []} for code in ("0401", "0404", "0307")]
    Report.objects.filter(pk=report.pk).update(reading=report.reading | {"candidates": guesses})
    desk = settled(opened("dispatcher", DESKTOP), f"/desk/{report.ticket_id}")
    expect(desk.locator("#category")).to_have_value("0401")
    desk.keyboard.press("n")
    expect(desk.locator("#category")).to_have_value("0404")
    desk.keyboard.press("Enter")
    expect(desk.locator(".toast")).to_be_visible()
    ticket = Ticket.objects.get(pk=report.ticket_id)
    assert (ticket.state, ticket.category.code, ticket.unit.code) == ("dispatched", "0404", "gongdian")
    assert decisions() == [("路灯不亮", "0404")] and not desk.troubles


def test_who_is_sent_to_look_is_placed_by_the_phone(opened):  # noqa: F811
    cast = Cast()
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "send_check", worker=cast.worker.name)
    lon, lat = TEA_TOWN
    stands = {"geolocation": {"longitude": lon, "latitude": lat + 0.002}, "permissions": ["geolocation"]}
    page = settled(opened(cast.worker.name, PHONE, **stands), "/work/?tab=check")
    page.locator(".tickets a").first.click()
    settled(page)
    expect(page.locator(".spot-typed")).to_be_hidden()
    page.select_option("#check-result", "not_ok")
    page.set_input_files("#check-photos", picture())
    page.click("#forward")
    expect(page.locator(".toast")).to_contain_text("现场核查")
    expect(page.locator(".timeline")).to_contain_text(re.compile("离工单 22\\d 米"))
    given = Event.objects.get(step="check").given
    assert given["result"] == "not_ok" and given["far"] and (given["lon"], given["lat"]) == pytest.approx((lon, lat + 0.002))
    assert not page.troubles


def test_without_a_position_from_the_phone_it_is_typed(opened):  # noqa: F811
    cast = Cast()
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "send_check", worker=cast.worker.name)
    page = settled(opened(cast.worker.name, PHONE), reverse("ticket", args=[ticket["id"]]))
    page.set_input_files("#check-photos", picture())
    page.click("#forward")
    expect(page.locator(".spot-said")).to_contain_text("写在下面")
    page.fill("#check-lon", str(TEA_TOWN[0]))
    page.fill("#check-lat", str(TEA_TOWN[1]))
    page.click("#forward")
    expect(page.locator(".toast")).to_contain_text("现场核查")
    assert Event.objects.get(step="check").given["metres_off"] == 0


def test_the_pin_is_moved_on_the_map(opened):  # noqa: F811
    ticket = Cast().dispatched()
    page = settled(opened("dispatcher", DESKTOP), reverse("ticket", args=[ticket["id"]]))
    page.locator(".rare > summary").click()
    page.locator("[data-step=relocate] > summary").click()
    page.locator("#map").click(position={"x": 120, "y": 90})
    expect(page.locator("[data-spot=pin] .spot-said")).to_contain_text("图钉挪了约")
    lon, lat = float(page.input_value("#relocate-lon")), float(page.input_value("#relocate-lat"))
    page.locator("#step-relocate button").last.click()
    expect(page.locator(".toast")).to_contain_text("改址")
    assert Ticket.objects.get(pk=ticket["id"]).point.coords == pytest.approx((lon, lat), abs=1e-6) != TEA_TOWN
    assert not page.troubles


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_ticked_is_dispatched_at_once_and_each_is_answered(opened, script):  # noqa: F811
    cast = Cast()
    for _ in range(3):
        cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    desk = settled(opened("dispatcher", DESKTOP, java_script_enabled=script), "/desk/")
    expect(desk.locator(".many")).to_be_hidden()
    for number in (0, 2):
        desk.locator(".tick input").nth(number).check()
    desk.locator("button[value=proposed]").click()
    expect(desk.locator(".outcomes li")).to_have_count(2)
    expect(desk.locator(".outcomes")).to_contain_text("已派给茶镇人民政府")
    assert list(Ticket.objects.order_by("pk").values_list("state", flat=True)) == ["dispatched", "new", "dispatched"]
    assert not desk.troubles


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_pages_with_all_their_folds_open_are_accessible_and_fit(opened, language, size):  # noqa: F811
    cast = Cast()
    ticket, kept = cast.dispatched(), cast.dispatched()
    double = pk_of(cast.reporter.reports("路" * 300, TEA_TOWN, category="0401"))
    cast.dispatcher.takes(double, "merge", other=kept["code"])
    new = pk_of(cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401"))
    cast.leader.takes(ticket, "supervise", order="这处反映了三次还没有办好" * 20, until="2030-01-07")
    cast.officer.takes(ticket, "ask_extension", reason="W" * 300, until="2030-01-07")
    pages = {
        "dispatcher": [f"/desk/{new}", f"/work/{ticket['id']}", f"/work/{double}"],
        "leader": [f"/work/{ticket['id']}", "/lead/orders", "/lead/orders?tab=answered"],
        "unit-chazhen": [f"/work/{ticket['id']}", "/unit/?tab=orders"],
    }
    for name, paths in pages.items():
        page = opened(name, size, language)
        for path in paths:
            settled(page, path)
            page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert not barriers(page), path
            assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
        assert not page.troubles


# ---- nothing written or photographed is lost


def at_work(opened):  # noqa: F811
    """A worker's page of a ticket in work, and the ticket."""
    cast = Cast()
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "start")
    return settled(opened(cast.worker.name, PHONE), f"/work/{ticket['id']}"), Ticket.objects.get(pk=ticket["id"])


def test_a_finish_without_words_is_told_before_it_leaves_and_keeps_its_photo(opened):  # noqa: F811
    phone, ticket = at_work(opened)
    phone.set_input_files("#step-finish input[type=file]", picture())
    phone.click("#forward")
    note = phone.locator("#finish-note")
    expect(note).to_be_focused()
    assert "还差说明" in note.evaluate("field => field.validationMessage")
    note.fill("换了灯泡")
    phone.click("#forward")
    expect(phone.locator(".toast")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.state == "done" and ticket.events.get(step="finish").photos.count() == 1


def test_without_signal_a_finish_stays_on_its_page(opened):  # noqa: F811
    phone, ticket = at_work(opened)
    phone.set_input_files("#step-finish input[type=file]", picture())
    phone.fill("#finish-note", "换了灯泡")
    phone.context.set_offline(True)
    phone.click("#forward")
    expect(phone.locator(".stuck .mend")).to_contain_text("写的都在这一页上")
    phone.context.set_offline(False)
    phone.click("#forward")
    expect(phone.locator(".toast")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.state == "done"


def test_what_the_desk_is_refused_is_in_view(opened):  # noqa: F811
    ticket = Cast().dispatched()
    desk = settled(opened("dispatcher", DESKTOP), f"/desk/{ticket['id']}")
    desk.keyboard.press("m")
    desk.fill("#merge-other", "X9999999")
    desk.keyboard.press("Enter")
    expect(desk.locator("#merge-other")).to_be_focused()
    expect(desk.locator("#step-merge .mend")).to_be_in_viewport()
    expect(desk.locator("#merge-other")).to_have_value("X9999999")
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the desk is one screen"
