"""The books, kept a second time: what events and tickets must add up to, worked out without the code under test."""

import datetime as dt
from collections import Counter

from gis_app.models import CellCount, Event, Ticket

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


def counted():
    """{(day, cell, town, category): (tickets, voices)} as the counts say, whether folded or not; nothing where they cancel."""
    tickets, voices = Counter(), Counter()
    for row in CellCount.objects.all():
        share = (row.day, row.cell, row.town_id, row.category_id)
        tickets[share] += row.count
        voices[share] += row.voices
    return {share: (tickets[share], voices[share]) for share in tickets if tickets[share] or voices[share]}


def recounted():
    """The same from the tickets: every one that is neither rejected nor merged, on the day in Shanghai when it was opened."""
    tickets, voices = Counter(), Counter()
    for ticket in Ticket.objects.exclude(state__in=["rejected", "merged"]):
        share = (ticket.opened_at.astimezone(UTC8).date(), ticket.cell, ticket.town_id, ticket.category_id)
        tickets[share] += 1
        voices[share] += heard(ticket)
    return {share: (tickets[share], voices[share]) for share in tickets}


def heard(ticket):
    """How many people said what a ticket is about, those of tickets merged into it included; a part has one voice."""
    own = ticket.reports.count() or (1 if ticket.split_from_id else 0)
    return own + sum(map(heard, ticket.merged.all()))
