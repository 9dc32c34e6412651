"""Which days and hours an office works, counted once a year, so that ten years cost no more than ten days.

The office's time is counted in whole microseconds of the local wall clock.
"""

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from django.utils.translation import gettext as _

from gis_app.errors import NoOfficeHours
from gis_app.models import Holiday, OfficeHours, remembered
from gis_app.models.unit import in_language
from gis_app.words import HoursRule

SHANGHAI = ZoneInfo("Asia/Shanghai")  # no daylight saving since 1991: a local day has 1,440 minutes
MINUTE, DAY, TICK = dt.timedelta(minutes=1), dt.timedelta(days=1), dt.timedelta(microseconds=1)
A_MINUTE, A_DAY = MINUTE // TICK, DAY // TICK
EAST = dt.timedelta(hours=8) // TICK  # Shanghai's offset, for arrays
FIRST = dt.date(1970, 1, 1).toordinal()
BY_NAME = {holiday.value: holiday for holiday in chinese_calendar.Holiday}


@dataclass(frozen=True)
class Calendar:
    """Office hours of a day and the days that the county itself rules. Days beyond the national calendar: weekdays work."""

    spans: tuple  # ((opens, closes), …), in order, not overlapping
    ruled: dict  # date → works or not
    named: dict = field(default_factory=dict)  # date → why the county rules it so
    known: dict = field(default_factory=dict, compare=False)  # year → its working days, as they were counted before

    @cached_property
    def marks(self):
        """The spans as pairs of µs after midnight."""
        return tuple((_after_midnight(opens), _after_midnight(closes)) for opens, closes in self.spans)

    @cached_property
    def day_long(self):
        """The µs that the office works on a working day."""
        return sum(closes - opens for opens, closes in self.marks)

    @property
    def day_minutes(self):
        return self.day_long / A_MINUTE

    def works(self, day):
        """Whether a date is a working day: county's rule, national calendar with its 调休, else Monday to Friday."""
        if day in self.ruled:
            return self.ruled[day]
        try:
            return chinese_calendar.is_workday(day)
        except NotImplementedError:
            return day.weekday() < 5

    def why(self, day):
        """Why a date is off, or worked although it is a Saturday, a Sunday or a holiday; empty for an ordinary working day."""
        if day in self.ruled:
            return self.named.get(day) or (_("县里定的工作日") if self.ruled[day] else _("县里定的休息日"))
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            off, name = day.weekday() >= 5, None
        if name is None:
            return _("周末") if off else ""
        holiday = in_language(BY_NAME[name].chinese, name)
        return holiday if off else _("%s调休") % holiday

    def hours(self, day):
        """The office hours of a date, as pairs of aware datetimes."""
        spans = self.spans if self.works(day) else ()
        return [tuple(dt.datetime.combine(day, time, SHANGHAI) for time in span) for span in spans]

    def working_days(self, year):
        """The working days of a year in order, as ordinals (days since 0001-01-01, which is 1)."""
        if year not in self.known:
            first, end = dt.date(year, 1, 1).toordinal(), dt.date(year + 1, 1, 1).toordinal()
            self.known[year] = [day for day in range(first, end) if self.works(dt.date.fromordinal(day))]
        return self.known[year]

    def after(self, start, ticks):
        """The moment (aware, Asia/Shanghai) at which so many µs of office time have passed since `start`.

        It is the one at which the office closes, not at which it opens again. Nothing to pass: the start itself.
        """
        local = start.astimezone(SHANGHAI)
        if not ticks:
            return local
        year, left = local.year, self._passed(local) + ticks
        while left > (whole := len(self.working_days(year)) * self.day_long):
            left, year = left - whole, year + 1
        number, rest = divmod(left - 1, self.day_long)  # - 1: the last µs of a day is still that day's
        day = dt.date.fromordinal(self.working_days(year)[number])
        return dt.datetime.combine(day, dt.time(), SHANGHAI) + self._time_of(rest + 1) * TICK

    def between(self, start, end):
        """The µs of office time between two aware moments, in order."""
        start, end = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
        years = sum(len(self.working_days(year)) for year in range(start.year, end.year))
        return years * self.day_long + self._passed(end) - self._passed(start)

    def between_many(self, starts, ends):
        """(n,) int64: as `between`, of two arrays (n,) of µs since 1970 in UTC; 0 where the end is not after the start."""
        if not len(starts):
            return np.zeros(0, dtype=np.int64)
        starts, ends = starts + EAST, ends + EAST
        years = _years(min(starts.min(), ends.min()), max(starts.max(), ends.max()))
        days = np.concatenate([np.array(self.working_days(year), dtype=np.int64) for year in years]) - FIRST
        return np.maximum(0, self._passed_many(days, ends) - self._passed_many(days, starts))

    def _passed(self, local):
        """The µs of office time since the local year began."""
        days, day = self.working_days(local.year), local.toordinal()
        number = bisect_left(days, day)
        if number == len(days) or days[number] != day:
            return number * self.day_long
        time = _after_midnight(local)
        return number * self.day_long + sum(max(0, min(closes, time) - opens) for opens, closes in self.marks)

    def _passed_many(self, days, moments):
        """(n,) int64: the µs of office time before each moment since the first of `days`, (m,) working days since 1970."""
        day, time = np.divmod(moments, A_DAY)
        number = np.searchsorted(days, day)
        on_one = days[np.minimum(number, len(days) - 1)] == day
        today = sum(np.clip(time - opens, 0, closes - opens) for opens, closes in self.marks)
        return number * self.day_long + np.where(on_one, today, 0)

    def _time_of(self, ticks):
        """The µs after midnight at which so much of a working day's office time (above 0, at most all) has passed."""
        for opens, closes in self.marks:
            if ticks <= closes - opens:
                return opens + ticks
            ticks -= closes - opens
        raise ValueError("more than a day's office time")


def _after_midnight(time):
    """The µs of a time (or a datetime) since its midnight."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond


def _years(first, last):
    """The years from one local moment to another, both in µs since 1970."""
    first, last = (dt.date.fromordinal(FIRST + int(at) // A_DAY).year for at in (first, last))
    return range(first, last + 1)


def joined(spans):
    """Spans in order with those that overlap made one."""
    found = []
    for opens, closes in sorted(spans):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return tuple(found)


@remembered("rules")
def calendars():
    """{unit's key: its calendar}, under None the county's. Days off are the county's for all. Raises NoOfficeHours."""
    spans = {}
    for whose, opens, closes in OfficeHours.objects.filter(rule=HoursRule.OFFICE).values_list("whose", "opens", "closes"):
        spans.setdefault(whose, []).append((opens, closes))
    if None not in spans:
        raise NoOfficeHours
    days = list(Holiday.objects.values_list("day", "working", "name"))
    ruled, named = {day: working for day, working, _name in days}, {day: name for day, _working, name in days}
    county = Calendar(joined(spans.pop(None)), ruled, named)
    return {None: county} | {unit: Calendar(joined(own), ruled, named, county.known) for unit, own in spans.items()}


def calendar(whose=None):
    """The calendar of a unit (its key), where it has hours of its own; else the county's. Raises NoOfficeHours."""
    kept = calendars()
    return kept.get(whose) or kept[None]
