"""Draws for leaders: announce one, make it when its number is known, see what was found and by whom."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_app import access, draws
from gis_app.draws.announcing import FIELDS, today
from gis_app.errors import BadField, NotForYou, Problem
from gis_app.models import Draw
from gis_app.views.draws import LISTS, checks_of
from gis_app.words import CHECKING, Role

YEAR = 365
SIZE = "5%"
CHECK_DAYS = 10  # from the draw to the last day of the checks, as the form proposes


def proposed():
    """What the form holds before anybody has typed: last month, one in twenty, tomorrow's number."""
    last = today().replace(day=1) - dt.timedelta(days=1)
    tomorrow = today() + dt.timedelta(days=1)
    days = {"start": last.replace(day=1), "end": last, "number_on": tomorrow, "due_on": tomorrow + dt.timedelta(days=CHECK_DAYS)}
    return {name: day.isoformat() for name, day in days.items()} | {"size": SIZE}


def day_of(request, name):
    """A day that a form sends. Raises BadField."""
    try:
        day = parse_date(request.POST.get(name, "").strip())
    except ValueError:  # the 30th of February
        day = None
    if day is None:
        raise BadField(field=FIELDS[name], why=_("要写成 2026-12-01 这样的日期。"))
    return day


def asked(request):
    """What the form asks to be drawn. Raises BadField."""
    days = {name: day_of(request, name) for name in ("start", "end", "number_on", "due_on")}
    words = " ".join(request.POST.get("number_from", "").split())
    return draws.Asked(**days, size=request.POST.get("size", ""), roles=tuple(request.POST.getlist("roles")), number_from=words)


@require_http_methods(["GET", "HEAD", "POST"])
@access.roles_only(*access.SEES_FIGURES)
def every(request):
    """All draws with the units' scores of a year; a leader's form announces another."""
    if request.method != "POST":
        return shown(request, {"typed": proposed(), "chosen": CHECKING})
    if Role.LEADER not in access.roles_of(request.user):
        raise NotForYou
    try:
        draw = draws.announce(asked(request), request.user)
    except Problem as problem:
        typed = {"typed": request.POST, "chosen": request.POST.getlist("roles"), "problem": problem}
        return shown(request, typed, problem.status)
    messages.success(request, _("第 %d 次公告发出去了。") % draw.pk)
    return redirect("lead_draw", draw.pk)


def shown(request, form, status=200):
    """The page of all draws, with a form as it was typed."""
    day = today()
    context = form | {
        "actor": access.actor_of(request.user),
        "draws": Draw.objects.defer(*LISTS),
        "scores": draws.scores(day - dt.timedelta(days=YEAR), day),
        "days": YEAR,
        "roles_to_choose": [(role.value, role.label) for role in CHECKING],
        "may_draw": Role.LEADER in access.roles_of(request.user),
    }
    return render(request, "lead/draws.html", context, status=status)


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def one(request, pk):
    """One draw: its number still to come, or who looks at what and what they found."""
    return shown_one(request, get_object_or_404(Draw, pk=pk))


def shown_one(request, draw, problem=None, status=200):
    """The page of one draw; with a problem, and what was typed."""
    roles = access.roles_of(request.user)
    checks = list(checks_of(draw).select_related("ticket__category", "ticket__town", "checker__user"))
    context = {
        "actor": access.actor_of(request.user),
        "draw": draw,
        "checks": checks,
        "looked": sum(bool(check.result) for check in checks),
        "scores": draws.scores_in(draw.checks.all()) if checks else [],
        "today": today(),
        "ready": today() >= draw.number_on,
        "may_draw": Role.LEADER in roles,
        "may_open": bool(roles & set(access.EVERYWHERE)),
        "typed": request.POST,
        "problem": problem,
    }
    return render(request, "lead/draw.html", context, status=status)


@require_POST
@access.roles_only(Role.LEADER)
def draw(request, pk):
    """Draw what was announced, with the number that has become known."""
    row = get_object_or_404(Draw, pk=pk)
    try:
        draws.draw(row, request.POST.get("number", ""), request.POST.get("number_source", ""), request.user)
    except Problem as problem:
        row.refresh_from_db()
        return shown_one(request, row, problem, problem.status)
    messages.success(request, _("第 %d 次抽好了，名单公布了。") % row.pk)
    return redirect("lead_draw", row.pk)
