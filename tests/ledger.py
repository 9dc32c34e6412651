"""The books, kept a second time: what events and tickets must add up to, worked out without the code under test."""

import datetime as dt
from collections import Counter

import h3.api.basic_int as h3
from django.utils import timezone

from gis_app.models import CategoryMonth, CellCount, Event, TaskDay, TaskMonth, Ticket, UnitDay

BESIDE = {"release", "withhold", "ask_extension", "refuse", "supervise", "answer", "lift"}  # steps that make nobody's step stale
UTC8 = dt.timezone(dt.timedelta(hours=8))  # Asia/Shanghai, without a time zone database


def told_by_events(ticket):
    """{column: value as JSON has it} that a ticket's events add up to, version included."""
    row, version = {}, 0
    for event in Event.objects.filter(ticket=ticket).order_by("seq"):
        row |= event.change
        version += bool(event.change) and event.step not in BESIDE
    return row | {"version": version}


def in_the_row(ticket, names):
    """{column: value} of a ticket's row, moments as the events spell them."""
    return {name: _spelled(value) for name, value in Ticket.objects.filter(pk=ticket).values(*names).get().items()}


def _spelled(value):
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


FIGURES = ("opened", "closed", "late", "voices")


def counted():
    """{grain: {its key: (opened, closed, late, voices)}} as the counts say, whether folded or not; nothing where they cancel."""
    grains = {grain: Counter() for grain in KEYS}
    for grain, (model, columns) in STORED.items():
        kept = model.objects.filter(day__gte=_a_year_ago()) if model is TaskDay else model.objects.all()
        for row in kept.values_list(*columns, *FIGURES):
            for figure, number in zip(FIGURES, row[len(columns) :], strict=True):
                grains[grain][row[: len(columns)], figure] += number
    for row in CellCount.objects.select_related("category"):
        _add(grains, (row.day, row.cell, row.town_id, row.category, row.unit_id), {name: getattr(row, name) for name in FIGURES})
    return {grain: _tidy(sums) for grain, sums in grains.items()}


def problems():
    """{(category, month, cell, town): (tickets, voices)} as the counts say."""
    return {key: (opened, voices) for key, (opened, _closed, _late, voices) in counted()["category and month"].items()}


def recounted():
    """The same from the tickets: every one that is neither rejected nor merged, on the day in Shanghai when it was opened, and
    once more on the one when it was closed.
    """
    grains = {grain: Counter() for grain in KEYS}
    for ticket in Ticket.objects.exclude(state__in=["rejected", "merged"]).select_related("category"):
        place = (ticket.cell, ticket.town_id, ticket.category, ticket.unit_id)
        _add(grains, (_day(ticket.opened_at), *place), {"opened": 1, "voices": heard(ticket)})
        if ticket.state == "closed":
            _add(grains, (_day(ticket.ended_at), *place), {"closed": 1, "late": int(ticket.finished_at > ticket.due_at)})
    return {grain: _tidy(sums) for grain, sums in grains.items()}


STORED = {  # grain: its table and the columns of its key
    "task and month": (TaskMonth, ("task", "month", "cell", "town_id")),
    "task and day": (TaskDay, ("task", "day", "cell", "town_id")),
    "category and month": (CategoryMonth, ("category_id", "month", "cell", "town_id")),
    "unit and day": (UnitDay, ("unit_id", "day")),
}
KEYS = {  # grain: its key, from a day, a cell of resolution 9, a town, a category's row and a unit; None when it is not kept
    "task and month": lambda day, cell, town, kind, unit: (_task(kind), day.replace(day=1), _wide(cell), town),
    "task and day": lambda day, cell, town, kind, unit: (_task(kind), day, _wide(cell), town) if day >= _a_year_ago() else None,
    "category and month": lambda day, cell, town, kind, unit: (kind and kind.pk, day.replace(day=1), cell, town),
    "unit and day": lambda day, cell, town, kind, unit: (unit, day) if unit else None,
}


def _add(grains, share, figures):
    for grain, key_of in KEYS.items():
        if key := key_of(*share):
            for name, number in figures.items():
                grains[grain][key, name] += number


def _tidy(sums):
    found = {key: tuple(sums[key, name] for name in FIGURES) for key, _name in sums}
    return {key: numbers for key, numbers in found.items() if any(numbers)}


def _day(moment):
    return moment.astimezone(UTC8).date()


def _a_year_ago():
    """The first of the days that are read one by one: of this month and the twelve before."""
    month = timezone.localdate().replace(day=1)
    for _ in range(12):
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return month


def _task(kind):
    return kind.task if kind else ""


def _wide(cell):
    return cell and h3.cell_to_parent(cell, 8)


def heard(ticket):
    """How many people said what a ticket is about, those of tickets merged into it included; a part has one voice."""
    own = ticket.reports.count() or (1 if ticket.split_from_id else 0)
    return own + sum(map(heard, ticket.merged.all()))
