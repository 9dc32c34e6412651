"""The table of steps: from where to where, who, what it needs, what it does to the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.gis.geos import Point
from django.utils.translation import gettext_lazy as _

from gis_app import clock, locate, route
from gis_app.errors import BadField
from gis_app.models import Photo
from gis_app.words import (
    OPEN_STATES,
    ActorKind,
    Audience,
    Precision,
    RejectReason,
    Role,
    State,
    StepName,
)
from gis_app.workflow.inputs import INPUTS, choice_of
from layers import cells

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
    own = clock.due(at, *clock.limit_of(ticket.category), whose=given["unit"].pk)
    return {"dispatched_at": at, "unit_due_at": min(own, ticket.due_at)}


def stop_units(ticket, by, at, given):
    """The unit's time stops, the county's runs on."""
    return {"dispatched_at": None, "unit_due_at": None}


def hold(ticket, by, at, given):
    """The unit's time stands still at a finish."""
    return {"finished_at": at, "finished_by": by.user}


def go_on(ticket, by, at, given):
    """The unit's time goes on, moved by what it stood still; the finish no longer stands."""
    due = clock.shifted(ticket.unit_due_at, ticket.finished_at, at, ticket.category.limit_unit, whose=ticket.unit_id)
    return {"unit_due_at": due, "finished_at": None, "finished_by": None}


def end(ticket, by, at, given):
    """All clocks end."""
    return {"ended_at": at}


# What a step finds out anew: (ticket, at, given) → columns of the row.


def same_place(ticket, at, given):
    """Another category at the same place: who answers for it is asked anew."""
    category = given.get("category")
    if category is None or category.pk == ticket.category_id:
        return {}
    kept = ticket.receipt.get("where") or {"town": ticket.town.code}
    found = _routed(category, {**kept, "zones": tuple(kept.get("zones", ()))}, ticket.town, ticket.edition_id, ticket.opened_at)
    found["receipt"] |= {name: ticket.receipt[name] for name in ("side", "flags") if name in ticket.receipt}
    return found


def new_place(ticket, at, given):
    """The place read anew under the boundaries in use, and who answers there. Raises OutsideArea, SwappedCoordinates."""
    lon, lat = given.get("lon", ticket.point and ticket.point.x), given.get("lat", ticket.point and ticket.point.y)
    locate.town_of(lon, lat)  # raises outside
    place = locate.at_point(lon, lat)
    village = place.village
    if village is None and ticket.village and ticket.village.town_id == place.town.pk and "lon" not in given:
        village = ticket.village  # known by its name
    where = locate.where_is(place) | {"village": village.code if village else None}
    found = {"town": place.town, "village": village, "grid": place.grid, "edition_id": place.edition, "place_name": place.name}
    known = Precision.POINT if "lon" in given else ticket.precision  # read anew, a village's point is still a village's
    found |= {"point": Point(lon, lat, srid=4326), "precision": known, "cell": cells.cell_of(lon, lat)}
    found |= _routed(ticket.category, where, place.town, place.edition, ticket.opened_at)
    found["receipt"] |= {"flags": ticket.receipt["flags"]} if "flags" in ticket.receipt else {}
    return found


def dates_of_now(ticket, at, given):
    """Both due dates as the calendar, the office hours and the limit of now make them."""
    found = clock.derive(clock.moments_of(ticket), ticket.category, ticket.unit_id)
    return {"due_at": found.due_at, "unit_due_at": found.unit_due_at}


def one_of_the_unit(ticket, at, given):
    """Nothing, when the worker is one of the ticket's unit. Raises BadField."""
    if given.get("worker") and not given["worker"].posts.filter(role=Role.WORKER, unit=ticket.unit_id).exists():
        raise BadField(
            field=INPUTS["worker"].label,
            why=_("%(worker)s 不是%(unit)s的人。") % {"worker": given["worker"].username, "unit": ticket.unit},
        )
    return {}


def _routed(category, where, town, edition_id, reported):
    """Who answers, by the duties that held on the day of the report: what came later does not judge it."""
    answer = route.answer(category, route.Where(**where), reported.astimezone(clock.SHANGHAI).date())
    return {"proposed": answer.unit, "receipt": route.receipt(answer, category, town, edition_id) | {"where": where}}


# What has to follow a step at once: (ticket before, ticket after) → (step, reason), or None.


def recall_when_it_is_anothers(before, after):
    """A ticket whose place has got another unit does not stay with the former one."""
    other = after.proposed_id not in (before.proposed_id, before.unit_id)
    if other and before.unit_id and after.state in STEPS["recall"].sources:
        return "recall", _("改址以后，这里归%s管。") % after.proposed
    return None


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
    "lon": lambda ticket, given: given.get("lon") is not None or ticket.point,
    "lat": lambda ticket, given: given.get("lat") is not None or ticket.point,
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
    finds: Callable | None = None  # what it finds out anew
    then: Callable | None = None  # what follows it at once
    tells: tuple = ()
    reads: dict = field(default_factory=dict)  # how this step reads an input otherwise than INPUTS says

    @property
    def accepts(self):
        """Every input that may be given."""
        return {*self.needs, *self.takes, *COMMON} - {"after_photo"}

    @property
    def additive(self):
        """Whether it changes nothing of the row, so that it can never be too late."""
        return self.target is None and not (self.sets or self.clears or self.finds)


def _of(*names):
    return frozenset(names)


STEPS = {
    "open": Step(_of(), NEW, _of(SYSTEM), tells=(DESK,)),
    "accept": Step(
        _of(NEW),
        ACCEPTED,
        _of(DISPATCHER, SYSTEM),
        needs=("category",),
        sets=("category",),
        clock=begin,
        finds=same_place,
        tells=(REPORTER,),
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
    "assign": Step(_of(DISPATCHED, WORKING), SAME, _of(UNIT, SYSTEM), needs=("worker",), sets=("worker",), finds=one_of_the_unit),
    "start": Step(_of(DISPATCHED), WORKING, _of(UNIT, WORKER), tells=(REPORTER,)),
    "finish": Step(_of(WORKING), DONE, _of(UNIT, WORKER), needs=("note", "after_photo"), clock=hold, tells=(DESK, REPORTER)),
    "close": Step(
        _of(DONE), CLOSED, _of(DISPATCHER), needs=("result",), guards=(not_the_finisher,), clock=end, tells=(REPORTER,)
    ),
    "rework": Step(_of(DONE), WORKING, _of(DISPATCHER), needs=("reason",), clock=go_on, tells=(Audience.UNIT, REPORTER)),
    "recall": Step(
        _of(DISPATCHED, WORKING, DONE),
        ACCEPTED,
        _of(DISPATCHER, SYSTEM),
        needs=("reason",),
        clears=("unit", "worker", "finished_at", "finished_by"),
        clock=stop_units,
        tells=(DESK, Audience.UNIT, REPORTER),
    ),
    "relocate": Step(
        frozenset(OPEN_STATES),
        SAME,
        _of(DISPATCHER, SYSTEM),
        needs=("lon", "lat"),
        finds=new_place,
        then=recall_when_it_is_anothers,
    ),
    "retime": Step(frozenset(OPEN_STATES) - {NEW}, SAME, _of(SYSTEM), finds=dates_of_now, tells=(Audience.UNIT,)),
    "comment": Step(ANY, SAME, EVERYONE, needs=("note",)),
}

NAMES = {  # of those who act, for sentences
    DISPATCHER: _("派遣员"),
    UNIT: _("承办单位"),
    WORKER: _("网格员"),
    SYSTEM: _("自动"),
    ActorKind.CITIZEN: _("上报人"),
}
