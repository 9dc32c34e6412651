"""A year as the clerk's page draws it: its months day by day, why some are off or worked, and what the county has ruled."""

import calendar as weeks
import datetime as dt
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_app import clock
from gis_app.clock.calendar import DAY
from gis_app.clock.told import printed_days
from gis_app.models import Holiday


@dataclass(frozen=True)
class Day:
    """One day of a month. special: off or worked otherwise than the weekday says, or ruled by the county."""

    date: dt.date
    works: bool
    why: str
    special: bool
    ruled: bool

    @property
    def marks(self):
        """Its classes in the drawing."""
        marks = {"off": not self.works, "special": self.special, "ruled": self.ruled}
        return " ".join(name for name, is_so in marks.items() if is_so)


@dataclass(frozen=True)
class Month:
    """A month: weeks of seven Day, None outside it; and its special days in words."""

    name: str
    weeks: list
    said: list  # of (days in words, works, why)


@dataclass(frozen=True)
class Ruled:
    """Days in a row that the county has ruled alike."""

    first: dt.date
    last: dt.date
    working: bool
    name: str

    @property
    def label(self):
        return printed_days(self.first, self.last)


def day_of(date, office):
    """A date as it is drawn."""
    works, why, ruled = office.works(date), office.why(date), date in office.ruled
    return Day(date, works, why, ruled or works != (date.weekday() < 5) or bool(why) and why != _("周末"), ruled)


def months(year):
    """[Month] of a year."""
    office, sheet = clock.calendar(), weeks.Calendar()
    found = []
    for number in range(1, 13):
        dates = sheet.monthdatescalendar(year, number)
        rows = [[day_of(date, office) if date.month == number else None for date in week] for week in dates]
        name = date_format(dt.date(year, number, 1), _("n月"), use_l10n=False)
        found.append(Month(name, rows, said([day for week in rows for day in week if day])))
    return found


def said(days):
    """Special days in a row with the same reason, in words."""
    found = []
    for day in filter(lambda day: day.special, days):
        alike = found and (found[-1][1], found[-1][2]) == (day.works, day.why) and found[-1][0][-1] == day.date - DAY
        if alike:
            found[-1][0].append(day.date)
        else:
            found.append(([day.date], day.works, day.why))
    return [(_of_the_month(dates), works, why) for dates, works, why in found]


def _of_the_month(dates):
    first, last = dates[0].day, dates[-1].day
    return _("%d日") % first if first == last else _("%(first)d–%(last)d日") % {"first": first, "last": last}


def weekdays():
    """[(short, whole)] names of the days of a week, Monday first."""
    monday = dt.date(2024, 1, 1)
    days = [monday + n * DAY for n in range(7)]
    return [(date_format(day, "D", use_l10n=False).removeprefix("星期"), date_format(day, "l", use_l10n=False)) for day in days]


def ruled(year):
    """[Ruled] of a year, in order."""
    found = []
    for row in Holiday.objects.filter(day__year=year).order_by("day"):
        last = found[-1] if found else None
        if last and last.last == row.day - DAY and (last.working, last.name) == (row.working, row.name):
            found[-1] = Ruled(last.first, row.day, row.working, row.name)
        else:
            found.append(Ruled(row.day, row.day, row.working, row.name))
    return found


def act_words(given):
    """What somebody did to the calendar, as a sentence."""
    if "file" in given:
        return _("装入 %(file)s，%(rows)d 天") % given
    first, last = (dt.date.fromisoformat(given[name]) for name in ("first", "last"))
    told = {"days": printed_days(first, last), "name": given["name"] or "–"}
    if "removed" in given:
        return _("%(days)s照全国的日历：去掉“%(name)s”") % told
    return (_("%(days)s上班：%(name)s") if given["working"] else _("%(days)s休息：%(name)s")) % told
