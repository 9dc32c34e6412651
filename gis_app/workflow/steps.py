"""The table of steps: from where to where, who, what it needs, what it does to the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.words import CHECKER, OPEN_STATES, ActorKind, Audience, RejectReason, Role, State
from gis_app.workflow import effects, guards
from gis_app.workflow.inputs import INPUTS, choice_of, metres_off
from gis_app.workflow.needs import PLACED

NEW, ACCEPTED, DISPATCHED, WORKING, DONE, SUSPENDED = OPEN_STATES
CLOSED, REJECTED, MERGED = State.CLOSED, State.REJECTED, State.MERGED
ANY, OPEN, SAME, BACK = frozenset(State), frozenset(OPEN_STATES), None, "back"  # BACK: to where it was before
DISPATCHER, UNIT, WORKER, LEADER = Role.DISPATCHER, Role.UNIT, Role.WORKER, Role.LEADER
SYSTEM, CITIZEN = ActorKind.SYSTEM, ActorKind.CITIZEN
EVERYONE = frozenset({CITIZEN, *Role, SYSTEM})  # whoever may see the ticket at all
DESK, REPORTER, TO_UNIT = Audience.DESK, Audience.REPORTER, Audience.UNIT
COMMON = ("note", "photos")  # every step takes these


# What has to follow a step at once: (ticket before, ticket after) → (step, reason), or None.


def recall_when_it_is_anothers(before, after):
    """A ticket whose place or kind has got another unit does not stay with the former one."""
    other = after.proposed_id not in (before.proposed_id, before.unit_id)
    if other and before.unit_id and after.state in STEPS["recall"].sources:
        moved = _("改址以后，这里归%s管。") if after.category_id == before.category_id else _("改类以后，归%s管。")
        return "recall", moved % after.proposed
    return None


@dataclass(frozen=True)
class Step:
    """One row of the table. target: SAME leaves the state, BACK returns to where the ticket was before.

    additive: it writes at most beside the work, makes nobody's step stale and does not ask what was seen.
    """

    sources: frozenset
    target: str | None
    who: frozenset
    needs: tuple = ()
    takes: tuple = ()  # inputs that a form shows, in order; the needs come first
    sets: tuple = ()  # inputs that become columns of the row
    marks: dict = field(default_factory=dict)  # columns that always become so
    clears: tuple = ()  # columns that become null
    guards: tuple = ()
    clock: Callable = effects.nothing
    finds: Callable = effects.nothing  # what it finds out anew
    then: Callable | None = None  # what follows it at once
    tells: tuple = ()
    reads: dict = field(default_factory=dict)  # how this step reads an input otherwise than INPUTS says
    met: dict = field(default_factory=dict)  # how this step's needs are met otherwise than MET says
    facts: Callable = lambda ticket, given: {}  # what the event keeps beside the inputs
    additive: bool = False
    moves_voices: bool = False  # out of the tickets above, which are held with it

    @property
    def accepts(self):
        """Every input that may be given."""
        return {*self.needs, *self.takes, *COMMON} - {"after_photo"}


def _of(*names):
    return frozenset(names)


WORK = ("unit", "worker", "dispatched_at", "unit_due_at", "finished_at", "finished_by", "asked_until", "checker")

STEPS = {
    "open": Step(_of(), NEW, _of(SYSTEM), tells=(DESK,)),
    "accept": Step(
        _of(NEW),
        ACCEPTED,
        _of(DISPATCHER, SYSTEM),
        needs=("category",),
        sets=("category",),
        clears=("checker",),
        clock=effects.begin,
        finds=effects.same_place,
        tells=(REPORTER,),
    ),
    "reject": Step(
        _of(NEW),
        REJECTED,
        _of(DISPATCHER),
        needs=("reason",),
        takes=("handoff",),
        clears=("checker",),
        guards=(guards.no_order_stands,),
        clock=effects.end,
        tells=(REPORTER,),
        reads={"reason": choice_of(RejectReason, INPUTS["reason"].label)},
    ),
    "merge": Step(
        _of(NEW, ACCEPTED, DISPATCHED),
        MERGED,
        _of(DISPATCHER),
        needs=("other",),
        clears=("checker", "asked_until"),
        guards=(guards.no_order_stands,),
        finds=effects.into_the_other,
        tells=(TO_UNIT, REPORTER),
    ),
    "unmerge": Step(
        _of(MERGED),
        BACK,
        _of(DISPATCHER),
        finds=effects.out_of_the_other,
        clock=effects.dates_of_now,  # the calendar may have changed meanwhile, which moves no ticket that has ended
        tells=(TO_UNIT, REPORTER),
        moves_voices=True,
    ),
    "split": Step(_of(NEW, ACCEPTED), SAME, _of(DISPATCHER), needs=("parts",), tells=(REPORTER,), additive=True),
    "release": Step(ANY, SAME, _of(DISPATCHER), marks={"released": True}, guards=(guards.not_released_yet,), additive=True),
    "withhold": Step(ANY, SAME, _of(DISPATCHER), marks={"released": False}, guards=(guards.released_before,), additive=True),
    "dispatch": Step(
        _of(ACCEPTED),
        DISPATCHED,
        _of(DISPATCHER, SYSTEM),
        needs=("unit",),
        sets=("unit",),
        clock=effects.begin_units,
        tells=(TO_UNIT, REPORTER),
    ),
    "return": Step(
        _of(DISPATCHED, WORKING),
        ACCEPTED,
        _of(UNIT),
        needs=("reason",),
        takes=("suggested",),
        clears=("unit", "worker", "asked_until"),
        clock=effects.stop_units,
        tells=(DESK,),
    ),
    "assign": Step(
        _of(DISPATCHED, WORKING),
        SAME,
        _of(UNIT, SYSTEM),
        needs=("worker",),
        sets=("worker",),
        finds=effects.one_of_the_unit,
        tells=(Audience.WORKER,),
    ),
    "start": Step(_of(DISPATCHED), WORKING, _of(UNIT, WORKER), tells=(REPORTER,)),
    "finish": Step(
        _of(WORKING),
        DONE,
        _of(UNIT, WORKER),
        needs=("note", "after_photo"),
        clears=("asked_until",),
        clock=effects.hold,
        tells=(DESK, REPORTER),
    ),
    "send_check": Step(
        _of(NEW, DONE),
        SAME,
        _of(DISPATCHER, SYSTEM),
        needs=("worker",),
        guards=(guards.nobody_looks_yet,),
        finds=effects.one_to_look,
        tells=(Audience.WORKER,),
    ),
    "check": Step(
        _of(NEW, DONE),
        SAME,
        _of(CHECKER),
        needs=("result", "lon", "lat", "photos"),
        clears=("checker",),
        guards=(guards.not_the_finisher,),
        tells=(DESK,),
        facts=metres_off,
    ),
    "close": Step(
        _of(DONE),
        CLOSED,
        _of(DISPATCHER, CHECKER),
        needs=("result",),
        clears=("checker",),
        guards=(guards.not_the_finisher,),
        clock=effects.end,
        tells=(TO_UNIT, REPORTER),
    ),
    "rework": Step(
        _of(DONE),
        WORKING,
        _of(DISPATCHER, CHECKER),
        needs=("reason",),
        clears=("checker",),
        guards=(guards.not_the_finisher,),
        clock=effects.go_on,
        tells=(TO_UNIT, REPORTER),
    ),
    "recall": Step(
        _of(DISPATCHED, WORKING, DONE, SUSPENDED),
        ACCEPTED,
        _of(DISPATCHER, SYSTEM),
        needs=("reason",),
        clears=WORK,
        clock=effects.stop_units,
        tells=(DESK, TO_UNIT, REPORTER),
    ),
    "ask_extension": Step(
        _of(DISPATCHED, WORKING),
        SAME,
        _of(UNIT),
        needs=("reason", "until"),
        guards=(guards.nothing_asked, guards.not_extended_yet),
        clock=effects.asked_for,
        tells=(DESK,),
        additive=True,
    ),
    "grant": Step(
        _of(DISPATCHED, WORKING),
        SAME,
        _of(DISPATCHER),
        takes=("until", "reason"),
        guards=(guards.something_asked,),
        clock=effects.extend,
        tells=(TO_UNIT, REPORTER),
    ),
    "refuse": Step(
        _of(DISPATCHED, WORKING),
        SAME,
        _of(DISPATCHER),
        needs=("reason",),
        clears=("asked_until",),
        guards=(guards.something_asked,),
        tells=(TO_UNIT,),
        additive=True,
    ),
    "suspend": Step(
        _of(ACCEPTED, DISPATCHED, WORKING),
        SUSPENDED,
        _of(LEADER, DISPATCHER),
        needs=("reason", "until"),
        clock=effects.pause,
        tells=(TO_UNIT, REPORTER),
    ),
    "resume": Step(
        _of(SUSPENDED),
        BACK,
        _of(LEADER, DISPATCHER, SYSTEM),
        clock=effects.after_the_pause,
        tells=(TO_UNIT, REPORTER),
    ),
    "supervise": Step(
        OPEN,
        SAME,
        _of(LEADER, DISPATCHER, SYSTEM),
        needs=("order", "until"),
        guards=(guards.no_order_of_a_person,),
        clock=effects.order,
        tells=(TO_UNIT, DESK),
        additive=True,
    ),
    "answer": Step(
        OPEN | {CLOSED},
        SAME,
        _of(UNIT),
        needs=("note",),
        guards=(guards.an_order_stands,),
        clock=effects.answered,
        tells=(DESK, Audience.LEADER),
        additive=True,
    ),
    "lift": Step(
        OPEN | {CLOSED},
        SAME,
        _of(LEADER, DISPATCHER),
        clears=("supervised_at", "supervised_by", "answer_due_at", "answered_at"),
        guards=(guards.an_order_stands, guards.by_who_ordered),
        tells=(TO_UNIT,),
        additive=True,
    ),
    "urge": Step(OPEN, SAME, _of(DISPATCHER, SYSTEM), tells=(TO_UNIT,), additive=True),
    "reclassify": Step(
        OPEN,
        SAME,
        _of(DISPATCHER),
        needs=("category",),
        sets=("category",),
        clock=effects.another_kind,
        then=recall_when_it_is_anothers,
        tells=(REPORTER,),
        met={"category": lambda ticket, given: given.get("category")},
    ),
    "relocate": Step(
        OPEN,
        SAME,
        _of(DISPATCHER, SYSTEM),
        needs=("lon", "lat"),
        finds=effects.new_place,
        then=recall_when_it_is_anothers,
        met=PLACED,
    ),
    "retime": Step(OPEN, SAME, _of(SYSTEM), clock=effects.dates_of_now, tells=(TO_UNIT,)),
    "confirm": Step(_of(CLOSED), SAME, _of(CITIZEN), guards=(guards.not_confirmed_yet,), additive=True),
    "dispute": Step(
        _of(CLOSED),
        ACCEPTED,
        _of(CITIZEN),
        needs=("reason",),
        clears=(*WORK, "ended_at"),
        guards=(guards.within_15_days,),
        clock=effects.begin_anew,
        tells=(DESK, REPORTER),
    ),
    "rate": Step(_of(CLOSED), SAME, _of(CITIZEN), needs=("stars",), guards=(guards.not_rated_yet,), additive=True),
    "comment": Step(ANY, SAME, EVERYONE, needs=("note",), additive=True),
}

NAMES = {  # of those who act, for sentences
    DISPATCHER: gettext_lazy("派遣员"),
    UNIT: gettext_lazy("承办单位"),
    WORKER: gettext_lazy("网格员"),
    LEADER: gettext_lazy("领导"),
    CHECKER: gettext_lazy("派去核查的人"),
    SYSTEM: gettext_lazy("自动"),
    CITIZEN: gettext_lazy("上报人"),
}
