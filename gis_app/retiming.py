"""When calendar, office hours or limits change: the open tickets whose due dates are no longer what the rules make of them.

And those whose clocks stand still until a day that has come. Floor: beside rerouting. The door that has changed a rule calls
`settle` for the few; a job does the many, and again later finds nothing left to do.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gis_app import clock, workflow
from gis_app.access import SYSTEM
from gis_app.clock.derivation import moments_of_many
from gis_app.errors import StaleTicket, WrongState
from gis_app.models import Stamp, Ticket
from gis_app.words import OPEN_STATES, State

BATCH = 500
LOOKED_AT = 2000  # Measured: 0.13 ms for each ticket that is looked at, up to 0.7 ms on a busy machine
RULES, SETTLED = "rules", "retimed"  # the stamps of the rules as they are, and as they were when all was put right


@dataclass(frozen=True)
class Moved:
    """A ticket whose dates would be others now."""

    ticket: Ticket
    found: dict  # {column: moment}, as clock.dates_of gives them


def open_tickets():
    """The tickets whose dates may move, as a queryset."""
    return Ticket.objects.filter(state__in=OPEN_STATES)


def many_open():
    """Whether looking at all of them takes longer than a person waits."""
    return open_tickets()[LOOKED_AT : LOOKED_AT + 1].exists()


def moved(after=0):
    """Yield the Moved among the open tickets with a key above `after`, by key; two queries for each 500 that are looked at."""
    rows = open_tickets().select_related("category").order_by("pk")
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        moments = moments_of_many([ticket.pk for ticket in batch])
        for ticket in batch:
            found = clock.dates_of(ticket, moments[ticket.pk])
            if any(getattr(ticket, column) != moment for column, moment in found.items()):
                yield Moved(ticket, found)
        after = batch[-1].pk


def settle(most=None, after=0, rules=None, tell=lambda done: None):
    """Put the due dates of open tickets right, one step `retime` each; a ticket that is right already gets none.

    most: of these, then it stops. after, rules: where an earlier call has stopped, as it returned them. tell: called with the
    number so far. Returns (how many, where to go on): None instead of (key, rules) when all have been looked at.
    """
    rules = rules or Stamp.of(RULES)
    done, missed = 0, 0
    for each in moved(after):
        if done == most:
            return done, (each.ticket.pk - 1, rules)
        taken = put_right(each)
        done, missed = done + taken, missed + (not taken)
        tell(done)
    if not missed:
        Stamp.objects.update_or_create(name=SETTLED, defaults={"value": rules})
        Stamp.forget()
    return done, None


def put_right(each):
    """One ticket's step; whether it was taken. Not when somebody was faster: then its dates are looked at in the next round."""
    ticket, was = each.ticket, {column: getattr(each.ticket, column) for column in each.found}
    try:
        workflow.advance(ticket, "retime", SYSTEM, seen=ticket.version, was=was)
    except (StaleTicket, WrongState):
        return False
    return True


def resume(now):
    """Bring back every ticket that was put on hold until a moment that has come. Returns how many."""
    done = 0
    for ticket in Ticket.objects.filter(state=State.SUSPENDED, suspended_until__lte=now).order_by("suspended_until"):
        try:
            workflow.advance(ticket, "resume", SYSTEM, seen=ticket.version)
            done += 1
        except (StaleTicket, WrongState):  # somebody was faster
            continue
    return done


def needed():
    """Whether rules have changed since all was put right; no query within STAMP_SECONDS."""
    return Stamp.of(RULES) != Stamp.of(SETTLED)


def told(event):
    """What a step `retime` has changed, in words: 应办完 11月30日（周一）09:00 → 12月1日（周二）09:00; empty for other steps."""
    names = {"triage_due_at": _("立案期限"), "due_at": _("应办完"), "unit_due_at": _("承办单位应办完")}
    was = event.given.get("was", {})
    dates = {name: (_printed(was[name]), _printed(event.change.get(name))) for name in names if was.get(name)}
    return _("，").join(f"{names[name]} {before} → {now}" for name, (before, now) in dates.items() if before != now)


def _printed(spelled):
    return clock.printed(dt.datetime.fromisoformat(spelled)) if spelled else ""
