"""Dispatch without the desk, for categories that a clerk has switched on and tickets about which nothing is in doubt.

Floor: beside intake. A sample of what was sent so is put before a dispatcher every day, and how often it was right is shown.
"""

import datetime as dt
import itertools
import math
import random
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import audit, clock, workflow
from gis_app.access import SYSTEM
from gis_app.classify import categories
from gis_app.errors import BadField, NotFound, Problem
from gis_app.models import Automatic, Event, SpotCheck, Ticket
from gis_app.route.workers import workers_of
from gis_app.words import PLACED, ActName, ActorKind, Scope, State, StepName, UnitKind
from layers.shares import wilson

SHARE, LEAST = 0.05, 3  # of a day's tickets that a dispatcher looks at, and how many at least
BATCH = 200  # tickets that one run sends, so that it ends before the next; and that are read at once
LOOK_BACK = 7  # days for which a sample is drawn when no job ran meanwhile
SHOWN_DAYS = 30


# Doubts: (ticket, report, least) → whether there is one. Any of them leaves the ticket to the desk.


def not_read_surely(ticket, report, least):
    """The words do not say surely enough that it is this category; a category that the sender chose must be theirs, too."""
    best = next(iter(report.reading.get("candidates", ())), None)
    return best is None or best["code"] != ticket.category.code or best["score"] < least


def not_ours_surely(ticket, report, least):
    """It may be no matter of ours, may speak of danger, or of a second problem."""
    reading = report.reading
    return reading.get("scope") != Scope.IN or ticket.danger or reading.get("danger") or len(reading.get("parts") or ()) > 1


def not_placed_surely(ticket, report, least):
    """It is known by its town alone, lies at a border, or its words name another town."""
    return ticket.precision not in PLACED or report.reading.get("borders") or report.reading.get("flags")


def not_routed_surely(ticket, report, least):
    """Nobody has a duty for it, or two units claim it."""
    receipt = ticket.receipt
    return not receipt.get("duty") or receipt.get("doubly_claimed", True) or ticket.proposed.kind == UnitKind.DESK


DOUBTS = (not_read_surely, not_ours_surely, not_placed_surely, not_routed_surely)


def waiting(after=0):
    """New tickets of categories that are switched on, the oldest first, as many as are read at once. after: the last one's id."""
    new = Ticket.objects.filter(state=State.NEW, category__automatic__on=True, pk__gt=after).order_by("pk")
    return new.select_related("category__automatic", "proposed", "town", "grid").prefetch_related("reports")[:BATCH]


def every_waiting():
    """The same, all of them: those about which there is a doubt stay with the desk for hours, and must not hold up the rest."""
    after = 0
    while found := list(waiting(after)):
        yield from found
        after = found[-1].pk


def run():
    """Dispatch what is beyond doubt. Returns how many. Each by itself: what a dispatcher has just taken up is left alone."""
    if not Automatic.objects.filter(on=True).exists():
        return 0
    sent = filter(send, every_waiting())
    return len(list(itertools.islice(sent, BATCH)))


def send(ticket):
    """Accept, dispatch and, where the unit has workers, assign one ticket, in one transaction. Returns whether it was done."""
    reports, least = list(ticket.reports.all()), float(ticket.category.automatic.least)
    if len(reports) != 1 or any(doubt(ticket, reports[0], least) for doubt in DOUBTS):
        return False
    score = reports[0].reading["candidates"][0]["score"]
    note = _("自动派遣：归类把握 %(score).2f，不低于 %(least).2f；职责只有一家。") % {"score": score, "least": least}
    try:
        with transaction.atomic():
            for step, given in steps_of(ticket, note):
                workflow.advance(ticket, step, SYSTEM, seen=ticket.version, **given)
                ticket.refresh_from_db()
    except Problem:
        return False
    return True


def steps_of(ticket, note):
    """[(step, what it is given)] that take a new ticket to its unit."""
    worker = next(iter(workers_of(ticket.proposed_id, ticket.grid_id)), None)
    told = [("accept", {"category": ticket.category, "note": note}), ("dispatch", {"unit": ticket.proposed, "note": note})]
    return told + ([("assign", {"worker": worker, "note": note})] if worker else [])


# ---- the daily sample


def sent_on(day):
    """The numbers of the tickets that were dispatched without the desk on a day, in order."""
    first = dt.datetime.combine(day, dt.time(), clock.SHANGHAI)
    sent = Event.objects.filter(
        step=StepName.DISPATCH, actor_kind=ActorKind.SYSTEM, at__gte=first, at__lt=first + dt.timedelta(days=1)
    )
    return sorted(set(sent.values_list("ticket_id", flat=True)))


def draw(day):
    """The sample of a finished day: 5 % of what was sent, at least three, by the day alone. Drawn again it is the same."""
    sent = sent_on(day)
    number = min(len(sent), max(LEAST, math.ceil(SHARE * len(sent))))
    chosen = random.Random(day.isoformat()).sample(sent, number)
    rows = [SpotCheck(ticket_id=ticket, day=day) for ticket in sorted(chosen)]
    return SpotCheck.objects.bulk_create(rows, ignore_conflicts=True)


def draw_missing(now=None):
    """Draw the samples of the last days for which there is none yet. Returns how many tickets were drawn."""
    today = (now or timezone.now()).astimezone(clock.SHANGHAI).date()
    days = [today - dt.timedelta(days=back) for back in range(1, LOOK_BACK + 1)]
    drawn = set(SpotCheck.objects.filter(day__in=days).values_list("day", flat=True))
    return sum(len(draw(day)) for day in days if day not in drawn)


def sent_as(tickets):
    """{ticket's id: {category, unit: codes}} as tickets were when they were sent without the desk, whatever came after."""
    sent = Event.objects.filter(ticket__in=tickets, actor_kind=ActorKind.SYSTEM, step__in=(StepName.ACCEPT, StepName.DISPATCH))
    found = {}
    for ticket, given in sent.order_by("seq").values_list("ticket", "given"):
        found[ticket] = {name: given[name] for name in ("category", "unit") if name in given} | found.get(ticket, {})
    return found


def look(check, right, by):
    """Keep what a dispatcher found of a drawn ticket, once; a second look changes nothing. Returns whether it was the first."""
    changed = SpotCheck.objects.filter(pk=check.pk, right__isnull=True).update(right=right, by=by, at=timezone.now())
    return bool(changed)


@dataclass(frozen=True)
class Precision:
    """How often what was sent without the desk was right: of `looked` tickets `right`, with a 95 % interval (Wilson 1927)."""

    looked: int
    right: int

    @property
    def share(self):
        return self.right / self.looked if self.looked else None

    @property
    def interval(self):
        """(low, high) of the share, None of nothing."""
        return wilson(self.right, self.looked)


def precision(days=SHOWN_DAYS):
    """({category code: Precision}, Precision of all) over the last days."""
    since = timezone.now().astimezone(clock.SHANGHAI).date() - dt.timedelta(days=days)
    looked = SpotCheck.objects.filter(day__gte=since, right__isnull=False).order_by()
    accepted = Event.objects.filter(ticket=OuterRef("ticket"), step=StepName.ACCEPT, actor_kind=ActorKind.SYSTEM)
    kinds = looked.annotate(kind=Subquery(accepted.order_by("seq").values("given__category")[:1]))  # not what it was put right to
    rows = kinds.values_list("kind").annotate(Count("pk"), right_ones=Count("pk", filter=Q(right=True)))
    found = {code: Precision(number, right) for code, number, right in rows}
    return found, Precision(sum(one.looked for one in found.values()), sum(one.right for one in found.values()))


# ---- the rules


def rules():
    """[(Category, its Automatic or None)] of every category, by code."""
    known = {rule.category_id: rule for rule in Automatic.objects.all()}
    return [(row, known.get(row.pk)) for row in sorted(categories().values(), key=lambda row: row.code)]


@transaction.atomic
def switch(code, on, least, by):
    """Switch a category on or off, with the least certainty, and write it down. Raises NotFound, BadField."""
    if code not in categories():
        raise NotFound
    if not 0.5 <= least <= 1:
        raise BadField(field="least", why=_("把握要在 0.5 到 1 之间。"))
    audit.hold()
    Automatic.objects.update_or_create(category=categories()[code], defaults={"on": on, "least": round(least, 2)})
    audit.remember(ActName.AUTOMATIC, f"category {code}", by, on=on, least=round(least, 2))
