"""One question asked of all cells of the county over one period, with what came before."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import shapely
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gis_app import stats, tally
from gis_app.models import Boundary, remembered
from gis_app.words import EditionKind
from layers import hotspots as tests
from layers import trends
from layers.cells import DRAWN, county_cells

DAYS = (30, 90, 365)
DEFAULT_DAYS = 90
WINDOWS, FEWEST = 12, 4  # windows of a trend; with fewer that are whole, nothing is said of it
WEEK = 7


class Question(TextChoices):
    """What is asked; each has its own exact test in layers.hotspots."""

    LOAD = "load", _("哪里报得多")
    SHARE = "share", _("哪里这类占得多")
    CHANGE = "change", _("哪里比上期多")


class Board(NamedTuple):
    """What was asked and what the test says. counts: (n,) int in the grid's order; found: layers.hotspots.Found, (n,) each.

    hot, told: (n, t) over windows, weeks that end with the period or calendar months (`step`), oldest first: whether the load of
    each was hot, and its tickets; t = 0 where the counts do not reach far enough back. trend: (n,) layers.trends.Trend.
    comparable: whether the period before was counted at all, without which change cannot be asked.
    """

    task: str
    start: dt.date
    end: dt.date
    question: str
    grid: tests.Lattice
    counts: np.ndarray
    found: tests.Found
    step: str
    hot: np.ndarray
    told: np.ndarray
    trend: np.ndarray
    comparable: bool

    @property
    def total(self):
        return int(self.counts.sum())


def board(task, until, days=DEFAULT_DAYS, question=Question.LOAD):
    """The Board of a task over the days up to `until`, both a date in Asia/Shanghai and included."""
    grid, start = county_grid(), until - dt.timedelta(days=days - 1)
    counts = counted(grid, start, until, task)
    step, first = "month" if days > max(DAYS[:-1]) else "week", stats.first_day(task)
    hot, told = history(grid, task, until, step, first)
    trend = trends.classes(hot, grid.sums(told)) if hot.shape[1] else np.full(len(counts), trends.Trend.NONE, dtype=object)
    comparable = first is not None and first <= start - dt.timedelta(days=days)
    found = _asked(question, grid, counts, task, start, until, comparable)
    return Board(task, start, until, question, grid, counts, found, step, hot, told, trend, comparable)


def _asked(question, grid, counts, task, start, end, comparable):
    if question == Question.SHARE:
        return tests.share(counts, counted(grid, start, end), grid)
    if question == Question.CHANGE:
        length = end - start + dt.timedelta(days=1)
        before = counted(grid, start - length, end - length, task) if comparable else counts
        return tests.change(counts, before, grid)
    return tests.load(counts, grid)


@remembered("places")
def county_grid():
    """The Lattice of all cells that touch the county as it is in use; empty before there is one."""
    towns = Boundary.objects.filter(edition__kind=EditionKind.TOWNS, edition__active=True)
    shapes = [shapely.from_wkb(bytes(town.outline.wkb)) for town in towns]
    return tests.lattice(county_cells(shapely.union_all(shapes), DRAWN) if shapes else [])


def counted(grid, start, end, task=None):
    """(n,) tickets by cell in a period; those known by their town alone are in none."""
    rows = [(row.cell, row.count) for row in stats.counts(start, end, task, res=DRAWN) if row.cell is not None]
    cells, counts = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return grid.placed(cells, counts)


def history(grid, task, until, step, first):
    """(hot, told): (n, t) of the last windows that are wholly counted, oldest first; t = 0 when there are too few.

    step: week, seven days of which the last ends with `until`; month, calendar months that are over by then. first: since when
    anything is counted, or None.
    """
    told = _weeks(grid, task, until, first) if step == "week" else _months(grid, task, until, first)
    if told.shape[1] < FEWEST:
        return np.zeros((len(grid.cells), 0), dtype=bool), np.zeros((len(grid.cells), 0), dtype=np.int64)
    return np.column_stack([tests.load(counts, grid).hot for counts in told.T]), told


def _weeks(grid, task, until, first):
    whole = 0 if first is None else min(WINDOWS, max(0, (until - first).days + 1) // WEEK)
    if not whole:
        return np.zeros((len(grid.cells), 0), dtype=np.int64)
    days = daily(grid, task, until - dt.timedelta(days=WEEK * whole - 1), until)
    return days.reshape(len(days), whole, WEEK).sum(axis=2)


def _months(grid, task, until, first):
    after = (until + dt.timedelta(days=1)).replace(day=1)
    begins = [month for back in range(WINDOWS, 0, -1) if first and (month := tally.months_before(after, back)) >= first]
    if not begins:
        return np.zeros((len(grid.cells), 0), dtype=np.int64)
    return _arranged(grid, stats.series(begins[0], after - dt.timedelta(days=1), "month", "cell", task, res=DRAWN))


def daily(grid, task, start, end):
    """(n, days) tickets by cell and day, in the grid's order."""
    return _arranged(grid, stats.series(start, end, "day", "cell", task, res=DRAWN))


def _arranged(grid, series):
    cells = np.array(sorted(series.counts), dtype=np.int64)
    values, where = np.zeros((len(grid.cells), len(series.periods)), dtype=np.int64), grid.positions(cells)
    for cell, position in zip(cells.tolist(), where.tolist(), strict=True):
        if position >= 0:
            values[position] += series.counts[cell]
    return values
