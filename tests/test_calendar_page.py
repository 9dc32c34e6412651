"""The clerk's calendar: days are ruled, taken out and loaded by hand, every change is remembered, and due dates follow."""

import datetime as dt
from html import unescape

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gis_app import audit, clock, retiming, tasks
from gis_app.models import Act, Holiday, Stamp, Ticket
from gis_app.views.staff import year as years
from tests.conftest import pk_of
from tests.test_clock import at

pytestmark = pytest.mark.django_db
COUNTY_DAY = {"first": "2026-11-26", "last": "", "working": "no", "name": "县庆"}


@pytest.fixture
def wednesday(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-25 09:00"))


def opened(cast, year=""):
    return unescape(cast.clerk.client.get("/clerk/calendar", {"year": year} if year else {}).content.decode())


def sets(cast, **typed):
    return cast.clerk.client.post("/clerk/calendar/set", COUNTY_DAY | typed, follow=True)


def test_a_day_is_ruled_and_due_dates_follow_and_both_are_remembered(cast, wednesday):
    ticket = Ticket.objects.get(pk=pk_of(cast.dispatched()))
    answer = sets(cast)
    page = unescape(answer.content.decode())
    assert answer.redirect_chain == [("/clerk/calendar?year=2026", 302)]
    assert "改了 1 天，1 件的期限跟着改了。" in page and "11月26日（周四）休息：县庆" in page
    assert Ticket.objects.get(pk=ticket.pk).due_at == at("2026-12-01 09:00")
    act = Act.objects.get(act="calendar")
    assert (act.user.username, act.about) == ("clerk", "calendar")
    assert act.given == {"first": "2026-11-26", "last": "2026-11-26", "working": False, "name": "县庆"}
    assert audit.broken_acts(Act.objects.order_by("seq")) == []


def test_taken_out_it_is_as_before_and_the_second_press_changes_nothing(cast, wednesday):
    ticket = Ticket.objects.get(pk=pk_of(cast.dispatched()))
    sets(cast)
    out = {"first": "2026-11-26", "last": "2026-11-26"}
    page = cast.clerk.client.post("/clerk/calendar/forget", out, follow=True).content.decode()
    assert "1 天照全国的日历了，1 件的期限跟着改了。" in page
    assert Ticket.objects.get(pk=ticket.pk).due_at == ticket.due_at and not Holiday.objects.exists()
    again = cast.clerk.client.post("/clerk/calendar/forget", out, follow=True).content.decode()
    assert "没有改动" in again and Act.objects.filter(act="calendar").count() == 2
    assert list(ticket.events.filter(step="retime").values_list("seq", flat=True)) == [4, 5]


def test_several_days_are_one_line_and_one_button(cast, wednesday):
    sets(cast, first="2027-02-05", last="2027-02-11", name="春节")
    sets(cast, first="2027-02-13", last="2027-02-14", working="yes", name="春节调休")
    assert [(row.first.day, row.last.day, row.working) for row in years.ruled(2027)] == [(5, 11, False), (13, 14, True)]
    page = opened(cast, 2027)
    assert page.count('action="/clerk/calendar/forget"') == 2
    assert "5–11日 休息 · 春节" in page and "13–14日 上班 · 春节调休" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first": ""}, "写成 2026-11-25 这样的日期"),
        ({"first": "26.11."}, "写成 2026-11-25 这样的日期"),
        ({"first": "9999-11-26"}, "最晚 2031 年"),
        ({"last": "2026-11-25"}, "最后一天不能早于第一天"),
        ({"last": "2026-12-31"}, "一次最多 31 天"),
        ({"working": ""}, "选休息还是上班"),
        ({"name": " "}, "写上为什么"),
        ({"name": "县" * 41}, "最多 40 字"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_it_and_nothing_is_lost(cast, wednesday, typed, sentence):
    answer = sets(cast, **typed)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422 and sentence in page
    assert 'aria-invalid="true"' in page or "working" in typed
    assert not Holiday.objects.exists() and not Act.objects.filter(act="calendar").exists()
    kept = (COUNTY_DAY | typed)["name"].strip()
    assert f'value="{kept}"' in page


def sends(cast, tmp_path, text, name="holidays.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with path.open("rb") as file:
        return cast.clerk.client.post("/clerk/calendar", {"file": file}, follow=True)


def test_next_years_days_are_loaded_from_a_file_beside_those_that_are_there(cast, wednesday, tmp_path):
    sets(cast)
    assert not clock.calendar().knows(2027)
    answer = sends(cast, tmp_path, "day,working,name\n2027-01-01,no,元旦\n2027-01-02,no,元旦\n2027-01-03,yes,元旦调休\n")
    assert "装入了 3 天" in answer.content.decode()
    assert Holiday.objects.count() == 4 and clock.calendar().knows(2027)
    assert clock.due(at("2026-12-31 15:00"), 1, "工作日") == at("2027-01-03 15:00")
    assert Act.objects.order_by("seq").last().given == {"file": "holidays.csv", "rows": 3}
    assert "装入 holidays.csv，3 天" in opened(cast)


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("day,working,name\n2027-01-01,no,元旦\n2027-02-30,no,\n", "holidays.csv", "第 3 条：要写成 2026-03-06 这样的日期"),
        ("day,working,name\n2027-01-01,off,元旦\n", "holidays.csv", "要写 yes 或 no"),
        ("", "holidays.csv", "文件是空的"),
        ("x", "holidays.xls", "要 .csv 文件"),
        ("x" * 1_100_000, "holidays.csv", "文件太大"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_in_a_sentence(cast, wednesday, tmp_path, text, name, sentence):
    answer = sends(cast, tmp_path, text, name)
    assert answer.status_code == 422 and sentence in unescape(answer.content.decode())
    assert not Holiday.objects.exists() and not Act.objects.filter(act="calendar").exists()


def test_without_a_file_one_is_asked_for(cast):
    answer = cast.clerk.client.post("/clerk/calendar")
    assert answer.status_code == 422 and "选一个文件。" in answer.content.decode()


# ---- what is drawn


def cell(year, month, day):
    return next(each for week in years.months(year)[month - 1].weeks for each in week if each and each.date.day == day)


@pytest.mark.parametrize(
    ("day", "marks", "why"),
    [
        ((2026, 11, 25), "", ""),
        ((2026, 11, 28), "off", "周末"),
        ((2026, 10, 1), "off special", "国庆节"),
        ((2026, 10, 4), "off special", "国庆节"),
        ((2026, 10, 10), "special", "国庆节调休"),
        ((2027, 1, 1), "", ""),
    ],
)
def test_a_day_is_drawn_as_it_is_worked_and_says_why(day, marks, why):
    found = cell(*day)
    assert (found.marks, found.why) == (marks, why)


def test_what_the_county_rules_is_framed_and_named(cast):
    sets(cast)
    sets(cast, first="2026-11-28", working="yes", name="迎检")
    assert (cell(2026, 11, 26).marks, cell(2026, 11, 26).why) == ("off special ruled", "县庆")
    assert (cell(2026, 11, 28).marks, cell(2026, 11, 28).why) == ("special ruled", "迎检")


def test_every_day_of_a_year_is_drawn_once_in_weeks_from_monday_on():
    months = years.months(2028)
    days = [each.date for month in months for week in month.weeks for each in week if each]
    assert days == [dt.date(2028, 1, 1) + dt.timedelta(days=n) for n in range(366)]
    assert all(len(week) == 7 for month in months for week in month.weeks)
    assert all(each.date.weekday() == n for month in months for week in month.weeks for n, each in enumerate(week) if each)


def test_a_year_that_is_no_year_is_this_one(cast, wednesday):
    for asked in ("", "1066", "99999", "２０２６", "x"):
        assert "2026 年的日历" in opened(cast, asked)
    assert "2027 年的日历" in opened(cast, "2027")


# ---- the reminder


@pytest.mark.parametrize(
    ("now", "missing"),
    [("2026-10-31 12:00", None), ("2026-11-01 00:00", 2027), ("2026-12-31 12:00", 2027), ("2027-03-01 12:00", 2027)],
)
def test_from_november_on_next_years_days_are_missed_until_they_are_loaded(cast, monkeypatch, now, missing):
    monkeypatch.setattr(timezone, "now", lambda: at(now))
    assert clock.unknown_year(at(now).date()) == missing
    for path in ("/clerk/duties", "/clerk/boundaries", "/clerk/calendar"):
        cast.clerk.signs_in()
        assert ("2027 年的放假安排还没有装入" in cast.clerk.client.get(path).content.decode()) == bool(missing)
    Holiday.objects.create(day="2027-01-01", working=False, name="元旦")
    Stamp.bump("rules")
    assert "还没有装入" not in opened(cast)


def test_nobody_but_clerks_is_reminded(cast, wednesday):
    assert "还没有装入" not in cast.leader.client.get("/clerk/coverage").content.decode()
    assert "还没有装入" in cast.clerk.client.get("/clerk/coverage").content.decode()


# ---- where there is much to do


def test_many_dates_are_left_to_a_job_and_the_clerk_is_told(cast, wednesday, monkeypatch):
    monkeypatch.setattr(tasks, "RETIMED_AT_ONCE", 1)
    pks = [pk_of(cast.dispatched()) for _ in range(2)]
    assert "未结案件的期限正在跟着改" in sets(cast).content.decode()
    [job] = DBTaskResult.objects.all()
    assert tasks.retime.func(*job.args_kwargs["args"]) == 1
    assert {Ticket.objects.get(pk=pk).due_at for pk in pks} == {at("2026-12-01 09:00")}
    assert not retiming.needed()


def test_where_very_many_are_open_nobody_waits_for_them_to_be_looked_at(cast, wednesday, monkeypatch):
    monkeypatch.setattr(retiming, "LOOKED_AT", 1)
    pks = [pk_of(cast.dispatched()) for _ in range(2)]
    sets(cast)
    assert {Ticket.objects.get(pk=pk).due_at for pk in pks} == {at("2026-11-30 09:00")}
    assert tasks.retime.func() == 2
