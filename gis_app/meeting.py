"""The list for the weekly 联席会议: what is supervised, what is late, what has been open longest, and how the units stand.

Floor: beside stats. It is the list of the moment in which it is asked for; nothing of it is kept.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from gis_app import clock
from gis_app.models import Ticket, Unit
from gis_app.words import OPEN_STATES

MOST, LONGEST = 200, 20  # rows of a list
DUE = Coalesce("unit_due_at", "due_at", "triage_due_at")
STANDS = Coalesce("finished_at", "suspended_at")  # since when the clock stands still
WITH = ("category", "town", "village", "unit", "proposed", "worker")


@dataclass(frozen=True)
class Agenda:
    """What the meeting looks at. Tickets carry `due`, the date that matters for them now."""

    at: dt.datetime
    supervised: list  # Tickets, those to be answered first
    late: list  # Tickets, the latest ones first; at most MOST
    longest: list  # Tickets, the oldest first; at most LONGEST
    units: list  # {unit (None: the desk), open, late, supervised, overdue (answers), oldest: a day}
    open: int
    late_number: int  # of all that are late, listed or not


def is_late(now):
    """The condition by which an open ticket is late at a moment, as clock.standing says."""
    return Q(stands__isnull=True, due__lt=now) | Q(stands__gt=F("due"))


def open_tickets():
    """Open tickets with `due`, and `stands`: since when their clock stands still, if it does."""
    return Ticket.objects.filter(state__in=OPEN_STATES).annotate(due=DUE, stands=STANDS)


def agenda(now=None):
    """The Agenda of this moment."""
    now = now or timezone.now()
    tickets = open_tickets().select_related(*WITH)
    supervised = Ticket.objects.filter(supervised_at__isnull=False).annotate(due=DUE).select_related(*WITH)
    units = by_unit(now)
    return Agenda(
        at=now,
        supervised=list(supervised.order_by("answered_at", "answer_due_at", "pk")[:MOST]),
        late=list(tickets.filter(is_late(now)).order_by("due", "pk")[:MOST]),
        longest=list(tickets.order_by("opened_at", "pk")[:LONGEST]),
        units=units,
        open=sum(row["open"] for row in units),
        late_number=sum(row["late"] for row in units),
    )


def by_unit(now):
    """[{unit, open, late, supervised, overdue, oldest}], most late ones first; what no unit has is the desk's."""
    asked = Q(supervised_at__isnull=False)
    names = {unit.pk: unit for unit in Unit.objects.all()}
    rows = open_tickets().order_by().values("unit").annotate(
        open=Count("pk"),
        late=Count("pk", filter=is_late(now)),
        supervised=Count("pk", filter=asked),
        overdue=Count("pk", filter=asked & Q(answered_at__isnull=True, answer_due_at__lt=now)),
        oldest=Min("opened_at"),
    )
    told = [row | {"unit": names.get(row["unit"])} for row in rows]
    return sorted(told, key=lambda row: (-row["late"], -row["open"], row["unit"].code if row["unit"] else ""))


def lists(agenda):
    """[(name, rows)] of the three lists of tickets, in the order of the meeting."""
    return [("supervised", agenda.supervised), ("late", agenda.late), ("longest", agenda.longest)]


def answer_of(ticket, now):
    """How the answer to an order stands: answered, overdue or awaited."""
    if ticket.answered_at:
        return "answered"
    return "overdue" if ticket.answer_due_at < now else "awaited"


def days_open(ticket, now):
    """Whole days since a ticket was opened, in Shanghai."""
    return (now.astimezone(clock.SHANGHAI).date() - ticket.opened_at.astimezone(clock.SHANGHAI).date()).days
