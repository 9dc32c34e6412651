"""The sender's page and its steps: what is told, what is offered, once each, and to whom it belongs."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from gis_app.forms import following
from gis_app.models import Category, Event, Photo, Report, Ticket
from gis_app.templatetags import look
from gis_app.words import State
from tests.conftest import TEA_TOWN, Cast, photo
from tests.scenes import scene


@scene
def closed():
    """The code of a report that has been worked on and closed."""
    cast = Cast()
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "close", result="ok")
    return Report.objects.get(ticket=ticket["id"]).code


def page(cast, code):
    """A report's page as text."""
    return cast.reporter.client.get(f"/r/{code}").content.decode()


def sends(person, code, step, **given):
    """One of the sender's steps from the page, with what the page carries; the answer as it came."""
    shown = person.client.get(f"/r/{code}").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    body = {"step": step, "seen": seen[1] if seen else "1", "key": "a-key-of-the-page", **given}
    return person.client.post(f"/r/{code}/steps", body)


def posts(person, code, step, key=None, **given):
    """One of the sender's steps through the API."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"step": step, **given}
    files = any(hasattr(one, "read") for one in given.get("photos", ()))
    more = {} if files else {"content_type": "application/json"}
    return person.client.post(f"/api/v1/reports/{code}/steps", body, headers=headers, **more)


# ---- what is told


def test_every_state_has_what_happened_and_what_comes_next_in_words():
    assert set(State) <= set(following.HAPPENED) and set(following.HAPPENED) == set(following.NEXT)


def test_a_new_report_says_who_looks_next_and_by_when(cast):
    shown = page(cast, cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"])
    assert "派遣员看过以后派给单位" in shown and "最迟" in shown and "日期怎么算的" in shown


def test_a_date_that_has_passed_is_called_late_and_not_promised_again(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    Ticket.objects.update(opened_at=timezone.now() - dt.timedelta(9), triage_due_at=timezone.now() - dt.timedelta(8))
    assert "晚了" in page(cast, code)


def test_a_pause_says_why_masked_and_until_when(cast):
    ticket = cast.dispatched()
    until = (timezone.now() + dt.timedelta(days=9)).date()
    cast.dispatcher.takes(ticket, "suspend", reason="等配件，问 13812345678", until=until.isoformat())
    shown = page(cast, Report.objects.get().code)
    assert "先放一放" in shown and "等配件" in shown and "接着办" in shown and f"{until.day}日" in shown
    assert "13812345678" not in shown
    assert "接着办的时候再定" in shown and "放着的时间不算" in shown, "the day from before the pause is no promise"


def test_a_merged_report_still_opens_and_follows_the_other(cast):
    first, second = cast.dispatched(), cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(second, "merge", other=str(first["id"]))
    shown = page(cast, second)
    assert "您的查询码还能查" in shown and "已派人" in shown
    assert posts(cast.reporter, second, "comment", note="还不亮").status_code == 200
    assert Event.objects.get(step="comment").ticket_id == first["id"]


def steps_told(cast, code):
    return [event["step"] for event in cast.reporter.follows(code)["events"]]


def test_what_happens_to_the_other_is_told_whatever_the_desk_still_notes_on_a_merged_one(cast):
    first, second = cast.dispatched(), cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(second, "merge", other=str(first["id"]))
    cast.officer.takes(first, "start")
    cast.dispatcher.takes(second, "comment", note="同一盏灯")
    assert steps_told(cast, second) == ["open", "merge", "start"]


def test_after_an_unmerge_the_time_together_is_still_told_and_what_the_sender_added_then(cast):
    first, second = cast.dispatched(), cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(second, "merge", other=str(first["id"]))
    posts(cast.reporter, second, "comment", note="一直黑着")
    cast.dispatcher.takes(second, "unmerge")
    cast.officer.takes(first, "start")
    assert steps_told(cast, second) == ["open", "merge", "comment", "unmerge"]
    assert "一直黑着" in page(cast, second)


def test_two_that_were_merged_into_each_other_one_after_the_other_are_told_without_end(cast):
    code, other = (cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"] for _ in range(2))
    pk = {each: Report.objects.get(code=each).ticket_id for each in (code, other)}
    cast.dispatcher.takes(code, "merge", other=str(pk[other]))
    cast.dispatcher.takes(code, "unmerge")
    cast.dispatcher.takes(other, "merge", other=str(pk[code]))
    cast.dispatcher.takes(code, "accept")
    assert steps_told(cast, code) == ["open", "merge", "unmerge", "accept"]
    assert steps_told(cast, other) == ["open", "merge", "accept"]


def test_each_dispatch_is_told_with_the_unit_to_which_it_went(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(code, "accept")
    cast.dispatcher.takes(code, "dispatch", unit="gongdian")
    cast.dispatcher.takes(code, "recall", reason="派错了")
    cast.dispatcher.takes(code, "dispatch", unit="chazhen")
    told = [event["unit"]["code"] for event in cast.reporter.follows(code)["events"] if event["step"] == "dispatch"]
    assert told == ["gongdian", "chazhen"]
    timeline = page(cast, code).partition("办到哪一步")[2]
    assert timeline.count("国网西乡县供电分公司") == timeline.count("茶镇人民政府") == 1


def test_the_parts_of_a_report_are_listed_with_their_own_states(cast):
    code = cast.reporter.reports("路灯不亮，垃圾桶也满了", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(code, "split", parts='[{"category": "0101"}]')
    part = Ticket.objects.get(split_from__isnull=False)
    cast.dispatcher.takes(part, "reject", reason="mended")
    shown = page(cast, code)
    assert "分开办的" in shown and part.number in shown and part.category.name in shown and "chip-rejected" in shown


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_chip(state):
    assert f"chip-{state}" in look.chip(state, citizen=True)


# ---- what is offered


def test_only_the_steps_that_may_be_taken_are_offered(cast, closed):
    fresh = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    forms = {code: set(re.findall(r'name="step" value="(\w+)"', page(cast, code))) for code in (fresh, closed)}
    assert forms == {fresh: {"comment"}, closed: {"confirm", "dispute", "rate"}}
    assert cast.reporter.follows(fresh)["may"] == ["comment"]
    assert set(cast.reporter.follows(closed)["may"]) == {"confirm", "dispute", "rate", "comment"}


def test_a_step_is_offered_until_it_is_taken(cast, closed):
    for step, given in (("confirm", {}), ("rate", {"stars": "4"})):
        assert sends(cast.reporter, closed, step, **given)["Location"] == f"/r/{closed}"
        assert step not in cast.reporter.follows(closed)["may"]
        assert f'value="{step}"' not in page(cast, closed)


def test_who_said_that_it_is_mended_is_not_asked_again(cast, closed):
    assert "真的办好了吗" in page(cast, closed) and "您看一看" in page(cast, closed)
    sends(cast.reporter, closed, "confirm")
    assert "真的办好了吗" not in page(cast, closed) and "您看一看" not in page(cast, closed)
    assert 'value="dispute"' in page(cast, closed), "it may break again"


def test_after_fifteen_days_there_is_no_dispute(cast, closed):
    Ticket.objects.update(ended_at=timezone.now() - dt.timedelta(days=15, minutes=1))
    assert "dispute" not in cast.reporter.follows(closed)["may"] and 'value="dispute"' not in page(cast, closed)
    told = posts(cast.reporter, closed, "dispute", reason="又坏了")
    assert told.status_code == 409
    assert (told.json()["detail"], told.json()["next"]) == ("结案超过 15 天了。", "还没好，就请重新上报。")


def test_a_signed_in_member_is_offered_nothing_and_refused_in_a_sentence(cast, closed):
    assert cast.dispatcher.client.get(f"/api/v1/reports/{closed}").json()["may"] == []
    for answer in (sends(cast.dispatcher, closed, "confirm"), posts(cast.leader, closed, "confirm")):
        assert answer.status_code == 403 and "上报人自己办" in answer.content.decode()
    assert not Event.objects.filter(step="confirm").exists()


# ---- the steps


def test_a_dispute_from_the_page_reopens_the_ticket_with_reason_and_photo(cast, closed):
    assert sends(cast.reporter, closed, "dispute", reason="又灭了，电话 13812345678", photos=[photo()]).status_code == 302
    ticket, event = Ticket.objects.get(), Event.objects.get(step="dispute")
    assert ticket.state == State.ACCEPTED and event.said.text == "又灭了，电话 13812345678"
    shown = page(cast, closed)
    assert "重新受理了" in shown and "又灭了" in shown and "13812345678" not in shown
    whole = cast.dispatcher.opens(ticket).json()["events"]
    assert "13812345678" in next(each["note"] for each in whole if each["step"] == "dispute")


def test_what_is_refused_comes_back_with_all_that_was_typed(cast, closed):
    answer = sends(cast.reporter, closed, "rate", note="还行吧")
    shown = answer.content.decode()
    assert answer.status_code == 422 and "还差几颗星" in shown and "还行吧" in shown
    answer = sends(cast.reporter, closed, "dispute", reason="又灭了", photos=[photo(format="GIF")])
    shown = answer.content.decode()
    assert answer.status_code == 422 and "这张照片收不下" in shown and "又灭了" in shown and "照片要再选一次" in shown
    assert re.search(r"<details open>\s*<summary>没办好", shown)


@pytest.mark.parametrize("step", ["close", "reject", "open", ""])
def test_no_step_but_the_senders_own_can_be_sent(cast, closed, step):
    assert sends(cast.reporter, closed, step).status_code == 422
    assert posts(cast.reporter, closed, step).status_code == 422


def test_a_page_sent_twice_is_one_step(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    for _ in range(2):
        assert sends(cast.reporter, code, "comment", note="还有一盏").status_code == 302
    assert Event.objects.filter(step="comment").count() == 1


def test_who_looked_before_a_rework_hears_that_somebody_was_faster(cast, closed):
    seen = cast.reporter.follows(closed)["version"]
    posts(cast.reporter, closed, "dispute", reason="又灭了")
    told = posts(cast.reporter, closed, "dispute", reason="还是灭", seen=seen)
    assert (told.status_code, told.json()["type"]) == (409, "stale-ticket")


def test_another_senders_words_and_photos_are_not_shown(cast):
    first = cast.dispatched()
    mine, other = Report.objects.get().code, cast.reporter.reports("灯坏了", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(other, "merge", other=str(first["id"]))
    sends(cast.reporter, mine, "comment", note="我家门口更黑", photos=[photo()])
    picture = Photo.objects.get(event__step="comment")
    assert "我家门口更黑" in page(cast, mine) and "我家门口更黑" not in page(cast, other)
    asked = {code: cast.reporter.client.get(f"/photos/{picture.pk}?code={code}").status_code for code in (mine, other)}
    assert asked == {mine: 200, other: 404}


def test_a_senders_picture_never_stands_for_the_mended_place(cast):
    assert Category.objects.get(code="0101").photo_after
    ticket = cast.dispatched("垃圾桶满了", category="0101")
    cast.officer.takes(ticket, "start")
    sends(cast.reporter, Report.objects.get().code, "comment", note="现在这样", photos=[photo()])
    told = cast.officer.tries(ticket, "finish", note="好了")
    assert (told.status_code, told.json()["type"]) == (422, "needs-after_photo")


def test_the_steps_are_rate_limited_like_reports(cast, closed, settings):
    settings.RATE_LIMIT = 0  # whatever the minute, the next one is too many
    told = posts(cast.reporter, closed, "rate", stars=5)
    assert told.status_code == 429 and told["Retry-After"]
    assert sends(cast.reporter, closed, "rate", stars=5).status_code == 429
    assert not Event.objects.filter(step="rate").exists()


def test_a_form_without_its_token_is_refused(cast, closed):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/r/{closed}/steps", {"step": "confirm"}).status_code == 403
    assert not Event.objects.filter(step="confirm").exists()


def test_a_wrong_code_opens_nothing(cast, closed):
    assert cast.reporter.client.post("/r/nothing/steps", {"step": "confirm"}).status_code == 404
    assert posts(cast.reporter, "nothing", "confirm").status_code == 404
    assert cast.reporter.client.get(f"/r/{closed}/steps")["Location"] == f"/r/{closed}"


# ---- for programs


def test_a_program_confirms_and_rates_once_and_gets_the_public_view(cast, closed):
    told = posts(cast.reporter, closed, "confirm", key="k1")
    assert told.status_code == 200 and told.json()["state"] == "closed" and "confirm" not in told.json()["may"]
    assert posts(cast.reporter, closed, "confirm", key="k1").status_code == 200
    again = posts(cast.reporter, closed, "confirm", key="k2")
    assert (again.status_code, again.json()["type"]) == (409, "wrong-state")
    assert posts(cast.reporter, closed, "rate", stars=6).json()["type"] == "bad-field"
    assert posts(cast.reporter, closed, "rate", stars=5, note="快").json()["events"][-1]["note"] == "快"


def test_a_program_disputes_with_photos_in_a_form(cast, closed):
    told = posts(cast.reporter, closed, "dispute", reason="又灭了", photos=[photo()])
    assert told.status_code == 200 and told.json()["state"] == "accepted"
    assert Photo.objects.filter(event__step="dispute").count() == 1


def test_the_public_view_tells_the_dates_derivation_and_the_version(cast, closed):
    told = cast.reporter.follows(closed)
    assert told["version"] == Ticket.objects.get().version
    assert told["clock"] and all(set(line) == {"label", "value"} for line in told["clock"])
