"""A ticket's due dates made up anew from what happened to it: the same moments always give the same dates.

Each clock has two tracks, the limit's and, once time has been granted, the grant's; both are moved by pauses, and the later
one is due. So a new category or a new calendar needs no correction of its own: the same moments are counted with those of now.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from gis_app.clock.calendar import SHANGHAI, calendar
from gis_app.clock.limits import due, elapsed, limit_of, minutes_of, shifted, triage_due, triage_limit
from gis_app.models import Event
from gis_app.words import LimitUnit

WORKED, CAPPED, GRANTED = "worked", "capped", "granted"
OF_A_MOMENT = ("ticket_id", "step", "at", "change")
BEGINS = ("accept", "dispute")  # steps that begin the county's clock anew; what was before them no longer counts


@dataclass(frozen=True)
class Span:
    """A stretch of a track. minutes: of the limit's kind of time that lie in it."""

    kind: str  # worked: on a day, or round the clock; capped: where the county's date cut it off; granted: from the limit on
    start: dt.datetime
    end: dt.datetime
    minutes: float


@dataclass(frozen=True)
class Pause:
    """Time that does not count. end: None while it lasts."""

    why: str  # suspend or finish
    start: dt.datetime
    end: dt.datetime | None
    minutes: float = 0.0


@dataclass
class Track:
    """One clock as it ran: the county's promise, or the unit's own time. whose: the unit whose office hours count."""

    start: dt.datetime
    amount: Decimal
    kind: str  # LimitUnit
    whose: int | None
    by_limit: dt.datetime
    by_grant: dt.datetime | None = None
    capped: bool = False  # the county's date came first
    pauses: list = field(default_factory=list)

    @property
    def due(self):
        """The later of both tracks."""
        return max(self.by_limit, self.by_grant or self.by_limit)

    @property
    def limit_minutes(self):
        return minutes_of(self.amount, self.kind, self.whose)

    @property
    def paused_minutes(self):
        return sum(pause.minutes for pause in self.pauses)

    def stand(self, why, since):
        """The clock stands still from here."""
        self.pauses.append(Pause(why, since, None))

    def go_on(self, until):
        """It runs again: both dates move by what it stood still."""
        last = self.pauses.pop()
        self.pauses.append(Pause(last.why, last.start, until, elapsed(last.start, until, self.kind, self.whose)))
        self.by_limit = shifted(self.by_limit, last.start, until, self.kind, self.whose)
        if self.by_grant:
            self.by_grant = shifted(self.by_grant, last.start, until, self.kind, self.whose)

    def grant(self, until):
        """More time is given, up to a date."""
        self.by_grant = max(until, self.by_grant or until)

    @property
    def standing(self):
        """Whether the clock stands still now."""
        return bool(self.pauses) and self.pauses[-1].end is None

    @property
    def spans(self):
        """The stretches from start to due, in order: their minutes are the limit and its pauses; the last ends when it is due."""
        found = self._worked()
        if self.capped and (not found or found[-1].end < self.by_limit):
            found.append(Span(CAPPED, self.by_limit, self.by_limit, 0.0))
        if self.by_grant and self.by_grant > self.by_limit:
            since = min(max(self.start, self.by_limit), self.by_grant)  # sent after the county's date: not before it was sent
            found.append(Span(GRANTED, since, self.by_grant, elapsed(since, self.by_grant, self.kind, self.whose)))
        return found

    def _worked(self):
        """A span for every day on which the limit's time was counted; one for all where it is counted round the clock."""
        if self.kind == LimitUnit.ROUND_THE_CLOCK:
            return [Span(WORKED, self.start, self.by_limit, elapsed(self.start, self.by_limit, self.kind))]
        found = []
        for day in dates(self.start, self.by_limit):
            hours = [(max(opens, self.start), min(closes, self.by_limit)) for opens, closes in calendar(self.whose).hours(day)]
            hours = [(opens, closes) for opens, closes in hours if opens < closes]
            if hours:
                start, end = hours[0][0], hours[-1][1]
                found.append(Span(WORKED, start, end, elapsed(start, end, self.kind, self.whose)))
        return found


def dates(start, end):
    """The local dates from one moment to another, both of them included."""
    first, last = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True)
class Derivation:
    """What a ticket's moments come to. county: None before acceptance; units: None while no unit has it."""

    county: Track | None = None
    units: Track | None = None

    @property
    def due_at(self):
        return self.county and self.county.due

    @property
    def unit_due_at(self):
        return self.units and self.units.due


@dataclass
class Life:
    """Both clocks while the moments are gone through."""

    amount: Decimal
    kind: str
    unit: int | None
    county: Track | None = None
    units: Track | None = None

    def begin(self, at, until):
        self.county = Track(at, self.amount, self.kind, None, due(at, self.amount, self.kind))
        self.units = None

    def begin_units(self, at, until):
        own = due(at, self.amount, self.kind, self.unit)
        promised = self.county.due
        self.units = Track(at, self.amount, self.kind, self.unit, min(own, promised), capped=promised < own)

    def stop_units(self, at, until):
        if self.county.standing:  # it was put aside, and is taken back from there
            self.county.go_on(at)
        self.units = None

    def suspend(self, at, until):
        for track in self.running:
            track.stand("suspend", at)

    def resume(self, at, until):
        for track in self.running:
            track.go_on(at)

    def finish(self, at, until):
        self.units.stand("finish", at)

    def rework(self, at, until):
        self.units.go_on(at)

    def grant(self, at, until):
        for track in self.running:
            track.grant(until)

    @property
    def running(self):
        return [track for track in (self.county, self.units) if track]


TURNS = {  # what each step does to both clocks; a step that is absent does nothing to them
    "accept": Life.begin,
    "dispute": Life.begin,
    "dispatch": Life.begin_units,
    "return": Life.stop_units,
    "recall": Life.stop_units,
    "suspend": Life.suspend,
    "resume": Life.resume,
    "finish": Life.finish,
    "rework": Life.rework,
    "grant": Life.grant,
}


def derive(moments, category, unit=None):
    """Both due dates of a ticket, counted anew with the category, the calendar and the office hours of now.

    moments: (step, at, until) in order, of the steps in TURNS; until: the date that a grant gives, else None. category: the
    ticket's, or None for the county's general limit. unit: the key of the unit that has it, for that unit's own office hours.
    """
    life = Life(*limit_of(category), unit)
    for step, at, until in moments:
        TURNS[step](life, at, until)
    return Derivation(life.county, life.units)


def triage_of(ticket):
    """The desk's own clock of a ticket that nobody has accepted yet, as the rules of now count it."""
    amount, kind = triage_limit(ticket.danger)
    return Track(ticket.opened_at, amount, kind, None, triage_due(ticket.opened_at, ticket.danger))


def dates_of(ticket, moments):
    """{column: moment} of an open ticket's due dates, counted anew with the rules of now.

    They are the desk's before acceptance; after it the county's and the unit's, which is None while no unit has it.
    """
    if not ticket.accepted_at:
        return {"triage_due_at": triage_of(ticket).due}
    found = derive(moments, ticket.category, ticket.unit_id)
    return {"due_at": found.due_at, "unit_due_at": found.unit_due_at}


def moments_of(ticket):
    """The moments since a ticket's clock last began, from its events; empty before acceptance. One query."""
    return moments_of_many([ticket.pk])[ticket.pk]


def moments_of_many(pks):
    """{key: moments} of these tickets, in one query."""
    found = {pk: [] for pk in pks}
    for event in Event.objects.filter(ticket__in=found, step__in=TURNS).order_by("ticket", "seq").only(*OF_A_MOMENT):
        found[event.ticket_id].append(event)
    return {pk: moments_among(events) for pk, events in found.items()}


def moments_among(events):
    """The moments that these events of one ticket come to; events: in order, any others among them."""
    found = []
    for event in events:
        if event.step in BEGINS:
            found.clear()
        until = dt.datetime.fromisoformat(event.change["extended_to"]) if event.step == "grant" else None
        if event.step in TURNS:
            found.append((event.step, event.at, until))
    return found
