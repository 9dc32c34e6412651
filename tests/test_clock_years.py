"""Working time over years: many at once, to the microsecond, against a count of single minutes."""

import datetime as dt
from functools import cache
from itertools import pairwise

import chinese_calendar
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gis_app import clock
from tests.test_clock import DAYS, EACH, HOURS, OFFICE, ROUND, units

pytestmark = pytest.mark.django_db
to_the_tick = st.datetimes(dt.datetime(2017, 1, 1), dt.datetime(2040, 12, 31), timezones=st.just(dt.UTC))


@cache
def ten_years():
    """(n + 1,) office minutes before each minute of 2017 to 2026, counted one by one."""
    days = [dt.date(2017, 1, 1) + dt.timedelta(days=n) for n in range((dt.date(2027, 1, 1) - dt.date(2017, 1, 1)).days)]
    day_open = np.zeros(1440, dtype=np.int32)
    for opens, closes in OFFICE:
        day_open[opens:closes] = 1
    works = np.array([chinese_calendar.is_workday(day) for day in days], dtype=np.int32)
    return np.concatenate([[0], np.cumsum(np.outer(works, day_open).ravel())])


def some_minutes(number, seed):
    """Minutes since 2017 began, sorted pairs up to a year apart, and the moments that they are."""
    dice = np.random.default_rng(seed)
    first = dice.integers(0, 9 * 365 * 1440, number)
    pairs = np.stack([first, first + dice.integers(0, 365 * 1440, number) * dice.integers(0, 2, number)])
    return pairs, np.datetime64("2016-12-31T16:00", "us") + pairs.astype("timedelta64[m]")  # Shanghai's midnight in UTC


def aware(moment):
    return moment.astype(dt.datetime).replace(tzinfo=dt.UTC)


def test_over_ten_years_all_at_once_are_what_the_slow_count_counts():
    (first, last), (starts, ends) = some_minutes(50_000, 1)
    assert (clock.elapsed_many(starts, ends, HOURS) == ten_years()[last] - ten_years()[first]).all()
    assert (clock.elapsed_many(starts, ends, ROUND) == last - first).all()
    assert not clock.elapsed_many(ends, starts, HOURS).any()  # backwards is nothing


def test_over_ten_years_one_by_one_they_are_the_same():
    _minutes, (starts, ends) = some_minutes(2000, 2)
    for unit in (HOURS, DAYS, ROUND):
        pairs = [(aware(start), aware(end)) for start, end in zip(starts, ends, strict=True)]
        single = [clock.elapsed(start, end, unit) for start, end in pairs]
        assert single == list(clock.elapsed_many(starts, ends, unit)) == list(clock.elapsed_many(*zip(*pairs, strict=True), unit))


def test_over_ten_years_due_is_the_first_minute_at_which_the_slow_count_is_full():
    (first, _last), (starts, _ends) = some_minutes(2000, 3)
    limits = np.random.default_rng(4).integers(1, 30 * 450, 2000)
    found = np.searchsorted(ten_years(), ten_years()[first] + limits)
    dues = np.datetime64("2016-12-31T16:00", "us") + found.astype("timedelta64[m]")
    for start, limit, due in zip(starts, limits, dues, strict=True):
        assert clock.due(aware(start), limit / 60, HOURS) == aware(due)


def test_no_moments_take_no_time():
    assert len(clock.elapsed_many([], [], HOURS)) == 0


@given(start=to_the_tick, steps=st.lists(st.integers(1, 10**12), min_size=1, max_size=8))
def test_over_many_years_not_a_microsecond_is_lost(start, steps):
    """Gone through in steps of any size, the office's time is the same as at once."""
    moments = [start]
    for step in steps:
        moments.append(moments[-1] + dt.timedelta(microseconds=step * 60))  # up to two years each
    ticks = [round(clock.elapsed(one, other, HOURS) * 60_000_000) for one, other in pairwise(moments)]
    assert sum(ticks) == round(clock.elapsed(start, moments[-1], HOURS) * 60_000_000)


@given(start=to_the_tick, limit=st.integers(1, 200), unit=units)
def test_a_limit_ends_to_the_microsecond(start, limit, unit):
    due = clock.due(start, limit, unit)
    assert round(clock.elapsed(start, due, unit) * 60_000_000) == limit * EACH[unit] * 60_000_000


@given(start=to_the_tick, limit=st.integers(1, 60))
def test_so_many_working_days_later_it_is_as_late_in_the_day_to_the_microsecond(start, limit):
    local = start.astimezone(clock.SHANGHAI)
    inside = any(opens < local <= closes for opens, closes in clock.calendar().hours(local.date()))
    assume(inside)  # at the very opening it is due as the office closes, on the day before
    assert clock.due(start, limit, DAYS).time() == local.time()


@given(start=to_the_tick)
def test_no_night_is_longer_or_shorter_than_another(start):
    """Shanghai keeps no summer time: the same hour a day later is 24 hours away, in every year that there may be tickets of."""
    local = start.astimezone(clock.SHANGHAI)
    later = (local + dt.timedelta(days=1)).astimezone(dt.UTC)
    assert later - start == dt.timedelta(hours=24) and local.utcoffset() == dt.timedelta(hours=8)
    assert clock.elapsed(start, later, ROUND) == 1440
