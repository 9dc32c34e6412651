"""What is asked of the counts, and which whole months and single days a period is made of."""

import calendar
import datetime as dt
from typing import NamedTuple

from gis_app import tally

EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2199, 12, 31)  # nothing was reported before, or will be asked for after
WIDE = 8  # the resolution that tasks are folded to; what is asked for more closely is kept by category


class Asked(NamedTuple):
    """A period and what narrows it.

    start, end: dates in Asia/Shanghai, both included. task: 六, 八, 七 or 九; category, town, major: codes. res: of cells, 0 … 9.
    within: cells of resolution 8 that alone are looked at. None takes all.
    """

    start: dt.date
    end: dt.date
    task: str | None = None
    category: str | None = None
    town: str | None = None
    res: int = 9
    within: list | None = None
    major: str | None = None

    @property
    def close(self):
        """Whether the wide rows of tasks do not answer it."""
        return self.res > WIDE or bool(self.category or self.major)

    @property
    def period(self):
        """(first day, last day), within what a calendar holds."""
        return max(self.start, EARLIEST), min(self.end, LATEST)


def cover(start, end):
    """(months, days) whose counts add up to those of a period: [first day of a month], [(first day, last day, sign)].

    An edge that is longer than half its month is the month less its other days. So of the month that runs, too, only the row
    of the month is read: nothing is counted on the days to come.
    """
    months, days, month = [], [], tally.month_of(start)
    while start <= end and month <= end:
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        first, until = max(start, month), min(end, last)
        if 2 * ((until - first).days + 1) > last.day:
            months.append(month)
            if first > month:
                days.append((month, first - dt.timedelta(days=1), -1))
            if until < last:
                days.append((until + dt.timedelta(days=1), last, -1))
        else:
            days.append((first, until, 1))
        month = last + dt.timedelta(days=1)
    return months, days


def split(first, last, day):
    """(stretch before a day, stretch from it on) of a stretch of days, each (first, last) or None when it is empty."""
    before, after = (first, min(last, day - dt.timedelta(days=1))), (max(first, day), last)
    return tuple(stretch if stretch[0] <= stretch[1] else None for stretch in (before, after))


def without(stretches, gone):
    """Stretches of days, [(first, last)], less another one."""
    before, after = gone[0] - dt.timedelta(days=1), gone[1] + dt.timedelta(days=1)
    pieces = [piece for first, last in stretches for piece in ((first, min(last, before)), (max(first, after), last))]
    return [(first, last) for first, last in pieces if first <= last]
