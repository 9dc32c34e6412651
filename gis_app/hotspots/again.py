"""重复发生点: the same told again and again at one place. Not a hotspot: no permutation calls a lone spike a cluster, rightly."""

import datetime as dt
from typing import NamedTuple

import numpy as np
from django.db.models import Exists, F, FloatField, Func, OuterRef, Q
from django.utils import timezone
from scipy.spatial import KDTree

from gis_app import meeting
from gis_app.clock import SHANGHAI
from gis_app.models import Event, Ticket
from gis_app.words import OPEN_STATES, UNCOUNTED, Precision, StepName
from layers.clusters import APART_M, OFTEN
from layers.clusters import recurring as gathered
from layers.crs import to_metres
from layers.exact import benjamini_hochberg, binomial

MOST = 10
CAME_BACK = Exists(Event.objects.filter(ticket=OuterRef("pk"), step__in=(StepName.REWORK, StepName.DISPUTE)))


class Again(NamedTuple):
    """A place of OFTEN tickets or more, any two of them APART_M apart at most. tickets: newest first.

    before: tickets in as many days before, no further from its middle than its own farthest one or half of APART_M; q: of the
    test that it is more now, corrected over all places of the list; None where the time before was not counted. reopened: of
    its tickets, how many came back.
    """

    number: int
    tickets: list
    of: int
    before: int | None
    q: float | None
    open: int
    late: int
    reopened: int

    @property
    def newest(self):
        return self.tickets[0]


def recurring(task, start, end, comparable, now=None):
    """([Again], how many more): most tickets first. start, end: dates, both included. comparable: whether before is counted."""
    length = end - start + dt.timedelta(days=1)
    told = _points(task, start - length if comparable else start, end)
    here, there = told[told["day"] >= np.datetime64(start)], told[told["day"] < np.datetime64(start)]
    found = gathered(*to_metres(here["lon"], here["lat"])) if len(here) >= OFTEN else []
    before, q = _compared(found, there) if comparable else ([None] * len(found), [None] * len(found))
    shown = [here["pk"][place.members].tolist() for place in found[:MOST]]
    tickets = _loaded([pk for keys in shown for pk in keys], now or timezone.now())
    rows = zip(shown, before, q, strict=False)
    return [_again(number, tickets, *row) for number, row in enumerate(rows, 1)], len(found) - len(shown)


def _points(task, start, end):
    """(n,) records of pk, lon, lat, day: the counted tickets of a task whose point is known, in the order of their keys."""
    first, after = (dt.datetime.combine(day, dt.time(), SHANGHAI) for day in (start, end + dt.timedelta(days=1)))
    asked = Ticket.objects.filter(opened_at__gte=first, opened_at__lt=after, precision=Precision.POINT, category__task=task)
    lon, lat = (Func(F("point"), function=name, output_field=FloatField()) for name in ("ST_X", "ST_Y"))
    placed = asked.exclude(state__in=UNCOUNTED).annotate(lon=lon, lat=lat).order_by("pk")
    rows = [(*row, at.astimezone(SHANGHAI).date()) for *row, at in placed.values_list("pk", "lon", "lat", "opened_at")]
    return np.array(rows, dtype=[("pk", "i8"), ("lon", "f8"), ("lat", "f8"), ("day", "M8[D]")])


def _compared(found, there):
    """(before, q) of each place: what was told there in as many days before, and the exact test that it is more now."""
    middles = [(place.x, place.y) for place in found]
    if not found:
        return [], []
    points = np.column_stack(to_metres(there["lon"], there["lat"])).reshape(-1, 2)
    reach = [max(place.reach, APART_M / 2) for place in found]
    before = KDTree(points).query_ball_point(middles, reach, return_length=True)
    now = np.array([len(place.members) for place in found])
    return before.tolist(), benjamini_hochberg(binomial(now, now + before, 0.5).more).tolist()


def _loaded(keys, now):
    """{key: Ticket with is_open, is_late, and whether it came back}."""
    asked = Ticket.objects.filter(pk__in=keys).annotate(due=meeting.DUE, stands=meeting.STANDS)
    asked = asked.annotate(behind=Q(state__in=OPEN_STATES) & meeting.is_late(now), came_back=CAME_BACK)
    tickets = {row.pk: row for row in asked.select_related("category", "town", "village", "unit")}
    for ticket in tickets.values():
        ticket.is_open, ticket.is_late = ticket.state in OPEN_STATES, bool(ticket.behind)
    return tickets


def _again(number, tickets, keys, before, q):
    rows = sorted((tickets[key] for key in keys), key=lambda row: (row.opened_at, row.pk), reverse=True)
    return Again(
        number=number,
        tickets=rows,
        of=len(rows),
        before=before,
        q=q,
        open=sum(row.is_open for row in rows),
        late=sum(row.is_late for row in rows),
        reopened=sum(row.came_back for row in rows),
    )
