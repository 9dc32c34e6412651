"""When time runs out: at the shares of a limit that escalations.csv names, somebody hears of it, and a step is taken by itself.

Floor: beside intake. A sweep looks at every open ticket whose clock runs; it may be killed, and two may run at once.
"""

import datetime as dt
import logging
import time

import numpy as np
from django.db import transaction
from django.db.models import Case, F, FloatField, IntegerField, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Extract
from django.utils import timezone

from gis_app import clock, workflow
from gis_app.access import SYSTEM
from gis_app.clock.calendar import calendars
from gis_app.errors import Problem
from gis_app.models import Escalation, EscalationRule, Notice, Ticket, remembered
from gis_app.words import Audience, Clock, EscalationStep, LimitUnit, State

RUNNING = (State.NEW, State.ACCEPTED, State.DISPATCHED, State.WORKING)  # a finished or suspended ticket's clock stands still
LONG_AGO = dt.timedelta(days=3)  # a share that was over before that is written down and not told: it is news to nobody
BATCH, SILENT_BATCH = 50, 5000  # tickets that one transaction takes
SECONDS = 60  # that telling may take in one sweep
ROW = np.dtype([("pk", "i8"), ("clock", "i1"), ("start", "f8"), ("until", "f8"), ("unit", "i1"), ("whose", "i8"), ("told", "i4")])
CLOCKS, UNITS = list(Clock), list(LimitUnit)
STARTS = {Clock.TRIAGE: "opened_at", Clock.UNIT: "dispatched_at", Clock.COUNTY: "accepted_at"}
UNTILS = {Clock.TRIAGE: "triage_due_at", Clock.UNIT: "unit_due_at", Clock.COUNTY: "due_at"}
IS_NEW, HAS_UNIT = Q(state=State.NEW), Q(unit_due_at__isnull=False)  # asked in this order, as clock.standing does
logger = logging.getLogger(__name__)


@remembered("rules")
def rules():
    """{clock: [EscalationRule, by their share]}."""
    found = {name: [] for name in CLOCKS}
    for rule in EscalationRule.objects.order_by("share"):
        found[rule.clock].append(rule)
    return found


def sweep(now=None):
    """Look at every running clock and tell what is new. Returns {looked, told, silent}: how many tickets."""
    now = now or timezone.now()
    rows = running()
    new, silent = news(rows, now)
    for at in range(0, len(silent), SILENT_BATCH):
        write_down(silent[at : at + SILENT_BATCH], now)
    told, until = 0, time.monotonic() + SECONDS
    for at in range(0, len(new), BATCH):
        if time.monotonic() > until:  # the rest comes with the next sweep
            break
        told += tell_batch(new[at : at + BATCH], now)
    return {"looked": len(rows), "told": told, "silent": len(silent)}


def by_clock(columns):
    """The column of the clock that matters for a ticket."""
    return Case(When(IS_NEW, columns[Clock.TRIAGE]), When(HAS_UNIT, columns[Clock.UNIT]), default=columns[Clock.COUNTY])


def running():
    """The clocks of all open tickets: (n,) ROW. start, until: seconds since 1970; told: the highest share in per cent so far."""
    own = [unit for unit in calendars() if unit]
    numbers = {name: Value(number) for number, name in enumerate(CLOCKS)}
    limits = [When(category__limit_unit=unit, then=Value(number)) for number, unit in enumerate(UNITS)]
    desks = Case(When(danger=True, then=Value(UNITS.index(LimitUnit.ROUND_THE_CLOCK))), default=UNITS.index(LimitUnit.HOURS))
    units = Case(*limits, output_field=IntegerField())
    before = Escalation.objects.filter(ticket=OuterRef("pk"), clock=OuterRef("name"), started_at=OuterRef("began"))
    tickets = Ticket.objects.filter(state__in=RUNNING).annotate(
        name=by_clock({name: Value(str(name)) for name in CLOCKS}),
        began=by_clock({name: F(column) for name, column in STARTS.items()}),
        ends=by_clock({name: F(column) for name, column in UNTILS.items()}),
    )
    found = tickets.order_by("pk").values_list(
        "pk",
        by_clock(numbers),
        Cast(Extract("began", "epoch", tzinfo=dt.UTC), FloatField()),
        Cast(Extract("ends", "epoch", tzinfo=dt.UTC), FloatField()),
        Case(When(IS_NEW, desks), default=units),
        Case(When(HAS_UNIT & Q(unit__in=own), F("unit_id")), default=Value(0)) if own else Value(0),
        Coalesce(Subquery(before.order_by("-share").values("share")[:1]), Value(0)),
    )
    return np.fromiter(found.iterator(chunk_size=10_000), ROW)


def shares(rows, moment):
    """(n,) float: how much of its limit each ROW has used at a moment, as clock.standing says; 0 before it began."""
    used, whole = np.zeros(len(rows)), np.ones(len(rows))
    begins, ends = ((rows[name] * 1e6).round().astype("datetime64[us]") for name in ("start", "until"))
    until_now = np.full(len(rows), np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us"))
    kind = rows["whose"] * len(UNITS) + rows["unit"]
    for each in np.unique(kind):
        of, (whose, unit) = kind == each, divmod(int(each), len(UNITS))
        asked = UNITS[unit], whose or None
        used[of] = clock.elapsed_many(begins[of], until_now[of], *asked)
        whole[of] = clock.elapsed_many(begins[of], ends[of], *asked)
    return used / np.where(whole == 0, 1.0, whole)


def reached(rows, moment):
    """(n,) int: the highest share of the rules, in per cent, that each ROW has reached at a moment; 0 for none."""
    percent, found = shares(rows, moment) * 100, np.zeros(len(rows), dtype=int)
    for number, name in enumerate(CLOCKS):
        steps, of = np.array([0, *(rule.share for rule in rules()[name])]), rows["clock"] == number
        found[of] = steps[np.searchsorted(steps, percent[of], side="right") - 1]
    return found


def news(rows, now):
    """([keys of tickets that reached a share lately], [(key, share) of those that had reached it long ago])."""
    if not len(rows):
        return [], []
    level = reached(rows, now)
    new = level > rows["told"]
    old = new & (reached(rows, now - LONG_AGO) >= level)
    return rows["pk"][new & ~old].tolist(), list(zip(rows["pk"][old].tolist(), level[old].tolist(), strict=True))


def run_of(ticket):
    """(clock, when it began) of the clock that matters for a ticket."""
    name = Clock.TRIAGE if ticket.state == State.NEW else Clock.UNIT if ticket.unit_due_at else Clock.COUNTY
    return name, getattr(ticket, STARTS[name])


# ---- telling


@transaction.atomic
def tell_batch(keys, now):
    """Tell of some tickets in one transaction; each is held and looked at again. Returns of how many something was told.

    One that another sweep or a step holds is passed over until the next time; what goes wrong with one leaves the others be.
    """
    held = Ticket.objects.filter(pk__in=keys, state__in=RUNNING).select_related("category", "unit")
    told = 0
    for ticket in held.order_by("pk").select_for_update(of=("self",), skip_locked=True):
        try:
            with transaction.atomic():
                told += tell(ticket, now)
        except Exception:
            logger.exception("the escalation of %s failed; it is tried again at the next sweep", ticket.number)
    return told


def tell(ticket, now):
    """One ticket, held: all who should have heard by now hear once, of the highest share; its step is taken. Returns whether."""
    name, began = run_of(ticket)
    before = Escalation.objects.filter(ticket=ticket, clock=name, started_at=began).aggregate(most=Max("share"))["most"] or 0
    percent = clock.standing(ticket, now).share * 100
    passed = [rule for rule in rules()[name] if before < rule.share <= percent]
    if not passed:
        return False
    event = take(ticket, passed[-1], now)
    row = {"ticket": ticket, "clock": name, "started_at": began, "share": passed[-1].share}
    escalation = Escalation.objects.create(**row, at=now, told=True, event=event)
    heard = set(event.notices.values_list("audience", flat=True)) if event else set()  # the step has told these itself
    hears = {audience for rule in passed for audience in rule.hears} - heard
    Notice.objects.bulk_create([notice for each in sorted(hears) if (notice := owed(escalation, ticket, each))])
    return True


def take(ticket, rule, now):
    """Take the step of a rule; its Event, or None where there is none or it cannot be taken (somebody has done so already)."""
    if rule.step == EscalationStep.NONE:
        return None
    given = {}
    if rule.step == EscalationStep.SUPERVISE:
        given = {"order": rule.order, "until": clock.due(now, rule.answer_in, LimitUnit.DAYS, whose=ticket.unit_id)}
    try:
        return workflow.advance(ticket, rule.step, SYSTEM, seen=ticket.version, **given)
    except Problem:
        return None


def owed(escalation, ticket, audience):
    """The Notice to one audience, not stored; None where the ticket has nobody of that kind."""
    notice = Notice(escalation=escalation, audience=audience)
    if audience == Audience.UNIT:
        notice.unit_id = ticket.unit_id
        return notice if ticket.unit_id else None
    if audience == Audience.WORKER:
        notice.person_id = ticket.worker_id
        return notice if ticket.worker_id else None
    return notice


def write_down(old, now):
    """Keep that shares were reached long ago, [(ticket's key, share)], and tell nobody."""
    level = dict(old)
    needed = Ticket.objects.filter(pk__in=level, state__in=RUNNING).only("state", "unit_due_at", *STARTS.values())
    rows = [(ticket, *run_of(ticket)) for ticket in needed]
    kept = [
        Escalation(ticket=ticket, clock=name, started_at=began, share=level[ticket.pk], at=now, told=False)
        for ticket, name, began in rows
    ]
    Escalation.objects.bulk_create(kept, ignore_conflicts=True, batch_size=1000)
