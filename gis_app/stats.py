"""How many: tickets and voices by place, out of the counts that tally writes. Reads only.

Tickets are problems; voices are the reports behind them. Rejected ones were taken back by a delta and are in neither.
"""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Sum

from gis_app.models import CellCount

WEEKS = 13  # complete ISO weeks that the public sees


class Row(NamedTuple):
    """What one place adds up to. cell: H3 of resolution 9, None where only the town is known."""

    cell: int | None
    town: str
    count: int
    voices: int


def counts(start, end, task=None, category=None):
    """Tickets by cell and town in a period: the one query behind every map and the table beside it.

    start, end: dates in Asia/Shanghai, both included. task: 六, 八, 七 or 九; category: a code; None takes all.
    Returns [Row], folded and fresh deltas added up, without those that sum up to nothing.
    """
    narrower = {"category__task": task, "category__code": category}
    chosen = CellCount.objects.filter(day__range=(start, end), **{key: value for key, value in narrower.items() if value})
    summed = chosen.values_list("cell", "town__code").annotate(Sum("count"), Sum("voices")).order_by("cell", "town__code")
    return [row for row in map(Row._make, summed) if row.count or row.voices]


def heat_counts(start, end, task=None, category=None):
    """[(cell, count, voices)] of places that are known better than by their town; arguments as for `counts`."""
    cells = {}
    for row in counts(start, end, task, category):
        if row.cell is not None:
            before = cells.get(row.cell, (0, 0))  # a cell on a border may hold tickets of two towns
            cells[row.cell] = before[0] + row.count, before[1] + row.voices
    return [(cell, count, voices) for cell, (count, voices) in cells.items()]


def town_counts(start, end, task=None, category=None):
    """({town code: (count, voices)}, {town code: count of those known by the town only}); arguments as for `counts`."""
    return by_town(counts(start, end, task, category))


def by_town(rows):
    """Rows of `counts` added up by town: all of them, and those without a cell."""
    towns, town_only = {}, {}
    for row in rows:
        count, voices = towns.get(row.town, (0, 0))
        towns[row.town] = count + row.count, voices + row.voices
        if row.cell is None and row.count:
            town_only[row.town] = row.count
    return towns, town_only


def known_since(day, task=None):
    """Whether anything of a task was counted on this day or before: else a comparison with that time would mean nothing."""
    counted = CellCount.objects.filter(day__lte=day)
    return (counted.filter(category__task=task) if task else counted).exists()


def public_weeks(today):
    """(first Monday, last Sunday) of the last 13 complete ISO weeks before a day."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=WEEKS), monday - timedelta(days=1)
