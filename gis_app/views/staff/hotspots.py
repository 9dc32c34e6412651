"""Leaders' hotspots: the list of places with their map, one place with its tickets, and an order (督办) for it."""

from functools import partial
from typing import NamedTuple

import numpy as np
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, charts, forms, hotspots, meeting, workflow
from gis_app.errors import BadField, NotFound, Problem
from gis_app.models import Spot
from gis_app.views.staff.steps import sentence_of
from gis_app.words import OPEN_STATES, Role, StepName, Task
from gis_app.workflow.advance import digest_of
from layers import clusters
from layers.hotspots import LEVELS
from layers.picture import FILLS, Marked, Wording, picture
from layers.trends import Trend

ORDERS = (Role.LEADER, Role.DISPATCHER)
PERIODS = {30: gettext_lazy("近 30 天"), 90: gettext_lazy("近 90 天"), 365: gettext_lazy("近一年")}
TRENDS = {
    Trend.NEW: gettext_lazy("新增"),
    Trend.INTENSIFYING: gettext_lazy("加剧"),
    Trend.CONSECUTIVE: gettext_lazy("连续"),
    Trend.PERSISTENT: gettext_lazy("持续"),
    Trend.SPORADIC: gettext_lazy("零星"),
    Trend.DIMINISHING: gettext_lazy("消退"),
    Trend.HISTORICAL: gettext_lazy("历史"),
    Trend.NONE: gettext_lazy("看不出"),
}
BAD, GOOD = (Trend.NEW, Trend.INTENSIFYING), (Trend.DIMINISHING,)
IS = {
    "load": gettext_lazy("这一格连同四周六格，上报明显多于全县平均，不像偶然。"),
    "share": gettext_lazy("这一格连同四周六格的上报里，这一类占得明显比全县多。"),
    "change": gettext_lazy("这一格连同四周六格，比上一段同样长的时间明显多。"),
}
IS_NOT = {
    "load": gettext_lazy("不是最脏的地方，也不是谁的过错：人多处报得也多。"),
    "share": gettext_lazy("不是报得最多的地方：别的报得少，这一类也会占得多。"),
    "change": gettext_lazy("不是比别处多：原来很少，多几件也算。"),
}


class Asked(NamedTuple):
    """The query of these pages."""

    task: str
    days: int
    question: str

    def query(self, **other):
        return "?" + "&".join(f"{name}={value}" for name, value in (self._asdict() | other).items())


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def page(request):
    """The ten places that matter, their map, places that recur, and what became of those under orders."""
    asked, today = asked_of(request), timezone.localdate()
    board = hotspots.board(asked.task, today, asked.days, asked.question)
    places, more = hotspots.spotted(board)
    again, more_again = hotspots.recurring(asked.task, board.start, board.end, board.comparable)
    context = _switches(asked) | {
        "actor": access.actor_of(request.user),
        "board": board,
        "task": Task(asked.task),
        "places": [_row(place, board.step) for place in places],
        "more": more,
        "headline": _headline(board, places),
        "told": _told(places),
        "cells": len(board.grid.cells),
        "picture": _picture(board, places),
        "legend": [(fill, _called(name)) for name, fill in reversed(FILLS.items()) if name.startswith("hot")],
        "cold": any(name.startswith("cold") for name in board.found.classes),
        "cold_reach": board.found.least[1] < LEVELS[-1][0],
        "too_few": _too_few(board),
        "red_is": IS[asked.question],
        "red_is_not": IS_NOT[asked.question],
        "again": again,
        "more_again": more_again,
        "followed": hotspots.followed(asked.task, today),
        "may_order": bool(access.actor_of(request.user).roles & set(ORDERS)),
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
    context = _switches(asked) | {
        "actor": actor,
        "board": board,
        "task": Task(asked.task),
        "place": _row(one, board.step),
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
        raise BadField(field=strange[0], why=_("这一页只认 task、days 和 question。"))
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
    return Asked(given["task"], int(given["days"]), given["question"])


def _one(asked, key):
    """(Board, Spotted) of the place that an address names. Raises NotFound when it is no hotspot (any more)."""
    board = hotspots.board(asked.task, timezone.localdate(), asked.days, asked.question)
    places, _more = hotspots.spotted(board)
    found = next((one for one in places if one.key == key), None)
    if found is None:
        raise NotFound
    return board, found


def _open_here(user, board, one):
    """Open tickets of a place that this person may see, the latest first."""
    now = timezone.now()
    mine = access.tickets_for(user).filter(state__in=OPEN_STATES)
    here = hotspots.tickets_in(board.grid, one.cells, board.start, board.end, board.task, mine)
    here = here.annotate(due=meeting.DUE, stands=meeting.STANDS).select_related("category", "town", "village", "unit", "proposed")
    late = set(here.filter(meeting.is_late(now)).values_list("pk", flat=True))
    tickets = list(here.order_by("due", "pk"))
    for ticket in tickets:
        ticket.is_late = ticket.pk in late
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


def _switches(asked):
    """The three rows of joined links, each keeping what the others chose."""
    return {
        "asked": asked,
        "query": asked.query(),
        "tasks": [{"task": task, "query": asked.query(task=task.value), "chosen": task == asked.task} for task in Task],
        "periods": [{"name": name, "query": asked.query(days=n), "chosen": n == asked.days} for n, name in PERIODS.items()],
        "questions": [
            {"name": each.label, "query": asked.query(question=each.value), "chosen": each == asked.question}
            for each in hotspots.Question
        ],
    }


def _headline(board, places):
    """What a leader reads first."""
    if not board.total:
        return _("这段时间没有上报")
    if board.question == hotspots.Question.CHANGE and not board.comparable:
        return _("比不了：上一段时间还没有数")
    if not places:
        return _("检验过了，没有一处不像偶然")
    late = sum(place.late > 0 for place in places)
    spots = ngettext("%(n)d 处热点要看", "%(n)d 处热点要看", len(places)) % {"n": len(places)}
    if not late:
        return spots
    return ngettext("%(spots)s，%(n)d 处有超期", "%(spots)s，%(n)d 处有超期", late) % {"spots": spots, "n": late}


def _told(places):
    """How many of each trend, in the order of the table of trends."""
    counted = [(name, sum(place.trend == trend for place in places)) for trend, name in TRENDS.items() if trend != Trend.NONE]
    return _("、").join(f"{name} {n}" for name, n in counted if n)


def _too_few(board):
    """Whether so few were told that a ring with all the highest counts would still look like chance."""
    tested = int(board.found.tested.sum())
    return bool(board.total) and tested > 0 and board.found.least[0] * tested / board.grid.around.shape[1] >= LEVELS[-1][0]


def _row(place, step):
    """A place as the table shows it."""
    most = max(place.bars, default=0) or 1
    kind = "bad" if place.trend in BAD else "good" if place.trend in GOOD else "plain"
    bars = [{"x": 5 * i, "y": round(20 - 20 * n / most, 1), "height": round(20 * n / most, 1)} for i, n in enumerate(place.bars)]
    return {
        **place._asdict(),
        "key": place.key,
        "trend_name": TRENDS[place.trend],
        "trend_kind": kind,
        "columns": bars,
        "lasted_name": _lasted(place, step),
        "level": _called(place.called),
    }


def _lasted(place, step):
    """How long a trend has lasted, in words."""
    if place.trend == Trend.NONE:
        return ""
    weeks = step == "week"
    if place.trend == Trend.NEW:
        return _("本周起") if weeks else _("本月起")
    n = place.lasted
    if place.trend == Trend.SPORADIC:
        return ngettext("%(n)d 次", "%(n)d 次", n) % {"n": n}
    if place.trend in (Trend.DIMINISHING, Trend.HISTORICAL):
        told = ngettext("从 %(n)d 周前", "从 %(n)d 周前", n) if weeks else ngettext("从 %(n)d 个月前", "从 %(n)d 个月前", n)
    else:
        told = ngettext("%(n)d 周", "%(n)d 周", n) if weeks else ngettext("%(n)d 个月", "%(n)d 个月", n)
    return told % {"n": n}


def _called(name):
    """The class of a cell as the legend says it: the share of false ones among those that are called so."""
    level = next(level for level, called in LEVELS if name.endswith(str(called)))
    return _("误判率 < %(share)s%%") % {"share": round(100 * level)}


def _picture(board, places):
    """The map as SVG, in the reader's language."""
    shown = (board.counts > 0) | (board.found.q < LEVELS[-1][0])
    marked = [Marked(place.number, np.array(place.cells), clusters.outline(place.cells)) for place in places]
    told = _("；").join(f"{place.number} {place.name}" for place in places) or _("没有热点")
    title = _("热点图：%(task)s") % {"task": Task(board.task).label}
    wording = Wording(title, told, _("示意边界，非法定界线"), _("第 1 处放大"), _("千米"))
    return picture(charts.ground_named(), board.grid.cells[shown], board.found.classes[shown], marked, wording)
