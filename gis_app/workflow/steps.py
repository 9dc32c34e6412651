"""The table of steps: from where to where, who, what it needs, what it does to the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from gis_app import clock
from gis_app.models import Photo
from gis_app.words import (
    OPEN_STATES,
    ActorKind,
    Audience,
    RejectReason,
    Role,
    State,
    StepName,
)
from gis_app.workflow.inputs import INPUTS, choice_of

NEW, ACCEPTED, DISPATCHED, WORKING, DONE = OPEN_STATES
CLOSED, REJECTED = State.CLOSED, State.REJECTED
ANY, SAME = frozenset(State), None
DISPATCHER, UNIT, WORKER, SYSTEM = Role.DISPATCHER, Role.UNIT, Role.WORKER, ActorKind.SYSTEM
EVERYONE = frozenset({ActorKind.CITIZEN, *Role, SYSTEM})  # whoever may see the ticket at all
DESK, REPORTER = Audience.DESK, Audience.REPORTER
COMMON = ("note", "photos")  # every step takes these


# What a step does to the clock: (ticket, by, at, given) → columns of the row.


def leave(ticket, by, at, given):
    """The clock goes on as it was."""
    return {}


def begin(ticket, by, at, given):
    """The county's promise starts with acceptance."""
    category = given.get("category") or ticket.category
    return {"accepted_at": at, "due_at": clock.due(at, *clock.limit_of(category))}


def begin_units(ticket, by, at, given):
    """The unit's own time starts with dispatch and never outlasts the county's promise."""
    own = clock.due(at, *clock.limit_of(ticket.category))
    return {"dispatched_at": at, "unit_due_at": min(own, ticket.due_at)}


def stop_units(ticket, by, at, given):
    """The unit's time stops, the county's runs on."""
    return {"dispatched_at": None, "unit_due_at": None}


def hold(ticket, by, at, given):
    """The unit's time stands still at a finish."""
    return {"finished_at": at, "finished_by": by.user}


def go_on(ticket, by, at, given):
    """The unit's time goes on, moved by what it stood still; the finish no longer stands."""
    due = clock.shifted(ticket.unit_due_at, ticket.finished_at, at, ticket.category.limit_unit)
    return {"unit_due_at": due, "finished_at": None, "finished_by": None}


def end(ticket, by, at, given):
    """All clocks end."""
    return {"ended_at": at}


# Guards: (ticket, by, given) → whether the step is allowed although state and role fit.


def not_the_finisher(ticket, by, given):
    """Nobody checks their own work."""
    return by.user is None or by.user.pk != ticket.finished_by_id


# Needs that the row or its history can meet: need → (ticket, given) → met.


def has_after_photo(ticket, given):
    """A photo from after the mending, since the last rework; only where the category asks for one."""
    if not ticket.category.photo_after or given.get("photos"):
        return True
    if ticket.pk is None:
        return False
    since = ticket.events.filter(step=StepName.REWORK).order_by("-seq").values_list("seq", flat=True).first() or 0
    return Photo.objects.filter(event__ticket=ticket, kind="after", event__seq__gt=since).exists()


MET = {
    "category": lambda ticket, given: given.get("category") or ticket.category_id,
    "after_photo": has_after_photo,
}


@dataclass(frozen=True)
class Step:
    """One row of the table. Empty target: the state stays and `seen` is not asked for."""

    sources: frozenset
    target: str | None
    who: frozenset
    needs: tuple = ()
    takes: tuple = ()  # inputs that a form shows, in order; the needs come first
    sets: tuple = ()  # inputs that become columns of the row
    clears: tuple = ()  # columns that become null
    guards: tuple = ()
    clock: Callable = leave
    tells: tuple = ()
    reads: dict = field(default_factory=dict)  # how this step reads an input otherwise than INPUTS says

    @property
    def accepts(self):
        """Every input that may be given."""
        return {*self.needs, *self.takes, *COMMON} - {"after_photo"}

    @property
    def additive(self):
        """Whether it changes nothing of the row, so that it can never be too late."""
        return self.target is None and not self.sets and not self.clears


def _of(*names):
    return frozenset(names)


STEPS = {
    "open": Step(_of(), NEW, _of(SYSTEM), tells=(DESK,)),
    "accept": Step(
        _of(NEW), ACCEPTED, _of(DISPATCHER, SYSTEM), needs=("category",), sets=("category",), clock=begin, tells=(REPORTER,)
    ),
    "reject": Step(
        _of(NEW),
        REJECTED,
        _of(DISPATCHER),
        needs=("reason",),
        takes=("handoff",),
        clock=end,
        tells=(REPORTER,),
        reads={"reason": choice_of(RejectReason, INPUTS["reason"].label)},
    ),
    "dispatch": Step(
        _of(ACCEPTED),
        DISPATCHED,
        _of(DISPATCHER, SYSTEM),
        needs=("unit",),
        sets=("unit",),
        clock=begin_units,
        tells=(Audience.UNIT, REPORTER),
    ),
    "return": Step(
        _of(DISPATCHED, WORKING),
        ACCEPTED,
        _of(UNIT),
        needs=("reason",),
        takes=("suggested",),
        clears=("unit", "worker"),
        clock=stop_units,
        tells=(DESK,),
    ),
    "start": Step(_of(DISPATCHED), WORKING, _of(UNIT, WORKER), tells=(REPORTER,)),
    "finish": Step(_of(WORKING), DONE, _of(UNIT, WORKER), needs=("note", "after_photo"), clock=hold, tells=(DESK, REPORTER)),
    "close": Step(
        _of(DONE), CLOSED, _of(DISPATCHER), needs=("result",), guards=(not_the_finisher,), clock=end, tells=(REPORTER,)
    ),
    "rework": Step(_of(DONE), WORKING, _of(DISPATCHER), needs=("reason",), clock=go_on, tells=(Audience.UNIT, REPORTER)),
    "comment": Step(ANY, SAME, EVERYONE, needs=("note",)),
}

NAMES = {  # of those who act, for sentences
    DISPATCHER: _("派遣员"),
    UNIT: _("承办单位"),
    WORKER: _("网格员"),
    SYSTEM: _("自动"),
    ActorKind.CITIZEN: _("上报人"),
}
