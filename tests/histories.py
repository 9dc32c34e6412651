"""Stories of tickets with times of their own, and what they add up to: the indicators counted a second time, the slow way."""

import datetime as dt
import itertools
from collections import Counter

from django.contrib.auth.models import User

from gis_app import locate
from gis_app.access import Actor, actor_of
from gis_app.classify import classify
from gis_app.intake.receive import Said, report_of, ticket_of
from gis_app.models import Category, Event, Ticket, Unit
from gis_app.words import ActorKind, Source
from gis_app.workflow import Story, replay
from tests.conftest import TEA_TOWN

UTC8 = dt.timezone(dt.timedelta(hours=8))
KIND = "0609"  # a kind that needs no picture, due in two working days
OTHER_KIND = "0404"  # due in four hours
TAKEN_AWAY = ("return", "recall", "dispute")
NUMBERS = itertools.count()  # of stories, for the senders' own keys
OPEN = ("new", "accepted", "dispatched", "working", "done", "suspended")


def shanghai(day, hour=9, minute=0):
    """A moment of a day (a date, or text) in Shanghai."""
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return dt.datetime.combine(day, dt.time(hour, minute), UTC8)


def person(name):
    """Somebody as one who acts: desk, leader, citizen, or the officer of a unit by its code."""
    if name == "citizen":
        return None
    return actor_of(User.objects.get(username={"desk": "dispatcher", "leader": "leader"}.get(name, f"unit-{name}")))


def story(opened, steps, place=TEA_TOWN, kind=KIND):
    """A ticket's life: steps of (who, step, moment, inputs). Not stored yet."""
    found, said = locate.at_point(*place), Said(text="唔", source=Source.DEMO)
    category = Category.objects.get(code=kind)
    ticket = ticket_of(found, category, False, opened)
    report = report_of(said, found, category, classify("唔", []), opened, f"story-{next(NUMBERS)}")
    told = []
    for who, step, at, given in steps:
        actor = person(who) or Actor(ActorKind.CITIZEN, report=report)
        told.append((step, actor, at, {"category": kind} if step == "accept" else given))
    return Story(ticket, report, "唔", told)


def write(*stories):
    """Store stories. Returns their Tickets as they are now."""
    replay(list(stories))
    return [Ticket.objects.get(pk=each.ticket.pk) for each in stories]


# ---- the slow recount


class Slow:
    """A ticket as its events tell it; every question reads them all again."""

    def __init__(self, events):
        self.events = events

    def row(self, moment, just_before=False):
        """The row at a moment, what happened in it included unless just before."""
        told = {}
        for event in self.events:
            if event.at < moment or (event.at == moment and not just_before):
                told |= event.change
        return told

    def time(self, row, name):
        return dt.datetime.fromisoformat(row[name]) if row.get(name) else None

    def next(self, event, *steps):
        """The next event of these steps, or None."""
        return next((each for each in self.events if each.seq > event.seq and each.step in steps), None)

    def counts(self, first, after):
        """[(unit, names of counts)] of a period."""
        end = self.row(after, just_before=True)
        told = [*self.sent(first, after), *self.mended(first, after), *self.rated(first, after)]
        if end["state"] != "merged":
            told += [*self.opened(first, after), *self.tasks(first, after, end), *self.promised(first, after, end)]
            told += self.standing(after, end)
        return told

    def opened(self, first, after):
        if first <= self.events[0].at < after:
            accepted = any(event.step == "accept" for event in self.events)
            yield None, ["reported"] + ["filed"] * accepted

    def sent(self, first, after):
        for event in self.events:
            if event.step == "dispatch" and first <= event.at:
                gone = self.next(event, *TAKEN_AWAY)
                yield event.change["unit_id"], ["dispatched", "returned" if gone and gone.step == "return" else "right"]

    def tasks(self, first, after, end):
        last = {}
        for event in self.events:
            if event.step == "dispatch":
                gone = self.next(event, *TAKEN_AWAY)
                then = self.row(gone.at if gone else after, just_before=True)
                due, done = self.time(then, "unit_due_at"), self.time(then, "finished_at")
                if done or not gone or gone.at >= due:
                    paused = not gone and end["state"] == "suspended"
                    last[event.change["unit_id"]] = (due, done, paused)
        for unit, (due, done, paused) in last.items():
            if first <= due < after and not paused:
                yield unit, ["to_handle"] + ["handled"] * bool(done) + ["handled_in_time"] * bool(done and done <= due)

    def promised(self, first, after, end):
        due = self.time(end, "due_at")
        if due and first <= due < after:
            if end["state"] == "suspended":
                yield end.get("unit_id"), ["due", "suspended"]
                return
            done, closed = self.time(end, "finished_at"), end["state"] == "closed"
            kept = bool(done and done <= due)
            unit = end["unit_id"] if kept else self.row(due).get("unit_id")
            yield unit, ["due", "to_close"] + ["closed"] * closed + ["closed_in_time"] * (closed and kept)

    def mended(self, first, after):
        for sent in self.events:
            if sent.step == "dispatch":
                gone = self.next(sent, *TAKEN_AWAY)
                own = [e for e in self.events if e.seq > sent.seq and (gone is None or e.seq < gone.seq) and e.step == "finish"]
                own = [event for event in own if event.at >= first]
                back = [self.next(event, "rework", "finish", *TAKEN_AWAY) for event in own]
                if own:
                    yield sent.change["unit_id"], ["finished"] + ["reworked"] * any(e and e.step == "rework" for e in back)

    def rated(self, first, after):
        for event in self.events:
            if event.step == "rate" and event.at >= first:
                yield self.row(event.at)["unit_id"], ["rated"] + ["satisfied"] * (event.given["stars"] > 3)

    def standing(self, after, end):
        if end["state"] in OPEN:
            due = self.time(end, "due_at")
            still = self.time(end, "finished_at") or self.time(end, "suspended_at") or after
            late, ordered = bool(due and still > due), bool(end.get("supervised_at"))
            yield end.get("unit_id"), ["open"] + ["late"] * late + ["supervised"] * ordered


def recounted(start, end, now):
    """{(unit code, or the desk's), ...: Counter}, and the same by town, category and for the county, of a period of dates."""
    first, after = shanghai(start, 0), min(shanghai(end, 0) + dt.timedelta(days=1), now)
    codes = dict(Unit.objects.values_list("pk", "code")) | {None: Unit.objects.get(kind="desk").code}
    kinds, sums = dict(Category.objects.values_list("pk", "code")), {"unit": {}, "town": {}, "category": {}, "county": {}}
    for ticket in Ticket.objects.select_related("town"):
        slow = Slow([event for event in Event.objects.filter(ticket=ticket).order_by("seq") if event.at < after])
        if slow.events:
            row = slow.row(after, just_before=True)
            for unit, names in slow.counts(first, after):
                keys = {"unit": codes[unit], "town": ticket.town.code, "category": kinds.get(row["category_id"])}
                for by, key in (keys | {"county": "county"}).items():
                    sums[by].setdefault(key, Counter()).update(names)
    return sums
