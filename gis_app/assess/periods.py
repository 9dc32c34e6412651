"""The periods that work is looked at in: the last whole week and month, 90 days, or days that somebody chooses."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from gis_app import clock

LAST_DAYS = 90
YEARS = range(2000, 2101)  # that somebody may choose days of
NAMES = {"week": _("上周"), "month": _("上月"), "days": _("近 90 天"), "chosen": _("自选")}


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
