"""One question asked of all cells of the county over one period, with what came before."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _

from gis_app import stats, tally
from gis_app.errors import BadField
from gis_app.hotspots.held import USUAL, Chance, Held, Question, held_against, load_of
from gis_app.models import Boundary, remembered
from gis_app.words import EditionKind
from layers import hotspots as tests
from layers import trends
from layers.cells import DRAWN, county_cells

DAYS = (30, 90, 365)
DEFAULT_DAYS, LONGEST = 90, 3660
YEARS = range(2000, 2101)  # that a period may end in
WINDOWS, FEWEST = 12, 4  # windows of a trend; with fewer that are whole, nothing is said of it
WEEK = 7


TRENDS = {
    trends.Trend.NEW: _("新增"),
    trends.Trend.INTENSIFYING: _("加剧"),
    trends.Trend.CONSECUTIVE: _("连续"),
    trends.Trend.PERSISTENT: _("持续"),
    trends.Trend.SPORADIC: _("零星"),
    trends.Trend.DIMINISHING: _("消退"),
    trends.Trend.HISTORICAL: _("历史"),
    trends.Trend.NONE: _("看不出"),
}


class Board(NamedTuple):
    """What was asked and what the test says. counts: (n,) int in the grid's order; found: layers.hotspots.Found, (n,) each.

    hot, told: (n, t) over windows, weeks that end with the period or calendar months (`step`), oldest first: whether the load of
    each was hot, and its tickets; t = 0 where the counts do not reach far enough back. trend: (n,) layers.trends.Trend.
    first: since when anything is counted, or None. comparable: whether the period before was counted at all, without which
    change cannot be asked. per: people or roads, which the load is held against, or None; held: Held of it.
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
    first: dt.date | None
    comparable: bool
    per: str | None = None
    held: Held | None = None
    chance: Chance = USUAL

    @property
    def total(self):
        return int(self.counts.sum())


def board(task, until, days=DEFAULT_DAYS, question=Question.LOAD, per=None, chance=USUAL):
    """The Board of a task over the days up to `until`, both a date in Asia/Shanghai and included.

    per: people or roads, for the load alone: share and change bring with them what they are held against. chance: Chance, whose
    null may be conditional for the load by number alone.
    Raises BadField for another question, where nothing of it is loaded, and for days that no calendar of a county has.
    """
    if until.year not in YEARS:
        told = {"first": YEARS[0], "last": YEARS[-1]}
        raise BadField(field="until", why=_("要在 %(first)d 年到 %(last)d 年之间。") % told)
    if not 1 <= days <= LONGEST:
        raise BadField(field="days", why=_("1 到 %d 天。") % LONGEST)
    if chance.null != tests.Null.TOTAL and (question != Question.LOAD or per):
        raise BadField(field="null", why=str(_("conditional 只用于 load，而且不折算。")))
    grid, start = county_grid(), until - dt.timedelta(days=days - 1)
    first, step = stats.first_day(task), "month" if days > max(DAYS[:-1]) else "week"
    comparable = first is not None and first <= start - dt.timedelta(days=days)
    counts, before, told = (_by_week if step == "week" else _by_month)(grid, task, until, days, first, question)
    held = held_against(grid, counts, per, question) if per else None
    found = _asked(question, grid, counts, before if comparable else counts, task, start, until, held, chance)
    hot = history(grid, told, held, chance)
    told = told if hot.shape[1] else told[:, :0]
    trend = trends.classes(hot, grid.sums(told)) if hot.shape[1] else np.full(len(counts), trends.Trend.NONE, dtype=object)
    return Board(task, start, until, question, grid, counts, found, step, hot, told, trend, first, comparable, per, held, chance)


def _asked(question, grid, counts, before, task, start, end, held, chance):
    if question == Question.SHARE:
        return tests.share(counts, counted(grid, start, end), grid, chance.mid)
    if question == Question.CHANGE:
        return tests.change(counts, before, grid, mid=chance.mid)
    return load_of(counts, grid, held, chance)


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


def _by_week(grid, task, until, days, first, question):
    """(counts, counts of the period before, (n, t) of the last weeks that are wholly counted), all of one question."""
    back = days * (2 if question == Question.CHANGE else 1)
    each = daily(grid, task, until - dt.timedelta(days=max(back, WEEK * WINDOWS) - 1), until)
    whole = 0 if first is None else min(WINDOWS, max(0, (until - first).days + 1) // WEEK)
    weeks = each[:, each.shape[1] - WEEK * whole :].reshape(len(each), whole, WEEK).sum(axis=2)
    return each[:, -days:].sum(axis=1), each[:, -back:-days].sum(axis=1) if back > days else None, weeks


def _by_month(grid, task, until, days, first, question):
    """As `_by_week`, over calendar months that are over by then: years are counted by month and not by day."""
    start, length = until - dt.timedelta(days=days - 1), dt.timedelta(days=days)
    counts = counted(grid, start, until, task)
    before = counted(grid, start - length, until - length, task) if question == Question.CHANGE else None
    return counts, before, _months(grid, task, until, first)


def history(grid, told, held=None, chance=USUAL):
    """(n, t) whether each of these windows' load was hot; t = 0 when there are too few. told: (n, t), oldest first."""
    if told.shape[1] < FEWEST:
        return np.zeros((len(grid.cells), 0), dtype=bool)
    return np.column_stack([load_of(counts, grid, held, chance).hot for counts in told.T])


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
