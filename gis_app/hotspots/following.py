"""Did it cool? What was told in the cells of a place before and after its order, beside the rest of the county."""

import datetime as dt
from typing import NamedTuple

import numpy as np
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gis_app import stats
from gis_app.clock import SHANGHAI
from gis_app.hotspots.board import WEEK, county_grid, daily
from gis_app.models import Spot
from layers.exact import benjamini_hochberg, hypergeometric

MOST = 30  # places that are followed on a page, the newest orders first
BEFORE, AFTER = 8, 12  # weeks that are compared with the order's day between them
LATELY = 16  # weeks: an order older than that is followed no more, its verdict has been told
SURE = 0.05


class Verdict(TextChoices):
    """What may be said. SOON: even if nothing more were told, chance could not be excluded yet."""

    COOLED = "cooled", _("降了")
    SAME = "same", _("看不出变化")
    WORSE = "worse", _("更多了")
    SOON = "soon", _("还太早")


class Followed(NamedTuple):
    """A place under orders. before, after: tickets in its cells; weeks: how long each was. series: (weeks,) tickets a week.

    expected: what `after` would be had it gone with the rest of the county. p: exact, one-sided towards less; q: over the list.
    """

    spot: Spot
    before: int
    after: int
    weeks: tuple
    expected: float
    p: float
    q: float
    verdict: str
    series: list


def followed(task, today, first=None):
    """[Followed] of a task's places under orders, newest first. first: since when it is counted, where that is known.

    The weeks before and after the order are counted in its cells and in the county. Given all four numbers, those after the
    order in its cells are hypergeometric (Fisher's exact test) if the place went with the county: a season, or a campaign for
    reporting, is then not taken for success. What such a test cannot take out is that a place is put under orders when it is
    at its worst; the page says so.
    """
    since = today - dt.timedelta(weeks=LATELY)
    spots = list(Spot.objects.filter(task=task, ordered_at__date__gte=since).select_related("ordered_by")[:MOST])
    if not spots:
        return []
    first = first or stats.first_day(task) or today
    start = max(first, min(day_of(spot) for spot in spots) - dt.timedelta(weeks=BEFORE))
    grid = county_grid()
    days = daily(grid, task, start, today) if start <= today else np.zeros((len(grid.cells), 0), dtype=np.int64)
    rows = [_measured(spot, today, start, grid, days) for spot in spots]
    return [_judged(row._replace(q=q)) for row, q in zip(rows, benjamini_hochberg([row.p for row in rows]).tolist(), strict=True)]


def day_of(spot):
    """The day of its order in Asia/Shanghai."""
    return spot.ordered_at.astimezone(SHANGHAI).date()


def _measured(spot, today, start, grid, days):
    """The Followed of one place, without q. days: (n, days) of the county from `start` on."""
    day = day_of(spot)
    lengths = max(0, min(BEFORE, (day - start).days // WEEK)), max(0, min(AFTER, (today - day).days // WEEK))
    begins = [day - dt.timedelta(days=WEEK * back) for back in range(lengths[0], 0, -1)]
    begins += [day + dt.timedelta(days=1 + WEEK * ahead) for ahead in range(lengths[1])]  # the day of the order is in neither
    weeks = [days[:, (begin - start).days :][:, :WEEK].sum(axis=1) for begin in begins]
    here = np.isin(grid.cells, spot.cells)
    mine, all_of_it = np.array([(week[here].sum(), week.sum()) for week in weeks], dtype=np.int64).reshape(-1, 2).T
    before, after = int(mine[: lengths[0]].sum()), int(mine[lengths[0] :].sum())
    later, county = int(all_of_it[lengths[0] :].sum()), int(all_of_it.sum())
    tails = hypergeometric([after, 0], [before + after] * 2, later, county) if county else None
    expected = (before + after) * later / county if county else 0.0
    p = float(tails.less[0]) if tails else 1.0
    row = Followed(spot, before, after, lengths, expected, p, 1.0, Verdict.SAME, mine.tolist())
    if tails is None or tails.less[1] > SURE:  # not even nothing at all would be a sign
        return row._replace(verdict=Verdict.SOON)
    return row._replace(verdict=Verdict.WORSE) if tails.more[0] <= SURE else row


def _judged(row):
    return row._replace(verdict=Verdict.COOLED) if row.verdict == Verdict.SAME and row.q <= SURE else row
