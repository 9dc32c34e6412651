"""What tickets had been through by the end of a period, told by their events alone.

The row of a ticket says how it stands now. A month that is over must not change by what happens later, so it is read from the
events before its end. What can still change it is an import that brings in events of past days.
"""

import datetime as dt
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q
from django.utils import timezone

from gis_app import clock
from gis_app.models import Event, Ticket
from gis_app.words import StepName

MOMENT = dt.datetime.fromisoformat


@dataclass(slots=True)
class Hold:
    """The time in which one unit had a ticket, from dispatch until it was taken away. Moments are datetimes or None."""

    unit: int
    began: dt.datetime
    worker: int | None = None  # who was told to do it, or else who did
    due: dt.datetime | None = None  # the unit's own, as it was when the ticket was taken away, or is
    finished: dt.datetime | None = None  # the finish that stood then
    left: dt.datetime | None = None
    left_by: str = ""  # the step that took it away
    finishes: list = field(default_factory=list)  # of [at, whether it was sent back]

    def had(self, moment):
        """Whether the ticket was here at a moment."""
        return self.began <= moment and (self.left is None or moment < self.left)


@dataclass(slots=True)
class Life:
    """A ticket at the end of a period. row: columns that its events made, as JSON has them."""

    ticket: int
    row: dict = field(default_factory=dict)
    holds: list = field(default_factory=list)
    ratings: list = field(default_factory=list)  # of (at, stars, Hold or None)

    def moment(self, column):
        """A column of the row that holds a moment; None where it is empty."""
        value = self.row.get(column)
        return MOMENT(value) if value else None

    @property
    def held(self):
        """The Hold of the unit that has the ticket, or None."""
        return self.holds[-1] if self.holds and self.holds[-1].left is None else None

    def live(self, step, at, change, stars):
        """Let one more event happen."""
        self.row |= change
        held = self.held
        if held and self.row.get("unit_id") != held.unit:
            held.left, held.left_by, held = at, step, None
        if held is None and self.row.get("unit_id"):
            held = Hold(self.row["unit_id"], at)
            self.holds.append(held)
        if held and change:
            held.due, held.finished = self.moment("unit_due_at"), self.moment("finished_at")
            held.worker = self.row.get("worker_id") or self.row.get("finished_by_id") or held.worker
        if step == StepName.FINISH:
            held.finishes.append([at, False])
        elif step == StepName.REWORK:
            held.finishes[-1][1] = True
        elif step == StepName.RATE:
            self.ratings.append((at, int(stars), held))


def moments(start, end, now=None):
    """(first moment, moment after the last) of a period. start, end: dates in Asia/Shanghai, both included.

    A period that is not over ends now: what will fall due tomorrow is nobody's fault today.
    """
    first = dt.datetime.combine(start, dt.time(), clock.SHANGHAI)
    after = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), clock.SHANGHAI)
    return first, min(after, now or timezone.now())


def lives(first, after):
    """Yield the Life of every ticket that a period is concerned with, as it was at its end; one statement."""
    events = Event.objects.filter(ticket__in=concerned(first, after), at__lt=after).order_by("ticket_id", "seq")
    rows = events.values_list("ticket_id", "step", "at", "change", "given__stars").iterator(chunk_size=5000)
    for ticket, own in groupby(rows, key=lambda row: row[0]):
        life = Life(ticket)
        for _ticket, step, at, change, stars in own:
            life.live(step, at, change, stars)
        yield life


def concerned(first, after):
    """The tickets that a period may be concerned with, more rather than fewer: what was open in it, due in it or rated in it.

    A due date that was moved after the period is found too: only what was open after the period can have been moved then.
    """
    open_then = Q(ended_at__isnull=True) | Q(ended_at__gte=first)
    due_then = Q(due_at__gte=first, due_at__lt=after) | Q(unit_due_at__gte=first, unit_due_at__lt=after)
    rated = Event.objects.filter(step=StepName.RATE, at__gte=first, at__lt=after).values("ticket")
    return Ticket.objects.filter(open_then | due_then | Q(pk__in=rated), opened_at__lt=after)
