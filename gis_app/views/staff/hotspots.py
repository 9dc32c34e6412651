"""Leaders' hotspots: the list of places with their map, one place with its tickets, and an order (督办) for it."""

from functools import partial
from typing import NamedTuple

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, forms, hotspots, meeting, workflow
from gis_app.errors import BadField, NotFound, Problem
from gis_app.models import Spot
from gis_app.views.staff import spots
from gis_app.views.staff.steps import sentence_of
from gis_app.words import OPEN_STATES, Role, StepName, Task
from gis_app.workflow.advance import digest_of

ORDERS = (Role.LEADER, Role.DISPATCHER)


class Asked(NamedTuple):
    """The query of these pages. per: people or roads, which the load is held against; empty for neither."""

    task: str
    days: int
    question: str
    per: str

    def query(self, **other):
        return "?" + "&".join(f"{name}={value}" for name, value in (self._asdict() | other).items() if value != "")


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def page(request):
    """The ten places that matter, their map, places that recur, and what became of those under orders."""
    asked, today = asked_of(request), timezone.localdate()
    board = board_of(asked)
    places, more = hotspots.spotted(board)
    again, more_again = hotspots.recurring(asked.task, board.start, board.end, board.comparable)
    actor = access.actor_of(request.user)
    context = spots.switches(asked) | spots.told(board, places) | {
        "actor": actor,
        "board": board,
        "task": Task(asked.task),
        "places": [spots.row(place, board.step) for place in places],
        "more": more,
        "again": again,
        "more_again": more_again,
        "followed": hotspots.followed(asked.task, today, board.first),
        "may_order": bool(actor.roles & set(ORDERS)),
    }
    return render(request, "lead/hotspots.html", context)


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def place(request, key):
    """One place: what stands there open, and the form for an order."""
    return place_page(request, key)


def place_page(request, key, problem=None, outcomes=()):
    """The page of a place; with a problem that its order ran into, or with what came of each ticket."""
    asked = asked_of(request)
    board, one = _one(asked, key)
    actor = access.actor_of(request.user)
    open_here = _open_here(request.user, board, one)
    context = spots.switches(asked) | {
        "actor": actor,
        "board": board,
        "task": Task(asked.task),
        "place": spots.row(one, board.step),
        "tickets": open_here[: workflow.MOST_AT_ONCE],
        "unlisted": max(0, len(open_here) - workflow.MOST_AT_ONCE),
        "now": timezone.now(),
        "may_order": bool(actor.roles & set(ORDERS)) and any(not ticket.supervised for ticket in open_here),
        "until": forms.proposed_day(StepName.SUPERVISE, None),
        "key": forms.fresh_key(),
        "problem": problem,
        "typed": request.POST,
        "outcomes": outcomes,
        "action": reverse("order_hotspot", args=[key]) + asked.query(),
    }
    return render(request, "lead/hotspot.html", context, status=problem.status if problem else 200)


@require_POST
@access.roles_only(*ORDERS)
def order(request, key):
    """Order (督办) the tickets that are ticked; what was ordered here is followed from now on."""
    asked = asked_of(request)
    board, one = _one(asked, key)
    actor = access.actor_of(request.user)
    try:
        given = _order_of(request)
        seen = forms.ticked(request)
    except Problem as problem:
        return place_page(request, key, problem)
    rows = {ticket.pk: ticket for ticket in _open_here(request.user, board, one)}
    act = partial(_supervised, actor=actor, given=given, key=request.POST.get("key", "")[:100])
    with transaction.atomic():
        found = workflow.one_by_one(rows, seen, act)
        _keep(board, one, request.user, given, [event for _pk, event in found if not isinstance(event, Problem)])
    outcomes = [sentence_of(rows.get(pk), event) for pk, event in found]
    if not all(done for done, _sentence in outcomes):
        return place_page(request, key, outcomes=outcomes)
    told = ngettext("督办了 %(n)d 件，热点页会跟着看这里降了没有", "督办了 %(n)d 件，热点页会跟着看这里降了没有", len(outcomes))
    messages.success(request, told % {"n": len(outcomes)})
    return redirect(reverse("hotspots") + asked.query())


def asked_of(request):
    """The Asked of a query. Raises BadField for a name or a value that the page does not offer."""
    if strange := sorted(set(request.GET) - set(Asked._fields)):
        raise BadField(field=strange[0], why=_("这一页只认 task、days、question 和 per。"))
    offered = {
        "task": Task.values,
        "days": [str(days) for days in hotspots.DAYS],
        "question": hotspots.Question.values,
    }
    usual = {"task": Task.SIX.value, "days": str(hotspots.DEFAULT_DAYS), "question": hotspots.Question.LOAD.value}
    given = usual | request.GET.dict()
    for name, choices in offered.items():
        if given[name] not in choices:
            raise BadField(field=name, why=_("可以选：%(choices)s。") % {"choices": " ".join(choices)})
    return Asked(given["task"], int(given["days"]), given["question"], given.get("per", ""))


def board_of(asked):
    """The Board of these pages' query, up to today. Raises BadField for what it cannot be held against."""
    return hotspots.board(asked.task, timezone.localdate(), asked.days, asked.question, asked.per or None)


def _one(asked, key):
    """(Board, Spotted) of the place that an address names. Raises NotFound when it is no hotspot (any more)."""
    board = board_of(asked)
    places, _more = hotspots.spotted(board)
    found = next((one for one in places if one.key == key), None)
    if found is None:
        raise NotFound
    return board, found


def _open_here(user, board, one):
    """Open tickets of a place that this person may see, the latest first."""
    mine = access.tickets_for(user).filter(state__in=OPEN_STATES)
    here = hotspots.tickets_in(board.grid, one.cells, board.start, board.end, board.task, mine)
    here = here.annotate(due=meeting.DUE, stands=meeting.STANDS).select_related("category", "town", "village", "unit", "proposed")
    tickets = list(here.annotate(is_late=meeting.is_late(timezone.now())).order_by("due", "pk"))
    return sorted(tickets, key=lambda ticket: not ticket.is_late)


def _order_of(request):
    """{order, until} as the step takes them. Raises BadField."""
    rule = workflow.STEPS[StepName.SUPERVISE]
    given = workflow.read_given(StepName.SUPERVISE, rule, {name: request.POST.get(name, "") for name in ("order", "until")})
    for name in rule.needs:
        if name not in given:
            raise BadField(field=workflow.INPUTS[name].label, why=_("先填好，再按这个按钮。"))
    return given


def _supervised(ticket, seen, actor, given, key):
    digest = digest_of("hotspot", sorted((name, str(value)) for name, value in given.items()))
    return workflow.advance(ticket, StepName.SUPERVISE, actor, seen, key and f"hotspot {key} ", digest, **given)


def _keep(board, one, user, given, events):
    """Remember the place as it was ordered; the same form sent twice leads to one."""
    if events:
        at = min(event.at for event in events)
        more = {
            "name": f"{one.name} {one.town.name}" if one.town else one.name,
            "ordered_by": user,
            "answer_due_at": given["until"],
            "tickets": sorted(event.ticket_id for event in events),
        }
        Spot.objects.get_or_create(task=board.task, cells=one.cells, ordered_at=at, defaults=more)
