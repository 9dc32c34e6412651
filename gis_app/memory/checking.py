"""All chains, rows and roots looked through: what was altered, and where."""

import itertools
from collections import namedtuple
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from gis_app import audit
from gis_app.memory import days
from gis_app.memory.chains import Chain
from gis_app.memory.faults import Fault
from gis_app.memory.forgotten import Forgotten
from gis_app.memory.sealing import nothing
from gis_app.models import Act, Event, Root, Ticket
from gis_app.models.report import digest_of_words

PAGE = 1000  # tickets that are read at once, with their events
COLUMNS = ("pk", *audit.HASHED, "before", "hash", "said_digest")
TICKET = [each.attname for each in Ticket._meta.concrete_fields if each.attname not in ("receipt", "point")]
ACT = ("pk", *audit.ACT_HASHED, "before", "hash")
EventRow = namedtuple("EventRow", (*COLUMNS, "said"))  # noqa: PYI024, its fields stand in audit


class TicketRow(namedtuple("TicketRow", [*TICKET, "ewkb"])):  # noqa: PYI024
    """A ticket's row. Its point is read when somebody asks: few events tell of one, and reading it takes longer than the rest."""

    @property
    def point(self):
        return self.ewkb and GEOSGeometry(self.ewkb)


class Said(NamedTuple):
    """The words of an event."""

    text: str
    salt: str
    gone: str

    @property
    def digest(self):
        return digest_of_words(self.text, self.salt, self.gone)


@dataclass
class Checked:
    """What was looked through, and what was found."""

    tickets: int = 0
    events: int = 0
    acts: int = 0
    roots: int = 0
    sealed_upto: object = None  # the last day with a root
    faults: list = field(default_factory=list)


def check(since=None, tell=lambda done, about: None):
    """Look through the memory. Returns Checked.

    since: a day; then only tickets with something appended after the last root before it, and the roots from it on.
    tell: called with events done and about how many there are.
    """
    after = (since and Root.objects.filter(day__lt=since).order_by("-day").first()) or nothing()
    checked, forgotten = Checked(), Forgotten.asked()
    about = Event.objects.filter(pk__gt=after.events_upto).count()
    found = {}
    for fault in itertools.chain(
        _in_tickets(after if since else None, forgotten, checked, tell, about),
        _in_acts(after, checked),
        days.faults(after, checked),
        forgotten.faults(),
    ):
        found.setdefault((fault.ticket, fault.seq, fault.report, fault.day and fault.kind), fault)  # who sees it first knows best
    checked.faults = list(found.values())
    return checked


# ---- tickets


def _in_tickets(after, forgotten, checked, tell, about):
    """Yield the faults of tickets, a page of them at a time. after: the root after which one must have changed; None: all."""
    for tickets, events in pages(after):
        rows = {row.id: row for row in tickets}
        told = {pk: list(own) for pk, own in itertools.groupby(events, attrgetter("ticket_id"))}
        for pk in sorted(rows.keys() | told.keys()):
            checked.tickets, checked.events = checked.tickets + 1, checked.events + len(told.get(pk, ()))
            if not whole(rows.get(pk), told.get(pk), forgotten):
                yield from again(pk, forgotten)
        tell(checked.events, max(about, checked.events))


def whole(ticket, events, forgotten):
    """Whether nothing is wrong with a ticket's row and its events."""
    if not (ticket and events and audit.unbroken(events) and audit.adds_up(events, ticket)):
        return False
    return all(forgotten.allows(event) for event in events if event.said and event.said.gone)


def again(pk, forgotten):
    """The faults of a ticket, looked at once more while nobody can take a step: it may have been under way."""
    with transaction.atomic():
        Ticket.objects.select_for_update().filter(pk=pk).first()
        tickets, events = _tickets(Ticket.objects.filter(pk=pk)), _events(Event.objects.filter(ticket_id=pk))
    ticket = tickets[0] if tickets else None
    return [] if whole(ticket, events, forgotten) else list(in_ticket(pk, ticket, events, forgotten))


def in_ticket(pk, ticket, events, forgotten):
    """Yield the faults of one ticket."""
    number = Ticket(pk=pk).number
    if ticket is None:
        yield Fault("missing", number, detail=f"the ticket's row; {len(events)} events of it are there")
    if not events:
        yield Fault("missing", number, 1, "open", detail="every event of the ticket is")
        return
    for kind, seq, row in Chain(events, audit.hash_of).faults():
        yield Fault(kind, number, seq, row.step if row else "")
    for event in events:
        if (event.said.digest if event.said else "") != event.said_digest:
            yield Fault("words-changed", number, event.seq, event.step)
        elif event.said and event.said.gone and not forgotten.allows(event):
            yield Fault("words-changed", number, event.seq, event.step, detail="removed, and no act tells of it")
    if ticket and (columns := audit.differing(events, ticket)):
        yield Fault("row-differs", number, detail=", ".join(columns))


def pages(after):
    """Yield (tickets, events) in order, so many tickets at once that memory stays small."""
    tickets, last = Ticket.objects.order_by("pk"), 0
    if after:
        tickets = tickets.filter(Exists(Event.objects.filter(ticket=OuterRef("pk"), pk__gt=after.events_upto)))
    while page := _tickets(tickets.filter(pk__gt=last)[:PAGE]):
        first, last = last, page[-1].id
        own = {"ticket_id__in": [row.id for row in page]} if after else {"ticket_id__gt": first, "ticket_id__lte": last}
        yield page, _events(Event.objects.filter(**own))
    if orphans := [] if after else _events(Event.objects.filter(ticket_id__gt=last)):
        yield [], orphans


def _tickets(rows):
    return list(map(TicketRow._make, rows.values_list(*TICKET, Cast("point", TextField()))))


def _events(rows):
    """The events of some tickets, by ticket and number, with their words."""
    rows = rows.order_by("ticket_id", "seq").values_list(*COLUMNS, "said__text", "said__salt", "said__gone")
    return [EventRow(*row[:-3], None if row[-3] is None else Said(*row[-3:])) for row in rows]


# ---- acts


def _in_acts(after, checked):
    """The faults of the log of acts since a root."""
    seq, before = after.acts_upto, after.acts_hash
    for row in _acts(after):
        if row.seq != seq + 1 or row.before != before or row.hash != audit.act_hash(row):
            chain = Chain(list(_acts(after)), audit.act_hash, after.acts_upto, after.acts_hash)
            return [Fault(kind, seq=number) for kind, number, _row in chain.faults()]
        seq, before = row.seq, row.hash
        checked.acts += 1
    return []


def _acts(after):
    rows = Act.objects.filter(seq__gt=after.acts_upto).order_by("seq")
    return rows.values_list(*ACT, named=True).iterator(chunk_size=10_000)
