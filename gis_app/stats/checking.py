"""Whether the counts are the tickets': slices drawn at random, read as every page reads them and counted anew."""

import datetime as dt
import random
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from gis_app import tally
from gis_app.clock import SHANGHAI
from gis_app.models import Category, Ticket, Town
from gis_app.stats.asked import Asked
from gis_app.stats.pieces import Values, days_since, rows, tickets
from gis_app.stats.series import unit_rows
from gis_app.words import Task

LENGTHS = (1, 7, 31, 92, 366)  # days
NARROWER = ("task", "category", "town")


class Difference(NamedTuple):
    """What does not agree. figures: {name: how many the counts have more than the tickets}."""

    asked: Asked
    where: str
    figures: dict

    def __str__(self):
        narrower = [f"{name} {value}" for name, value in self.asked._asdict().items() if value and name in NARROWER]
        more = ", ".join(f"{name} {number:+d}" for name, number in self.figures.items() if number)
        return f"{self.asked.start} to {self.asked.end}{''.join(f', {each}' for each in narrower)}, {self.where}: {more}"


def check(slices, seed=None):
    """Compare so many slices (period × task × category × town, by cell, and units' days) with a recount from the tickets.

    Each slice is one statement, so that steps taken meanwhile do not matter. seed: draws the same slices again. Returns
    [Difference], empty when all agree.
    """
    drawn = random.Random(seed)
    first = Ticket.objects.order_by("opened_at").values_list("opened_at", flat=True).first()
    if first is None:
        return []
    among = (list(Category.objects.values_list("code", flat=True)), list(Town.objects.values_list("code", flat=True)))
    asked = [_drawn(drawn, first.astimezone(SHANGHAI).date(), *among) for _ in range(slices)]
    return [found for each in asked for found in (*_places(each), *_units_of(each))]


def _drawn(drawn, first, categories, towns):
    """A slice: half of them of days that are folded one by one, half of whole months, half of all towns."""
    today = timezone.localdate()
    since = drawn.choice((first, max(first, days_since())))
    start = since + dt.timedelta(days=drawn.randrange((today - since).days + 1))
    end = start + dt.timedelta(days=drawn.choice(LENGTHS) - 1)
    if drawn.random() < 0.5:
        start, end = tally.month_of(start), tally.months_before(end, -1) - dt.timedelta(days=1)
    task, category = drawn.choice(([None] * 2, [drawn.choice(Task.values), None], [None, drawn.choice(categories)]))
    return Asked(start, end, task, category, drawn.choice((None, drawn.choice(towns))), drawn.choice((7, 8, 9)))


def _places(asked):
    values = Values()
    told = f"{rows(asked, values)}\nUNION ALL\n{tickets(asked, values, asked.period, sign=-1)}"
    return [
        Difference(asked, f"cell {cell:x}" if cell else "no cell", figures) for cell, figures in _left(told, "cell", values)
    ]


def _units_of(asked):
    values = Values()
    recounted = tally.from_tickets(*(_within(at, asked, values) for at in ("opened_at", "ended_at")))
    less = ", ".join(f"-{name} AS {name}" for name in tally.FIGURES)
    # Measured: 60 slices of 4,500 tickets in 1.0 s, with all that follows.
    told = f"""
{unit_rows(asked, values)} UNION ALL SELECT day, unit_id, {less} FROM ({recounted}) AS counted WHERE unit_id IS NOT NULL"""
    plain = Asked(*asked.period)
    return [Difference(plain, f"unit {unit}", figures) for unit, figures in _left(told, "unit_id", values)]


def _within(at, asked, values):
    first, last = asked.period
    edges = (dt.datetime.combine(day, dt.time(), SHANGHAI) for day in (first, last + dt.timedelta(days=1)))
    return "{at} >= {} AND {at} < {}".format(*map(values.put, edges), at=at)


def _left(told, key, values):
    """[(key, {figure: number})] of what does not cancel out."""
    sums = [f"sum({name})" for name in tally.FIGURES]
    # Measured: 60 slices in 1.0 s.
    text = f"""
SELECT {key}, {", ".join(f"{each}::bigint" for each in sums)} FROM ({told}) AS told
GROUP BY {key} HAVING {" OR ".join(f"{each} <> 0" for each in sums)} ORDER BY {key} LIMIT 5"""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return [(where, dict(zip(tally.FIGURES, map(int, numbers), strict=True))) for where, *numbers in cursor.fetchall()]
