"""How counts go over time: what a sparkline and the slider of a map show, and a unit's days."""

import datetime as dt
from typing import NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Count, F, Q

from gis_app import tally
from gis_app.models import Ticket
from gis_app.stats.asked import Asked
from gis_app.stats.pieces import Values, rows
from gis_app.words import State

STEPS = ("day", "week", "month")
PLACES = {"cell": ("cell", ""), "task": ("task", ""), "town": ("code", "JOIN gis_app_town AS town ON town.id = town_id")}
LATE_BY = {"town": "town__code", "unit": "unit__code", "task": "category__task", "category": "category__code", "cell": "cell"}


class Series(NamedTuple):
    """periods: their first days, in order. counts: {what: (periods,) int64}, only those with anything in it."""

    periods: list
    counts: dict


def series(
    start, end, step="day", by="cell", task=None, category=None, town=None, res=8, figure="opened", major=None
):
    """How many in each day, ISO week or month of a period; what lies outside the period is not counted in its first and last.

    step: day, week or month. by: cell (of a resolution, 0 … 9; without what is known by its town only), town (codes), task
    (empty: not known yet) or unit (codes; not narrowed by anything). figure: opened, closed, late (counted when they are closed)
    or voices. Days and weeks of more than a year ago, and those of a category or of cells of 9, are counted from the tickets.
    Raises ValueError for other names.
    """
    if step not in STEPS or figure not in tally.FIGURES or by not in (*PLACES, "unit"):
        raise ValueError(f"no series of {figure} by {by} and {step}")
    if by == "unit" and (task or category or town or major):
        raise ValueError("a unit's days are not kept by task, category or town")
    values, asked = Values(), Asked(start, end, task, category, town, res, None, major)
    told = unit_rows(asked, values) if by == "unit" else rows(asked, values, by_day=step != "month")
    name, join = ("code", UNITS) if by == "unit" else PLACES[by]
    # Measured: 12 months of 5,260 places of 5 M tickets in 0.59 s, each place's array made.
    summed = f"""
SELECT {name}, date_trunc('{step}', day)::date, sum({figure})::bigint FROM ({told}) AS told {join}
WHERE {name} IS NOT NULL GROUP BY 1, 2 HAVING sum({figure}) <> 0 ORDER BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(summed, values)
        return _arranged(periods(start, end, step), cursor.fetchall())


def periods(start, end, step):
    """[the first day of each period that a stretch of days touches]."""
    days = [start + dt.timedelta(days=number) for number in range((end - start).days + 1)]
    first = {"day": lambda day: day, "week": lambda day: day - dt.timedelta(days=day.weekday()), "month": tally.month_of}[step]
    return sorted({first(day) for day in days})


def _arranged(firsts, told):
    where, found = {first: number for number, first in enumerate(firsts)}, {}
    for key, first, number in told:
        found.setdefault(key, np.zeros(len(firsts), dtype=np.int64))[where[first]] = number
    return Series(firsts, found)


# ---- units

UNITS = "JOIN gis_app_unit AS unit ON unit.id = unit_id"


def unit_days(start, end, unit=None):
    """What units' days were like: {unit code: (days, 4) int64}, columns opened, closed, late, voices, first day to last.

    opened, voices: of the tickets reported that day, those that the unit has now. closed: what was closed that day, late: of
    these, finished after they were due. unit: a code that alone is asked for. Units without anything are absent.
    """
    values = Values()
    told = unit_rows(Asked(start, end), values)
    alone = f"WHERE code = {values.put(unit)}" if unit else ""
    # Measured: 90 days of all units in 8 ms, 5 M tickets.
    summed = f"""
SELECT code, day, {", ".join(f"sum({name})::bigint" for name in tally.FIGURES)} FROM ({told}) AS told {UNITS} {alone}
GROUP BY code, day ORDER BY code, day"""
    with connection.cursor() as cursor:
        cursor.execute(summed, values)
        found = {}
        for code, day, *figures in cursor.fetchall():
            found.setdefault(code, np.zeros(((end - start).days + 1, 4), dtype=np.int64))[(day - start).days] = figures
    return {code: days for code, days in found.items() if days.any()}


def unit_rows(asked, values):
    """SQL for rows of (day, unit_id, opened, closed, late, voices), folded and appended."""
    chosen = "day BETWEEN {} AND {}".format(*map(values.put, asked.period))
    tables = ("gis_app_unitday", "gis_app_cellcount")
    # Measured: 8 ms for 90 days.
    return " UNION ALL ".join(
        f"SELECT day, unit_id, {', '.join(tally.FIGURES)} FROM {table} WHERE {chosen} AND unit_id IS NOT NULL" for table in tables
    )


# ---- the moment


def late_now(now, by="town"):
    """How many open tickets are late at a moment, {what: count}: past the promise, or finished after it and not closed yet.

    No step is taken when a due date passes, so this is no sum of counts: it is asked of the tickets, by their due dates'
    index. by: town, unit, task, category or cell (resolution 9); None where there is none.
    """
    running = Q(finished_at__isnull=True, ended_at__isnull=True, due_at__lt=now)
    late = Ticket.objects.filter(running | Q(state=State.DONE, due_at__lt=F("finished_at")))
    return dict(late.values_list(LATE_BY[by]).annotate(Count("pk")).order_by(LATE_BY[by]))
