"""The pages in a real browser: the main job by hand, without script, without signal, by keyboard, and for every reader."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from gis_app import loading
from gis_app.models import Photo, Report, SpotCheck, Ticket
from tests.conftest import PASSWORD, Cast, photo
from tests.test_bulletins import published_by
from tests.test_page_costs import held_against

AXE = (Path(__file__).parent.parent / "vendor/axe-core-4.14.1/axe.min.js").read_text(encoding="utf-8")
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 860}
SEEN = [(PHONE, "en"), (DESKTOP, "zh-CN")]  # each size and each language; English is longer, the phone narrower
NASTY = "灯坏了 <img src=x onerror='window.ran=1'> ${window.ran=2} `"

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(chromium, live_server, county):
    """Opens a browser window of somebody.

    `page.troubles` holds what went wrong in it and every foreign address, `page.under_way` the requests without an answer.
    """
    contexts = []

    def open_window(name="", size=PHONE, language="zh-CN", **more):
        context = chromium.new_context(viewport=size, locale=language, base_url=live_server.url, **more)
        contexts.append(context)
        page = context.new_page()
        page.troubles, page.under_way = [], set()
        page.on("request", lambda asked: page.under_way.add(asked))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda asked: page.under_way.discard(asked))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda said: page.troubles.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda asked: None if at_home(asked.url, live_server.url) else page.troubles.append(asked.url))
        if name:
            page.goto("/accounts/login/")
            page.fill("[name=username]", name)
            page.fill("[name=password]", PASSWORD)
            page.locator("form.stack button").click()
            page.wait_for_url(lambda url: "login" not in url)
        return page

    yield open_window
    for context in contexts:
        context.close()


def at_home(url, home):
    return url.startswith((home, "data:", "blob:"))


def settled(page, path=None):
    """Go there and wait until nothing more comes."""
    if path:
        page.under_way.clear()
        page.goto(path)
        at_rest(page)
    else:
        page.wait_for_load_state("networkidle")
    return page


def at_rest(page):
    """Wait until an opened page has no request under way for a fifth of a second: none of ours asks later by itself."""
    looks = 0
    while looks < 4:
        page.wait_for_timeout(50)
        looks = 0 if page.under_way else looks + 1


def says(page, text, place="茶镇", kind="路灯不亮"):
    """Fill in the citizen's page."""
    settled(page, "/")
    page.fill("#place_text", place)
    page.locator(".kind", has_text=kind).click()
    page.fill("#text", text)


def code_of(page):
    return page.locator("#code").inner_text().replace(" ", "")


def picture():
    file = photo()
    return {"name": file.name, "mimeType": "image/jpeg", "buffer": file.read()}


def test_a_full_bin_is_reported_dispatched_emptied_and_followed_by_hand(opened):
    citizen = opened()
    says(citizen, "学校门口，满了两天没人清运", kind="垃圾满溢")
    citizen.set_input_files("#photos", picture())
    expect(citizen.locator("#previews img")).to_have_count(1)
    citizen.click("#send")
    citizen.wait_for_url("**/r/*?sent=1")
    expect(citizen.locator("h1")).to_have_text("收到了，谢谢您")
    code, ticket = code_of(citizen), Ticket.objects.get()

    desk = settled(opened("dispatcher", DESKTOP), "/desk/")
    desk.keyboard.press("Enter")
    expect(desk.locator(".toast")).to_contain_text("茶镇人民政府")

    officer = opened("unit-chazhen")
    settled(officer, reverse("ticket", args=[ticket.pk]))
    officer.click("#forward")
    expect(officer.locator("#forward")).to_contain_text("拍处置后照片")
    with officer.expect_file_chooser() as asked:
        officer.click("#forward")
    asked.value.set_files([picture()])
    officer.fill("#finish-note", "清空了，也冲洗了")
    expect(officer.locator("#forward")).to_contain_text("反馈办完")
    officer.click("#forward")
    expect(officer.locator(".toast")).to_be_visible()

    settled(desk, "/desk/?tab=done")
    desk.locator("#step-close button").click()
    expect(desk.locator(".toast")).to_contain_text("核查结案")
    settled(citizen, f"/r/{code.lower()}")
    expect(citizen.locator(".chip").first).to_contain_text("办结了")
    expect(citizen.locator(".photos img")).to_have_count(2)
    assert not citizen.troubles + desk.troubles + officer.troubles


def test_a_tap_on_the_map_names_the_place_and_is_what_is_sent(opened):
    page = settled(opened(), "/")
    page.mouse.click(180, 190)
    expect(page.locator("#chosen-more")).to_contain_text("图钉")
    lon, lat = float(page.input_value("[name=lon]")), float(page.input_value("[name=lat]"))
    page.locator(".kind").first.click()
    page.click("#send")
    page.wait_for_url("**/r/*")
    assert Report.objects.get().point.coords == pytest.approx((lon, lat), abs=1e-6)
    assert not page.troubles


def test_a_typed_name_is_suggested_and_chosen_by_keyboard(opened):
    page = settled(opened(), "/")
    page.locator("#place_text").press_sequentially("莲花社区")
    expect(page.locator("#suggestions li").first).to_contain_text("城北街道")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_contain_text("城北街道")
    assert page.input_value("[name=lon]")


COVERED = """() => {
  const bar = document.querySelector(".stuck"), on = document.activeElement;
  const { left, right, bottom } = on.getBoundingClientRect();
  return !bar.contains(on) && bar.contains(document.elementFromPoint((left + right) / 2, bottom - 1));
}"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_what_has_the_focus_is_never_under_the_bar(opened, size):
    page = settled(opened(size=size), "/")
    met = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.id || document.activeElement.tagName")
        if name == "BODY":
            break
        assert not page.evaluate(COVERED), name
        met.add(name)
    assert {"text", "photos", "send"} <= met


def test_without_script_the_form_works_and_nothing_typed_is_lost(opened):
    page = opened(java_script_enabled=False)
    page.goto("/")
    page.fill("#text", "垃圾没人清")
    page.fill("#place_text", "月球")
    page.click("#send")
    expect(page.locator(".mend").first).to_contain_text("还不知道在哪里")
    assert page.input_value("#text") == "垃圾没人清" and page.input_value("#place_text") == "月球"
    page.fill("#place_text", "茶镇")
    page.click("#send")
    expect(page.locator("h1")).to_have_text("收到了，谢谢您")
    assert Report.objects.get().town.name == "茶镇"


def without_signal(page, text, **where):
    """Press send where there is no signal."""
    says(page, text, **where)
    page.context.set_offline(True)
    page.click("#send")
    expect(page.locator("#trouble")).to_contain_text("有了信号会自己发")


def later(page):
    """The phone goes into the pocket; when it comes out there is signal."""
    page.goto("about:blank")
    page.context.set_offline(False)


def test_without_signal_a_report_stays_on_the_phone_and_is_sent_once(opened):
    page = opened()
    without_signal(page, "路灯不亮")
    later(page)
    settled(page, "/")
    page.click("#kept-send")
    page.wait_for_url("**/r/*")
    assert Report.objects.count() == 1


def test_when_the_signal_is_back_what_waited_goes_by_itself(opened):
    page = opened()
    without_signal(page, "路灯不亮")
    page.context.set_offline(False)
    page.wait_for_url("**/r/*?sent=1")
    assert Report.objects.count() == 1


def test_what_was_written_over_what_waited_stays_on_the_page_as_another_report(opened):
    page = opened()
    without_signal(page, "路灯不亮")
    page.fill("#text", "另外一件，垃圾桶满了")
    page.context.set_offline(False)
    expect(page.locator("#kept")).to_contain_text("上次的发出去了")
    expect(page.locator("#kept")).to_be_in_viewport()
    expect(page.locator("#trouble")).to_be_empty()  # it no longer says that nothing was sent
    expect(page.locator("#text")).to_have_value("另外一件，垃圾桶满了")
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    assert sorted(Report.objects.values_list("said__text", flat=True)) == ["另外一件，垃圾桶满了", "路灯不亮"]


FULL = """const put = Storage.prototype.setItem;
Storage.prototype.setItem = function (name, value) {
  if (value.includes("data:image")) throw new Error("full");
  put.call(this, name, value);
};"""


def test_photos_for_which_the_phone_had_no_room_go_with_the_words(opened):
    page = opened()
    page.add_init_script(FULL)
    says(page, "路灯不亮")
    page.set_input_files("#photos", picture())
    expect(page.locator("#previews img")).to_have_count(1)
    page.context.set_offline(True)
    page.click("#send")
    expect(page.locator("#trouble")).to_contain_text("照片存不下")
    page.context.set_offline(False)
    page.wait_for_url("**/r/*?sent=1")
    assert Photo.objects.filter(report=Report.objects.get()).count() == 1


def test_a_second_report_takes_nothing_from_the_one_that_still_waits(opened):
    page = opened()
    without_signal(page, "第一件，路灯不亮")
    later(page)
    says(page, "第二件，又一盏不亮", place="莲花社区")
    expect(page.locator("#kept")).to_be_visible()
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    settled(page, "/")
    page.click("#kept-send")
    page.wait_for_url("**/r/*?sent=1")
    assert set(Report.objects.values_list("town__name", flat=True)) == {"茶镇", "城北街道"}


def test_what_waited_is_sent_beside_what_is_being_written(opened):
    page = opened()
    without_signal(page, "路灯不亮")
    later(page)
    says(page, "另外一件，还没写完", place="莲花社区")
    page.click("#kept-send")
    expect(page.locator("#kept")).to_contain_text("上次的发出去了")
    assert Report.objects.get().town.name == "茶镇"
    expect(page.locator("#text")).to_have_value("另外一件，还没写完")


def test_a_waiting_report_that_is_refused_comes_back_into_the_form(opened):
    page = opened()
    without_signal(page, "路灯不亮，在老地方", place="老地方")
    later(page)
    settled(page, "/")
    page.click("#kept-send")
    expect(page.locator("#trouble")).to_contain_text("还不知道在哪里")
    expect(page.locator("#text")).to_have_value("路灯不亮，在老地方")
    page.fill("#place_text", "茶镇")
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    settled(page, "/")
    expect(page.locator("#kept")).to_be_hidden()
    assert Report.objects.get().town.name == "茶镇"


def test_one_that_is_refused_holds_up_none_behind_it(opened):
    page = opened()
    for text, place in (("路灯不亮，在老地方", "老地方"), ("垃圾桶满了", "莲花社区")):
        without_signal(page, text, place=place)
        later(page)
    settled(page, "/")
    page.click("#kept-send")
    expect(page.locator("#kept")).to_contain_text("上次的发出去了")
    assert Report.objects.get().said.text == "垃圾桶满了"
    expect(page.locator("#trouble")).to_contain_text("还不知道在哪里")
    expect(page.locator("#text")).to_have_value("路灯不亮，在老地方")


def test_who_goes_back_after_sending_finds_an_empty_page(opened):
    page = opened()
    says(page, "路灯不亮")
    page.click("#send")
    page.wait_for_url("**/r/*?sent=1")
    page.go_back()
    settled(page)
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#send")).to_be_enabled()


def test_danger_shows_its_number_before_anything_is_sent(opened):
    page = settled(opened(), "/")
    page.fill("#text", "楼道里闻到煤气味，很浓")
    expect(page.locator("#hint .box-danger a")).to_have_attribute("href", re.compile(r"^tel:11\d$"))


def test_letters_typed_into_a_field_never_dispatch(opened):
    Cast().reporter.reports("路灯不亮", (108.0450, 32.9600), category="0401")
    page = settled(opened("dispatcher", DESKTOP), "/desk/")
    page.keyboard.press("r")
    page.keyboard.type("axj 看过了")
    page.keyboard.press("Enter")
    assert "axj 看过了" in page.input_value("#comment-note")
    assert Ticket.objects.get().state == "new"


def test_hostile_text_is_only_text_on_every_page(opened):
    code = Cast().reporter.reports(NASTY, (108.0450, 32.9600), category="0401")["code"]
    ticket = Ticket.objects.get()
    for page, paths in (
        (opened(), [f"/r/{code}"]),
        (opened("dispatcher", DESKTOP), ["/desk/", reverse("ticket", args=[ticket.pk])]),
    ):
        for path in paths:
            settled(page, path)
            assert NASTY in page.locator("main").inner_text()
            assert page.evaluate("() => window.ran === undefined")
        assert not page.troubles


def ticket_of(code):
    return Report.objects.get(code=code).ticket_id


def barriers(page):
    """What axe finds on a page, with the first place of each."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]


RANKING = ("/lead/ranking?key=dispatched_right", "/lead/ranking?by=town&period=week", "/lead/ranking/chazhen?key=filed")


@pytest.mark.parametrize(("size", "language"), SEEN, ids=["phone-en", "desktop-zh"])
def test_every_page_is_accessible_and_fits(opened, language, size, tmp_path):
    cast = Cast()
    finished = cast.finished()
    code = Report.objects.get().code
    cast.reporter.reports("河边有人掉水里昏迷了", (108.0450, 32.9600))
    long = cast.reporter.reports("W" * 700 + "垃圾堆了一路" * 100, (108.0450, 32.9600), place_text="河" * 60)["code"]
    SpotCheck.objects.create(ticket_id=finished["id"], day="2026-11-24")
    bulletin = published_by(cast.leader.user)
    loading.activate(loading.load_people(held_against(tmp_path, loading.load_people)))
    windows = {
        "": [
            *("/bulletins/", f"/bulletins/{bulletin}"),
            *("/", "/r/", f"/r/{code}", f"/r/{code}?sent=1", "/r/nothing", f"/r/{long}"),
            *("/open?q=茶镇", "/help", "/help/workflow", "/help/hotspots", "/help/data"),
            *("/known", "/api/", "/accounts/login/", "/nowhere"),
        ],
        "dispatcher": ["/desk/automatic", "/desk/", "/desk/?tab=open", "/desk/?tab=done", f"/desk/{ticket_of(long)}", "/work/"],
        "leader": [
            *("/lead/heat", "/desk/automatic", "/lead/export", "/lead/export?format=csv&town=610724116", *RANKING),
            *("/lead/bulletins", f"/lead/bulletins/{bulletin}", "/lead/assessment/2026"),
            *("/lead/hotspots", "/lead/hotspots?per=people", "/lead/heat?show=per-people"),
        ],
        "clerk": ["/desk/automatic"],
        "unit-chazhen": ["/lead/assessment/2026", "/work/", reverse("ticket", args=[finished["id"]])],
    }
    for name, paths in windows.items():
        page = opened(name, size, language)
        for path in paths:
            settled(page, path)
            assert not barriers(page), path
            assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
            assert page.locator("h1").count() == 1, path
        assert not page.troubles
