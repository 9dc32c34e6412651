"""Working time, held against a calendar typed from the State Council's notices and a count of single minutes."""

import datetime as dt
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone, translation
from hypothesis import assume, given
from hypothesis import strategies as st

from gis_app import clock
from gis_app.models import Category, Holiday, OfficeHours, Stamp, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, pk_of

pytestmark = pytest.mark.django_db
CHINA = dt.timezone(dt.timedelta(hours=8))
HOURS, DAYS, ROUND = "工作时", "工作日", "紧急工作时"
EACH = {HOURS: 60, DAYS: 450, ROUND: 60}  # minutes of its own time in one of each
OFFICE = [(8 * 60 + 30, 12 * 60), (14 * 60, 18 * 60)]
OFF = """
2024-01-01 2024-02-10..2024-02-17 2024-04-04..2024-04-06 2024-05-01..2024-05-05 2024-06-10 2024-09-15..2024-09-17
2024-10-01..2024-10-07
2025-01-01 2025-01-28..2025-02-04 2025-04-04..2025-04-06 2025-05-01..2025-05-05 2025-05-31..2025-06-02 2025-10-01..2025-10-08
2026-01-01..2026-01-03 2026-02-15..2026-02-23 2026-04-04..2026-04-06 2026-05-01..2026-05-05 2026-06-19..2026-06-21
2026-09-25..2026-09-27 2026-10-01..2026-10-07
"""
WORKED = """
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 2025-01-26 2025-02-08 2025-04-27
2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
BEGIN, END = dt.date(2024, 1, 1), dt.date(2026, 12, 31)


def days_of(text):
    """The dates that a list of dates and spans names."""
    found = set()
    for item in text.split():
        first, last = (dt.date.fromisoformat(day) for day in (item.split("..") * 2)[:2])
        found |= {first + dt.timedelta(days=n) for n in range((last - first).days + 1)}
    return found


@cache
def open_minutes():
    """(n + 1,) how many minutes the office was open before each minute since BEGIN, counted one by one."""
    off, worked = days_of(OFF), days_of(WORKED)
    day_open = np.zeros(1440, dtype=int)
    for opens, closes in OFFICE:
        day_open[opens:closes] = 1
    days = [BEGIN + dt.timedelta(days=n) for n in range((END - BEGIN).days + 1)]
    works = [day in worked or (day.weekday() < 5 and day not in off) for day in days]
    minutes = np.concatenate([day_open * work for work in works])
    return np.concatenate([[0], np.cumsum(minutes)])


def minute(moment):
    """Minutes since BEGIN in China."""
    return int((moment - dt.datetime.combine(BEGIN, dt.time(), CHINA)) / dt.timedelta(minutes=1))


def slow_due(start, minutes, unit):
    """The first minute at which so many minutes of this kind have passed."""
    if unit == ROUND:
        return start + dt.timedelta(minutes=minutes)
    passed = open_minutes()
    found = int(np.searchsorted(passed, passed[minute(start)] + minutes))
    return dt.datetime.combine(BEGIN, dt.time(), CHINA) + dt.timedelta(minutes=found)


def slow_elapsed(start, end, unit):
    if unit == ROUND:
        return minute(end) - minute(start)
    return int(open_minutes()[minute(end)] - open_minutes()[minute(start)])


def at(text):
    """A moment in China: 2026-02-13 17:00."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 10, 10)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=CHINA)
)
units = st.sampled_from([HOURS, DAYS, ROUND])
quarters = st.integers(1, 60).map(lambda n: n / 4)
spans = st.integers(0, 45 * 1440).map(lambda n: dt.timedelta(minutes=n))


# ---- against single minutes


@given(start=moments, limit=st.integers(1, 20), unit=units)
def test_due_is_the_minute_at_which_the_slow_count_ends(start, limit, unit):
    assert clock.due(start, limit, unit) == slow_due(start, limit * EACH[unit], unit)


@given(start=moments, span=spans, unit=units)
def test_elapsed_is_what_the_slow_count_counts(start, span, unit):
    assert clock.elapsed(start, start + span, unit) == slow_elapsed(start, start + span, unit)


@given(day=st.dates(BEGIN, END))
def test_a_day_works_or_not_as_the_notices_say(day):
    expected = day in days_of(WORKED) or (day.weekday() < 5 and day not in days_of(OFF))
    assert clock.calendar().works(day) == expected


# ---- what always holds


@given(start=moments, limit=quarters, unit=units)
def test_due_is_after_its_start_and_so_much_time_lies_between(start, limit, unit):
    due = clock.due(start, limit, unit)
    assert due > start
    assert clock.elapsed(start, due, unit) == pytest.approx(limit * EACH[unit])


@given(start=moments, limits=st.tuples(quarters, quarters), unit=units)
def test_more_time_is_due_later(start, limits, unit):
    less, more = sorted(limits)
    assume(less < more)
    assert clock.due(start, less, unit) < clock.due(start, more, unit)


@given(start=moments, later=spans, limit=quarters, unit=units)
def test_who_starts_later_is_not_due_earlier(start, later, limit, unit):
    assert clock.due(start, limit, unit) <= clock.due(start + later, limit, unit)


@given(start=moments, first=quarters, second=quarters, unit=units)
def test_two_limits_after_each_other_are_their_sum(start, first, second, unit):
    assert clock.due(clock.due(start, first, unit), second, unit) == clock.due(start, first + second, unit)


@given(start=moments, one=spans, other=spans, unit=units)
def test_the_time_of_two_stretches_is_their_sum(start, one, other, unit):
    between, end = start + one, start + one + other
    whole = clock.elapsed(start, end, unit)
    assert clock.elapsed(start, between, unit) + clock.elapsed(between, end, unit) == pytest.approx(whole)


@given(start=moments, span=spans, unit=units)
def test_time_does_not_run_backwards(start, span, unit):
    assert clock.elapsed(start + span, start, unit) == 0


@given(start=moments, limit=st.integers(1, 8))
def test_a_working_day_is_seven_and_a_half_office_hours(start, limit):
    assert clock.due(start, limit, DAYS) == clock.due(start, 7.5 * limit, HOURS)


@given(start=moments, limit=quarters, unit=units, offset=st.integers(-11, 11))
def test_the_zone_in_which_a_moment_is_written_does_not_matter(start, limit, unit, offset):
    elsewhere = start.astimezone(dt.timezone(dt.timedelta(hours=offset)))
    assert clock.due(elsewhere, limit, unit) == clock.due(start, limit, unit)


@given(start=moments, limit=st.integers(1, 20), pause=spans, unit=units)
def test_a_due_date_that_stood_still_is_due_as_if_that_time_had_been_given(start, limit, pause, unit):
    due, stood = clock.due(start, limit, unit), slow_elapsed(start, start + pause, unit)
    expected = slow_due(start, limit * EACH[unit] + stood, unit)
    assert clock.shifted(due, start, start + pause, unit) == expected


# ---- days that people remember


@pytest.mark.parametrize(
    ("start", "limit", "unit", "due"),
    [
        ("2026-11-25 09:00", 2, HOURS, "2026-11-25 11:00"),
        ("2026-11-25 11:30", 1, HOURS, "2026-11-25 14:30"),  # over lunch
        ("2026-11-25 11:00", 1, HOURS, "2026-11-25 12:00"),  # ends as the office closes, not when it opens again
        ("2026-11-25 17:00", 1, HOURS, "2026-11-25 18:00"),
        ("2026-11-25 12:40", 1, HOURS, "2026-11-25 15:00"),  # said at lunch
        ("2026-11-25 06:00", 1, HOURS, "2026-11-25 09:30"),  # said before anybody was there
        ("2026-11-25 23:00", 1, HOURS, "2026-11-26 09:30"),
        ("2026-11-25 10:10", 1, DAYS, "2026-11-26 10:10"),
        ("2026-11-25 10:10", 3, DAYS, "2026-11-30 10:10"),  # over a weekend
        ("2026-11-27 17:00", 2, HOURS, "2026-11-30 09:30"),
        ("2026-02-13 17:00", 2, HOURS, "2026-02-14 09:30"),  # the Saturday before Spring Festival is worked
        ("2026-02-14 17:00", 2, HOURS, "2026-02-24 09:30"),  # nine days off
        ("2026-02-14 10:00", 1, DAYS, "2026-02-24 10:00"),
        ("2026-02-27 15:00", 2, DAYS, "2026-03-02 15:00"),  # the Saturday after it is worked, too
        ("2026-09-19 09:00", 4, HOURS, "2026-09-20 14:30"),  # a Sunday that is worked
        ("2026-09-30 15:00", 1, DAYS, "2026-10-08 15:00"),  # National Day
        ("2026-10-09 15:00", 1, DAYS, "2026-10-10 15:00"),  # a Saturday that is worked
        ("2026-02-16 22:00", 4, ROUND, "2026-02-17 02:00"),  # a fallen cable does not wait for New Year
        ("2026-11-28 23:50", 0.5, ROUND, "2026-11-29 00:20"),
    ],
)
def test_a_limit_ends_when_a_person_with_a_wall_calendar_says(start, limit, unit, due):
    assert clock.due(at(start), limit, unit) == at(due)


def test_seconds_are_kept():
    start = at("2026-11-25 17:59:30.250000")
    assert clock.due(start, 1, HOURS) == at("2026-11-26 09:29:30.250000")


def rules(day, working):
    """The county departs from the national calendar."""
    Holiday.objects.create(day=day, working=working)
    Stamp.bump("rules")


def test_a_day_that_the_county_takes_off_is_passed_over():
    rules("2026-11-26", False)
    assert clock.due(at("2026-11-25 15:00"), 1, DAYS) == at("2026-11-27 15:00")


def test_a_holiday_that_the_county_works_on_counts():
    rules("2026-10-01", True)
    assert clock.due(at("2026-09-30 15:00"), 1, DAYS) == at("2026-10-01 15:00")


def test_beyond_the_years_that_are_known_the_weekend_alone_is_off_until_the_county_loads_its_days():
    may_day = at("2031-04-30 15:00")  # a Wednesday; the first of May is a Thursday
    assert clock.due(may_day, 1, DAYS) == at("2031-05-01 15:00")
    assert clock.due(at("2031-05-02 15:00"), 1, DAYS) == at("2031-05-05 15:00")
    rules("2031-05-01", False)
    assert clock.due(may_day, 1, DAYS) == at("2031-05-02 15:00")


def test_office_hours_are_the_countys_and_a_working_day_is_as_long_as_they_are():
    OfficeHours.objects.filter(rule="office").delete()
    OfficeHours.objects.create(rule="office", opens="09:00", closes="15:00")
    Stamp.bump("rules")
    assert clock.due(at("2026-11-25 10:00"), 1, DAYS) == at("2026-11-26 10:00")
    assert clock.minutes_of(2, DAYS) == 720
    assert clock.due(at("2026-11-25 11:30"), 1, HOURS) == at("2026-11-25 12:30")


# ---- what the desk and the citizen are promised


def test_the_desk_has_two_office_hours_and_half_an_hour_when_life_is_in_danger():
    friday = at("2026-11-27 17:00")
    assert clock.triage_due(friday) == at("2026-11-30 09:30")
    assert clock.triage_due(friday, danger=True) == at("2026-11-27 17:30")
    assert clock.triage_due(at("2026-11-28 02:00"), danger=True) == at("2026-11-28 02:30")


def test_a_report_of_danger_by_night_is_due_at_the_desk_within_half_an_hour(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-28 02:00"))
    told = cast.reporter.reports("老街楼道里闻到燃气味，很浓", LOTUS_LANE)
    other = cast.reporter.reports("路灯不亮", TEA_TOWN)
    assert told["danger"]["phone"] == "119" and other["danger"] is None
    assert Ticket.objects.get(pk=pk_of(told)).triage_due_at == at("2026-11-28 02:30")
    assert Ticket.objects.get(pk=pk_of(other)).triage_due_at == at("2026-11-30 10:30")


@pytest.mark.parametrize(
    ("category", "due"),
    [("0401", "2026-11-30 10:30"), ("0101", "2026-11-25 16:30"), ("0307", "2026-11-25 14:30"), (None, "2026-12-02 10:30")],
)
def test_the_promised_date_counts_from_the_end_of_triage(cast, monkeypatch, category, due):
    """3 工作日, 4 工作时, 4 紧急工作时; 5 工作日 for what nobody can name."""
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-25 08:30"))
    told = cast.reporter.reports("唔", TEA_TOWN, **({"category": category} if category else {}))
    assert dt.datetime.fromisoformat(told["due_at"]) == at(due)


def test_rework_moves_the_units_date_by_the_office_time_that_lay_in_done(cast, monkeypatch):
    def now(text):
        monkeypatch.setattr(timezone, "now", lambda: at(text))

    now("2026-11-25 09:00")
    ticket = cast.dispatched()
    assert dt.datetime.fromisoformat(ticket["unit_due_at"]) == at("2026-11-30 09:00")
    cast.officer.takes(ticket, "start")
    now("2026-11-25 11:00")
    cast.officer.takes(ticket, "finish", note="换了灯泡")
    now("2026-11-26 11:00")
    cast.dispatcher.signs_in()
    again = cast.dispatcher.takes(ticket, "rework", reason="还是不亮")
    assert dt.datetime.fromisoformat(again["unit_due_at"]) == at("2026-12-01 09:00")
    assert dt.datetime.fromisoformat(again["due_at"]) == at("2026-11-30 09:00")  # the county's promise stays


def test_a_pause_outside_office_hours_moves_nothing():
    assert clock.shifted(at("2026-11-25 18:00"), at("2026-11-25 19:00"), at("2026-11-26 07:00"), HOURS) == at("2026-11-25 18:00")


# ---- how a ticket stands


def a_ticket(state="working", category="0401", **columns):
    """A ticket as its clock sees it: dispatched on Monday at nine."""
    row = {"opened_at": "2026-11-23 08:30", "triage_due_at": "2026-11-23 10:30", "accepted_at": "2026-11-23 09:00"}
    row |= {"dispatched_at": "2026-11-23 09:00", "due_at": "2026-12-31 09:00", "unit_due_at": "2026-12-31 09:00"}
    given = row | {"ended_at": None, "finished_at": None, "suspended_at": None} | columns
    row = {name: value and at(value) for name, value in given.items()}
    return SimpleNamespace(state=state, danger=False, unit_id=None, category=Category.objects.get(code=category), **row)


WEDNESDAY = "2026-11-25 09:00"


@pytest.mark.parametrize(
    ("category", "due", "zh", "en"),
    [
        ("0401", "2026-11-25 09:40", "剩 40 分", "40 min left"),
        ("0401", "2026-11-25 10:00", "剩 1 小时", "1 h left"),
        ("0401", "2026-11-25 10:20", "剩 1 小时 20 分", "1 h 20 min left"),
        ("0401", "2026-11-26 17:00", "剩 13 小时", "13 h left"),
        ("0401", "2026-11-27 09:00", "剩 2 天", "2 days left"),
        ("0401", "2026-11-25 08:50", "超 10 分", "10 min late"),
        ("0401", "2026-11-23 08:50", "超 2 天", "2 days late"),
        ("0307", "2026-11-27 08:00", "剩 47 小时", "47 h left"),  # round the clock a day has 24 hours
        ("0307", "2026-11-27 09:00", "剩 2 天", "2 days left"),
        ("0307", "2026-11-25 06:00", "超 3 小时", "3 h late"),
    ],
)
def test_what_is_left_is_said_in_words(category, due, zh, en):
    ticket = a_ticket(category=category, unit_due_at=due)
    assert clock.standing(ticket, at(WEDNESDAY)).words == zh
    with translation.override("en"):
        assert clock.standing(ticket, at(WEDNESDAY)).words == en


@pytest.mark.parametrize(
    ("state", "columns", "kind", "due"),
    [
        ("new", {"unit_due_at": None, "due_at": None, "triage_due_at": "2026-11-25 10:00"}, "triage", "2026-11-25 10:00"),
        ("accepted", {"unit_due_at": None, "due_at": "2026-11-26 10:00"}, "county", "2026-11-26 10:00"),
        ("working", {"unit_due_at": "2026-11-27 10:00", "due_at": "2026-11-26 10:00"}, "unit", "2026-11-27 10:00"),
    ],
)
def test_the_clock_that_matters_is_the_desks_the_countys_or_the_units(state, columns, kind, due):
    standing = clock.standing(a_ticket(state, **columns), at(WEDNESDAY))
    assert (standing.kind, standing.due, standing.late) == (kind, at(due), False)


def test_the_share_that_is_used_counts_office_time():
    """Of Monday nine to Friday nine, four days, two have passed by Wednesday nine, and by Tuesday's midnight as well."""
    ticket = a_ticket(unit_due_at="2026-11-27 09:00")
    assert clock.standing(ticket, at(WEDNESDAY)).share == pytest.approx(0.5)
    assert clock.standing(ticket, at("2026-11-24 23:59")).share == pytest.approx((2 * 450 - 30) / 1800)


def test_a_finished_tickets_clock_stands_still():
    done = a_ticket("done", finished_at="2026-11-24 09:00", unit_due_at="2026-11-25 09:00")
    early, late = (clock.standing(done, at(when)) for when in ("2026-11-24 09:00", "2026-12-24 09:00"))
    assert early == late and not late.late


def test_what_has_ended_has_no_clock():
    assert clock.standing(a_ticket("closed", ended_at="2026-11-24 09:00"), at(WEDNESDAY)) is None


def test_at_the_very_moment_it_is_not_late_yet():
    ticket = a_ticket(unit_due_at=WEDNESDAY)
    assert not clock.standing(ticket, at(WEDNESDAY)).late
    assert clock.standing(ticket, at(WEDNESDAY) + dt.timedelta(seconds=1)).late
