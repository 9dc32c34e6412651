"""What the address of the leaders' map asks for."""

import datetime as dt

from django.utils.translation import gettext as _

from gis_app.charts import Asked, Period, Show
from gis_app.errors import BadField
from gis_app.forms.rows import majors
from gis_app.words import Task
from layers.density import BANDWIDTHS

NAMES = ("task", "days", "from", "to", "major", "show", "band", "than_from", "than_to")
PERIODS = (30, 90, 365)  # days up to today
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


def read_heat(given, today, also=()):
    """Asked, out of a query (a mapping of texts); what is left out is 六, 90 days, counts, and the period before to compare.

    also: names that this page knows besides. Raises BadField for a name or a value that the page does not offer.
    """
    if strange := sorted(set(given) - {*NAMES, *also}):
        raise BadField(field=strange[0], why=_("这一页只认：%s。") % "、".join(NAMES))
    task = one_of(given, "task", Task.values, Task.SIX)
    major = one_of(given, "major", ["", *(major.code for major in majors_of(task))], "")
    period = _period(given, today)
    than = _between(given, "than_from", "than_to") or period.before
    if than.first <= period.last and period.first <= than.last:
        raise BadField(field="than_to", why=_("两期不能重叠：同一天的件不能和自己比。"))
    show = Show(one_of(given, "show", Show.values, Show.COUNT))
    return Asked(task, period, than, show, major, int(one_of(given, "band", BANDWIDTHS, BANDWIDTHS[1])))


def majors_of(task):
    """The 大类 that have a kind in this task."""
    return [major for major, kinds in majors() if any(kind.task == task for kind in kinds)]


def query_of(given, **change):
    """The query of a link that keeps what was chosen but for some names; None leaves a name out."""
    kept = {name: given[name] for name in NAMES if given.get(name)} | change
    return "?" + "&".join(f"{name}={kept[name]}" for name in NAMES if kept.get(name) is not None)


def one_of(given, name, choices, default):
    """The value under a name, or the default. Raises BadField with the choices."""
    value, choices = given.get(name, default), list(map(str, choices))
    if str(value) not in choices:
        raise BadField(field=name, why=_("可以选：%(choices)s。") % {"choices": " ".join(filter(None, choices))})
    return str(value)


def _period(given, today):
    """Dates go before a number of days: who fills them in has the switch's number still in the form."""
    if found := _between(given, "from", "to"):
        return found
    days = int(one_of(given, "days", PERIODS, PERIODS[1]))
    return Period(today - dt.timedelta(days=days - 1), today)


def _between(given, first, last):
    """The Period between two dates of the query, or None when neither is given."""
    if not given.get(first) and not given.get(last):
        return None
    days = [_day(given, name) for name in (first, last)]
    if days[0] > days[1]:
        raise BadField(field=first, why=_("开始日期在结束日期之后。"))
    return Period(*days)


def _day(given, name):
    try:
        day = dt.date.fromisoformat(given.get(name, ""))
    except ValueError as error:
        raise BadField(field=name, why=_("要写成 2026-03-06 这样的日期，写的是 %s") % given.get(name, "")) from error
    if day < EARLIEST:
        raise BadField(field=name, why=_("日期太早，那时还没有这项工作。"))
    if day > LATEST:
        raise BadField(field=name, why=_("日期太晚，最晚到 %d 年。") % LATEST.year)
    return day
