"""Taking steps: one row changed, one event appended, notices owed and counts moved, in one transaction."""

import hashlib
from copy import copy
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy

from gis_app import audit, clock, photos, tally
from gis_app.access import SYSTEM, acting_unit, hats
from gis_app.errors import (
    KeyReused,
    NotNow,
    NotYours,
    StaleTicket,
    StepNeeds,
    WrongState,
)
from gis_app.models import Blank, Event, Report, Spelled, Submission, Ticket, store_together
from gis_app.words import ActorKind, PhotoKind, State, StepName
from gis_app.workflow.holding import hold, hold_with_those_above
from gis_app.workflow.inputs import INPUTS
from gis_app.workflow.needs import MET
from gis_app.workflow.outbox import notices
from gis_app.workflow.parts import part_of
from gis_app.workflow.steps import BACK, EVERYONE, NAMES, STEPS

FREE = [name for name, spec in INPUTS.items() if spec.free]
ATTNAME = {field.name: field.attname for field in Ticket._meta.fields}
ROLES_OF_KIND = {
    ActorKind.MEMBER: gettext_lazy("派遣台"),
    ActorKind.SYSTEM: gettext_lazy("自动"),
    ActorKind.CITIZEN: gettext_lazy("上报人"),
}
KNOWN = Submission.objects.filter(caller=Blank("caller"), path=Blank("path"), key=Blank("key"))
NEWEST = Spelled(  # only the category stands beside the ticket: each table more doubles the time that the database plans
    Event.objects.filter(ticket=Blank("ticket"))
    .select_related("ticket__category")
    .annotate(
        answer=Subquery(KNOWN.values("answer")),
        sent=Subquery(KNOWN.values("digest")),
        heard=ArraySubquery(Report.objects.filter(ticket=Blank("ticket")).order_by("pk").values("pk")),
        children=ArraySubquery(Ticket.objects.filter(merged_into=Blank("ticket")).values("pk")),
    )
    .order_by("-seq")[:1]
)
OPENING = (  # the row at birth, as the first event keeps it
    *("state", "version", "category_id", "town_id", "village_id", "grid_id", "edition_id", "precision", "cell", "proposed_id"),
    *("danger", "opened_at", "triage_due_at", "split_from_id"),
)


@dataclass(frozen=True)
class Given:
    """What a step was given: its inputs, free text apart, prepared photos apart."""

    inputs: dict = field(default_factory=dict)
    text: str = ""
    photos: tuple = ()

    @classmethod
    def of(cls, rule, given):
        """Sort out what was given; what a form reads as a choice is not free text."""
        free = [name for name in FREE if name not in rule.reads]
        text = "\n".join(str(given[name]) for name in free if given.get(name))
        return cls({k: v for k, v in given.items() if k != "photos"}, text, tuple(given.get("photos", ())))

    def kept(self, rule):
        """For the event's row: codes, never free text."""
        free = [name for name in FREE if name not in rule.reads]
        return {name: _coded(value) for name, value in self.inputs.items() if name not in free}


def _coded(value):
    return [_coded(one) for one in value] if isinstance(value, tuple) else getattr(value, "code", value)


def may(ticket, by):
    """The steps that this actor may take now, in the table's order."""
    worn, here = hats(by, ticket), [(name, rule) for name, rule in STEPS.items() if ticket.state in rule.sources]
    return [name for name, rule in here if not refusal(name, rule, ticket, by, worn)]


def refusal(name, rule, ticket, by, worn):
    """Why a step cannot be taken, as a Problem; None when it can. Needs are not asked here."""
    if ticket.state not in rule.sources:
        able = [other for other, row in STEPS.items() if ticket.state in row.sources and row.who != {ActorKind.SYSTEM}]
        steps = "、".join(str(StepName(other).label) for other in able)
        return WrongState(state=ticket.get_state_display(), step=StepName(name).label, steps=steps, allowed=able)
    if not worn & rule.who and rule.who != EVERYONE:
        return NotYours(step=StepName(name).label, who=_named(rule.who))
    for guard in rule.guards:
        if not guard.holds(ticket, by):
            who = f"{_named(rule.who)}（{guard.why}）"
            told = {"step": StepName(name).label, "who": who, "why": guard.why, "next": guard.next}
            return NotYours(**told) if guard.forbids else NotNow(**told)
    return None


def _named(those):
    """Who may take a step, in words."""
    return "、".join(str(NAMES[hat]) for hat in NAMES if hat in those)


def change_of(name, ticket, by, at, given):
    """The columns that a step writes, after every check but version. Raises WrongState, NotYours, StepNeeds, BadField."""
    rule = STEPS[name]
    if problem := refusal(name, rule, ticket, by, hats(by, ticket)):
        raise problem
    inputs = {**given.inputs, "photos": given.photos}
    for need in rule.needs:
        met = rule.met.get(need) or MET.get(need) or (lambda ticket, given, need=need: given.get(need) not in (None, "", ()))
        if not met(ticket, inputs):
            raise StepNeeds(need, INPUTS[need].label)
    row = {"state": ticket.resume_to if rule.target == BACK else rule.target} if rule.target else {}
    row |= {column: given.inputs[column] for column in rule.sets if column in given.inputs}
    row |= rule.finds(ticket, by, at, given.inputs)
    emptied = {column: None for column in rule.clears if getattr(ticket, ATTNAME[column]) is not None}
    return row | rule.marks | emptied | rule.clock(ticket, by, at, given.inputs)


def columns(change):
    """A change by column names and keys, for the event's row; the receipt stands with the ticket."""
    return {ATTNAME.get(k, k): getattr(v, "pk", v) for k, v in change.items() if k != "receipt"}


def open_ticket(ticket, at, text="", beside=()):
    """The first step: the ticket's row with version 1 and the event that opens its chain. Returns the event.

    text: what a part that was split off is about, in words. beside: new rows that are stored with it and may point to it.
    """
    begin(ticket)
    store_together(ticket)  # the event's hash holds its key
    event = audit.seal(opening(ticket, at), text)
    store_together(*beside, *audit.rows(event), *notices(event, STEPS["open"], ()), *tally.moved(None, ticket))
    return event


def begin(ticket):
    """Bring a ticket that is not stored yet into its first state and version."""
    ticket.state, ticket.version = State.NEW, 1


def opening(ticket, at):
    """The event that opens a ticket, not yet sealed."""
    return Event(ticket=ticket, **opening_row(ticket, at))


def opening_row(ticket, at):
    """{field: value} of the event that opens a ticket."""
    change = {name: getattr(ticket, name) for name in OPENING}
    return {"step": StepName.OPEN, "at": at, "actor_kind": ActorKind.SYSTEM, "to_state": State.NEW, "change": change}


def written(name, ticket, by, at, given, change):
    """The event of a step, not yet sealed. ticket: as it was before."""
    return Event(
        ticket=ticket,
        step=name,
        at=at,
        actor_kind=by.kind,
        user=by.user,
        unit=acting_unit(by, ticket),
        from_state=ticket.state,
        to_state=change.get("state", ticket.state),
        given=given.kept(STEPS[name]) | STEPS[name].facts(ticket, given.inputs) | _whose(by),
        change=columns(change),
    )


def _whose(by):
    """Which report's sender a citizen is; its code stays unsaid."""
    return {"report": by.report.pk} if by.report else {}


def advance(ticket, step, by, seen=None, key="", digest="", **given):
    """Take one step in a ticket's life; the only writer of its state.

    ticket: a row from access.tickets_for(by.user). by: an Actor. seen: the version that the person had on screen (an
    additive step needs none). key: the sender's own, with the digest of what was sent; a repeat returns the first Event.
    given: inputs as read_given() reads them; photos as photos.prepare() gives them.
    Returns the Event; its ticket is the row as it is now. Raises KeyReused, StaleTicket (somebody was faster),
    WrongState, NotYours, StepNeeds. Raising means that nothing was written.
    """
    rule, at = STEPS[step], timezone.now()
    sent = Given.of(rule, given)
    with transaction.atomic():
        if rule.moves_voices:
            hold_with_those_above(ticket)
        else:
            hold(ticket, given.get("other"))
        last = newest(ticket, by, key)
        locked = last.ticket
        if last.answer:
            return repeated(last, digest)
        if not rule.additive and seen != locked.version:
            raise stale(locked)
        was = copy(locked)
        event, changed = take(step, locked, by, at, sent, last)
        alone = not (last.children or locked.split_from_id)
        reports, voices = (last.heard, len(last.heard)) if alone else locked.behind()
        rows = [*audit.rows(event), *notices(event, rule, reports, was.unit_id)]
        if rule.then and (follow := rule.then(was, locked)):
            step, reason = follow
            after, more = take(step, locked, SYSTEM, at, Given.of(STEPS[step], {"reason": str(reason)}), event)
            changed |= more
            rows += [*audit.rows(after), *notices(after, STEPS[step], reports, was.unit_id)]
        for part in sent.inputs.get("parts", ()):
            open_ticket(part_of(locked, part, at), at, part.words)
        rows += [*known_by(key, digest, by, event), *recounted(was, locked, voices)]
        store_together(*rows, changed=(locked, changed))
        keep_photos(event, sent, by)
    return event


def newest(ticket, by, key):
    """The last event of a held ticket with its ticket, and with it in one question what a step must know: `answer` and
    `sent`, what this caller's key led to already and the digest of what was sent (None: a new key), `heard`, the ticket's own
    reports, and `children`, the tickets merged into it.

    Not asked together with the lock: who waited for that would be given the rows beside it as they stood before the wait.
    """
    [last] = NEWEST.ask(ticket=ticket.pk, caller=_caller(by), path=_path(ticket), key=key)  # no key is empty
    return last


def recounted(was, now, voices):
    """What a step has changed in the counts. voices: how many reports stand behind the ticket."""
    rows = tally.moved(was, now, voices)
    if was.merged_into_id != now.merged_into_id:  # what was said here is said there too
        for other, sign in ((was.merged_into, -1), (now.merged_into, 1)):
            rows += tally.heard_there(other.root(), sign * voices) if other else []
    return rows


def take(step, locked, by, at, sent, last):
    """The event of a step, sealed behind the last one, and {column: value} of what it changes; nothing is stored yet.

    locked: the row, held; afterwards it is as it will be.
    """
    change = change_of(step, locked, by, at, sent)
    event = audit.seal(written(step, locked, by, at, sent, change), sent.text, last)
    if change:
        change["version"] = locked.version + audit.raises_version(event.change)
        for column, value in change.items():
            setattr(locked, column, value)
    return event, change


def keep_photos(event, sent, by):
    """The pictures that came with a step."""
    mended = by.kind != ActorKind.CITIZEN and event.from_state in (State.WORKING, State.DONE)  # a sender mends nothing
    photos.keep(sent.photos, PhotoKind.AFTER if mended else PhotoKind.BEFORE, event=event)


def known_by(key, digest, by, event):
    """The key under which a step is known; nobody else writes it, for the ticket is held."""
    told = {"caller": _caller(by), "path": _path(event.ticket), "key": key, "digest": digest, "answer": event}
    return [Submission(**told)] if key else []


def repeated(last, digest):
    """The event that a caller's key already led to; last: as newest() gives it. Raises KeyReused when something else was sent."""
    if last.sent != digest:
        raise KeyReused
    return Event.objects.select_related("ticket").get(pk=last.answer)


def _caller(by):
    return str(by.user.pk) if by.user else f"{by.kind}:{by.report.pk}" if by.report else by.kind


def _path(ticket):
    return f"tickets/{ticket.pk}/steps"


def digest_of(*parts):
    """One digest of what was sent, to tell a repeat from another thing under the same key."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def stale(ticket):
    """The Problem that says who was faster, when, and with what. Who: the unit or the role, no staff name."""
    beside = [name for name, rule in STEPS.items() if rule.additive]
    last = Event.objects.filter(ticket=ticket).exclude(step__in=beside).select_related("unit").order_by("-seq").first()
    who = last.unit or ROLES_OF_KIND[last.actor_kind]
    return StaleTicket(
        who=who, when=clock.printed(last.at), step=last.get_step_display(), version=ticket.version, state=ticket.state
    )
