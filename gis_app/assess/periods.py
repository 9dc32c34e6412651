"""The periods that work is looked at in: the last whole week and month, 90 days, or days that somebody chooses."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import clock
from gis_app.errors import BadField

LAST_DAYS = 90
YEARS = range(2000, 2101)  # that somebody may choose days of
NAMES = {
    "week": gettext_lazy("上周"),
    "month": gettext_lazy("上月"),
    "days": gettext_lazy("近 90 天"),
    "chosen": gettext_lazy("自选"),
}


def today(now):
    """The day in Shanghai of a moment."""
    return now.astimezone(clock.SHANGHAI).date()


def period(name, day):
    """(first day, last day) of week, month or days, seen from a day: the last ones that are over, or up to that day."""
    if name == "week":
        monday = day - dt.timedelta(days=day.weekday())
        return monday - dt.timedelta(weeks=1), monday - dt.timedelta(days=1)
    if name == "month":
        last = day.replace(day=1) - dt.timedelta(days=1)
        return last.replace(day=1), last
    return day - dt.timedelta(days=LAST_DAYS - 1), day


def checked(start, end):
    """(start, end) when they are days of a period. Raises BadField."""
    for name, day in (("from", start), ("to", end)):
        if day.year not in YEARS:
            raise BadField(field=name, why=_("要在 %(first)d 年到 %(last)d 年之间。") % {"first": YEARS[0], "last": YEARS[-1]})
    if start > end:
        raise BadField(field="from", why=_("开始日期在结束日期之后。"))
    return start, end
