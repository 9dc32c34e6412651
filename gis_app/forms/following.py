"""What the sender of a report is told: how it stands, what comes next and by when, and the steps that are theirs."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gis_app import clock, redact, words, workflow
from gis_app.forms.rows import handoffs, units
from gis_app.forms.steps import read_step as read_any
from gis_app.words import OPEN_STATES, ActorKind, State, StepName
from gis_app.workflow.guards import TO_DISPUTE

OFFERED = {  # the sender's own steps: what is said once one is taken
    StepName.CONFIRM: gettext_lazy("记下了，谢谢您告诉我们"),
    StepName.DISPUTE: gettext_lazy("收到了，会重新办"),
    StepName.RATE: gettext_lazy("打好分了，谢谢您"),
    StepName.COMMENT: gettext_lazy("补充的收到了，办理的人看得到"),
}
DISPUTED = "disputed"  # beside the states: accepted anew, since the sender said so

HAPPENED = {
    State.NEW: gettext_lazy("收到了，派遣员还没有看。"),
    State.ACCEPTED: gettext_lazy("受理了，还没有派给单位。"),
    State.DISPATCHED: gettext_lazy("派给%(unit)s了。"),
    State.WORKING: gettext_lazy("%(unit)s正在办。"),
    State.DONE: gettext_lazy("%(unit)s说办好了，还没有核查。"),
    State.CLOSED: gettext_lazy("核查过，办结了。"),
    State.REJECTED: gettext_lazy("派遣员看过，这件不能办。"),
    State.SUSPENDED: gettext_lazy("一时办不了，先放一放。"),
    State.MERGED: gettext_lazy("和别人报的一起办。"),
    DISPUTED: gettext_lazy("办结以后有人说没办好，重新受理了。"),
}
NEXT = {
    State.NEW: gettext_lazy("派遣员看过以后派给单位。"),
    State.ACCEPTED: gettext_lazy("派遣员派给单位去办。"),
    State.DISPATCHED: gettext_lazy("单位派人去现场处理。"),
    State.WORKING: gettext_lazy("单位办完，在这一页告诉您。"),
    State.DONE: gettext_lazy("派遣员核查：好了就办结，没好就重办。"),
    State.CLOSED: gettext_lazy("您看一看，是不是真的办好了。"),
    State.REJECTED: gettext_lazy("这里不再往下办了。"),
    State.SUSPENDED: gettext_lazy("能办了就接着办。"),
    State.MERGED: gettext_lazy("跟着那一件办。"),
    DISPUTED: gettext_lazy("派遣员重新派给单位去办。"),
}
UNTIL = {  # which date the next step has; a state that is absent has none
    State.NEW: ("triage_due_at", gettext_lazy("最迟 %s"), gettext_lazy("本来最迟 %s，晚了。")),
    State.SUSPENDED: ("suspended_until", gettext_lazy("最迟 %s 接着办"), gettext_lazy("本来 %s 接着办，晚了。")),
} | dict.fromkeys(
    (State.ACCEPTED, State.DISPATCHED, State.WORKING),
    ("due_at", gettext_lazy("整件事最迟 %s 办完"), gettext_lazy("本来最迟 %s 办完，晚了。")),
)


@dataclass(frozen=True)
class Standing:
    """How a report stands, in sentences. until: by when the next step comes; why: what staff said of a pause, masked."""

    happened: str
    next: str
    until: str = ""
    late: bool = False
    why: str = ""
    together: bool = False  # whether it goes on in somebody else's ticket


def standing(report, ticket, events, now):
    """The Standing of a report. ticket: the one that goes on for it; events: what life() tells, oldest first."""
    moves = [event for event in events if event.to_state != event.from_state]
    again = ticket.state == State.ACCEPTED and moves and moves[-1].step == StepName.DISPUTE
    key = DISPUTED if again else State(ticket.state)
    unit = {"unit": (ticket.unit or ticket.proposed).label}
    column, by, late_by = UNTIL.get(ticket.state, ("", "", ""))
    moment = getattr(ticket, column) if column else None
    late = bool(moment) and moment < now
    pause = next((event for event in reversed(moves) if event.step == StepName.SUSPEND), None)
    return Standing(
        happened=HAPPENED[key] % unit,
        next=str(NEXT[key]),
        until=str(late_by if late else by) % clock.printed(moment) if moment else "",
        late=late,
        why=redact.mask(pause.said.text) if ticket.state == State.SUSPENDED and pause and pause.said else "",
        together=report.ticket_id != ticket.pk,
    )


def may(ticket, actor):
    """The sender's own steps that may be taken now."""
    return [step for step in workflow.may(ticket, actor) if step in OFFERED]


def dispute_until(ticket):
    """The last moment in which a closed ticket can be disputed, or None."""
    return ticket.ended_at + TO_DISPUTE if ticket.state == State.CLOSED else None


@dataclass(frozen=True)
class Offer:
    """What the sender's page offers. confirm, dispute, rate, comment: whether it may be taken now."""

    confirm: bool = False
    dispute: bool = False
    rate: bool = False
    comment: bool = False
    until: object = None  # for a dispute

    @property
    def judges(self):
        """Whether anything of it is about work that is done."""
        return self.confirm or self.dispute or self.rate

    @property
    def names(self):
        """The steps that have a form on the page, beside which a refusal is told."""
        return [name.value for name in OFFERED if getattr(self, name)]

    @classmethod
    def of(cls, ticket, actor):
        able = set(may(ticket, actor))
        asked = {name.value: name in able for name in OFFERED}
        return cls(**asked | {"comment": asked["comment"] and ticket.state in OPEN_STATES}, until=dispute_until(ticket))


def is_own(event, report):
    """Whether the holder of this report's code took a step."""
    return event.actor_kind == ActorKind.CITIZEN and event.given.get("report") == report.pk


def is_told(event, report):
    """Whether a report's sender is told of an event: what citizens are told of, and their own remarks."""
    return event.step in words.CITIZEN_STEPS or (event.step == StepName.COMMENT and is_own(event, report))


@dataclass(frozen=True)
class Told:
    """An event in a citizen's words: no staff names; what was written is masked, and only the unit's and one's own."""

    at: object
    label: str
    unit: object
    note: str
    stars: int
    photos: list


OWN = {  # what one did oneself is said so
    StepName.CONFIRM: pgettext_lazy("citizen", "您说办好了"),
    StepName.DISPUTE: pgettext_lazy("citizen", "您说没办好，重新办"),
    StepName.RATE: pgettext_lazy("citizen", "您打了分"),
    StepName.COMMENT: pgettext_lazy("citizen", "您补充了"),
}


def unit_of(event):
    """The unit that a sender reads beside an event: to whom a ticket was sent then, else for whom somebody acted."""
    if event.step != StepName.DISPATCH:
        return event.unit
    return next((unit for unit in units() if unit.pk == event.change["unit_id"]), None)


def told(event, report):
    """An event as its report's sender reads it."""
    own = is_own(event, report)
    spoken = event.said and (own or event.step == StepName.FINISH)
    label = OWN[event.step] if own else words.CITIZEN_STEPS[event.step]
    stars = event.given.get("stars", 0) if own else 0
    photos = list(event.photos.all()) if own else []
    return Told(event.at, label, unit_of(event), redact.mask(event.said.text) if spoken else "", stars, photos)


def refusal(events):
    """Why a report was not taken on, and whom to turn to; None when it was."""
    event = next((event for event in reversed(events) if event.step == StepName.REJECT), None)
    if event is None:
        return None
    label = dict(words.RejectReason.choices).get(event.given.get("reason", ""), "")
    return {"reason": label, "handoff": next((row for row in handoffs() if row.code == event.given.get("handoff")), None)}


def read_step(request):
    """One of the sender's steps out of a page's form. Raises BadField, BadPhoto."""
    return read_any(request, among=OFFERED)


def part_line(part):
    """A ticket that was split from a report's: what it is about and how it stands, in a line."""
    kind = part.category.label if part.category else _("还没有定类")
    return {"kind": kind, "state": part.state, "unit": (part.unit or part.proposed).label, "number": part.number}


def parts_of(ticket):
    """The lines of all that was split from a ticket, oldest first. One query."""
    return [part_line(part) for part in ticket.parts.select_related("category", "unit", "proposed").order_by("pk")]
