"""What if other duties had held: which tickets would go to another unit, and what that means for each unit's load.

Floor: beside stats. Reads only; nothing is changed.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from gis_app import clock, route
from gis_app.classify import categories
from gis_app.models import Event, Ticket, Unit
from gis_app.words import UNCOUNTED, StepName

DAYS, MOST_DAYS = 90, 3660
WEIGHT = 10  # so many tickets of the county's average stand behind every unit's own share of late ones
OFTEN = 3  # returns of one kind in one town before a change of duties is suggested


@dataclass(frozen=True)
class Load:
    """A unit's tickets and how many of them are expected to be late, under the duties in use and under the others."""

    unit: Unit
    before: int
    after: int
    late_before: float
    late_after: float


@dataclass(frozen=True)
class Outcome:
    """What other duties would do with a period's tickets. moves: [(Unit from, Unit to, how many)], the most first."""

    start: dt.date
    end: dt.date
    tickets: int
    moves: list
    loads: list

    @property
    def moved(self):
        """How many tickets would go to another unit."""
        return sum(number for _from, _to, number in self.moves)


def period(days, now=None):
    """(first day, last day) of so many days up to today, in the county."""
    end = (now or timezone.now()).astimezone(clock.SHANGHAI).date()
    return end - dt.timedelta(days=days - 1), end


def opened_in(start, end):
    """The tickets of a period that count, as a queryset."""
    first, last = (dt.datetime.combine(day, dt.time(), clock.SHANGHAI) for day in (start, end + dt.timedelta(days=1)))
    return Ticket.objects.filter(opened_at__gte=first, opened_at__lt=last, category__isnull=False).exclude(state__in=UNCOUNTED)


def what_if(other, on, days=DAYS, before=None):
    """The Outcome of judging the last `days` days' tickets by another Rulebook instead of the one in use, both as of a date.

    Every ticket is judged by its present category and by the areas that its receipt names. The expected late ones: a unit keeps
    the share of late tickets that it had in the period, drawn towards the county's by WEIGHT tickets, whatever its load.
    """
    start, end = period(days)
    before = before or route.in_use()
    rates = late_rates(start, end)
    moves, loads, tickets = Counter(), {}, 0
    for category, where, number in groups(start, end):
        was, now = (book.answer(category, where, on).unit for book in (before, other))
        tickets += number
        for unit, column in ((was, 0), (now, 1)):
            loads.setdefault(unit.code, [unit, 0, 0])[column + 1] += number
        if was.pk != now.pk:
            moves[was.code, now.code] += number
    units = {code: unit for code, (unit, _before, _after) in loads.items()}
    return Outcome(
        start,
        end,
        tickets,
        [(units[was], units[now], number) for (was, now), number in sorted(moves.items(), key=lambda each: (-each[1], each[0]))],
        [
            Load(unit, was, now, was * rates(unit.pk), now * rates(unit.pk))
            for unit, was, now in sorted(loads.values(), key=lambda each: (-max(each[1:]), each[0].code))
        ],
    )


def groups(start, end):
    """[(Category, route.Where, how many)] of a period's tickets: as many rows as there are kinds and areas, not as tickets."""
    by_pk = {row.pk: row for row in categories().values()}
    counted = opened_in(start, end).order_by().values_list("category", "town__code", "receipt__where").annotate(n=Count("pk"))
    return [(by_pk[category], _where(town, areas), number) for category, town, areas, number in counted if category in by_pk]


def _where(town, areas):
    if not areas:
        return route.Where(town)
    return route.Where(areas["town"], areas.get("village"), areas.get("grid"), tuple(areas.get("zones") or ()))


def late_rates(start, end):
    """A function from a unit's number to the share of its tickets that were late in a period, drawn towards the county's."""
    now = timezone.now()
    late = Q(due_at__lt=Coalesce("finished_at", "ended_at", now))
    rows = (
        opened_in(start, end)
        .filter(unit__isnull=False)
        .order_by()
        .values_list("unit")
        .annotate(Count("pk"), n=Count("pk", filter=late))
    )
    counts = {unit: (all_of, lates) for unit, all_of, lates in rows}
    everything, lates = (sum(column) for column in zip(*counts.values(), strict=True)) if counts else (0, 0)
    county = lates / everything if everything else 0.0

    def rate(unit):
        own, own_late = counts.get(unit, (0, 0))
        return (own_late + WEIGHT * county) / (own + WEIGHT)

    return rate


# ---- what returns teach


@dataclass(frozen=True)
class Returned:
    """A kind of problem in a town that a unit keeps returning. suggested: the unit most often named instead, or None."""

    category: object
    town: str
    town_name: str
    unit: Unit
    times: int
    suggested: Unit | None
    agreed: int

    def as_duty(self, day):
        """The row of a duties file that would send them where the returns say, or None."""
        if self.suggested is None:
            return None
        told = {"unit": self.suggested.code, "category": self.category.code, "area_kind": "town", "area_codes": self.town}
        return told | {"document_date": day.isoformat(), "from": day.isoformat()}


def returns(days=DAYS, often=OFTEN):
    """[Returned] of a period, the most frequent first: kinds and towns that one unit sent back at least `often` times."""
    start, end = period(days)
    first, last = (dt.datetime.combine(day, dt.time(), clock.SHANGHAI) for day in (start, end + dt.timedelta(days=1)))
    sent_back = Event.objects.filter(step=StepName.RETURN, at__gte=first, at__lt=last, ticket__category__isnull=False)
    rows = sent_back.values_list("ticket__category", "ticket__town__code", "ticket__town__name", "unit", "given__suggested")
    found = {}
    for category, town, name, unit, suggested in rows:
        found.setdefault((category, town, name, unit), []).append(suggested)
    units, kinds = {unit.pk: unit for unit in Unit.objects.all()}, {row.pk: row for row in categories().values()}
    by_code = {unit.code: unit for unit in units.values()}
    told = [
        _returned(kinds[category], town, name, units[unit], named, by_code)
        for (category, town, name, unit), named in found.items()
        if len(named) >= often and unit in units and category in kinds
    ]
    return sorted(told, key=lambda row: (-row.times, row.category.code, row.town))


def _returned(category, town, name, unit, named, by_code):
    said = Counter(code for code in named if code in by_code and code != unit.code).most_common(1)
    best, agreed = said[0] if said else (None, 0)
    return Returned(category, town, name, unit, len(named), by_code.get(best), agreed)
