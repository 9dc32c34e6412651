"""Steps taken from a page: one, or acceptance and dispatch together. What is refused comes back with all that was typed."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_app import access, forms, workflow
from gis_app.errors import Problem
from gis_app.views.staff.lists import DESK_TABS, desk_page
from gis_app.views.staff.orders import orders_page
from gis_app.views.staff.ticket import ticket_of, ticket_page
from gis_app.words import Role, StepName
from gis_app.workflow.advance import digest_of

BACK = {"desk": desk_page, "orders": orders_page}  # the lists on which steps are taken, where the next ticket follows


def refused(request, pk, problem):
    """The page that the step was taken on, with the problem and everything that was typed."""
    page = BACK.get(request.POST.get("back"))
    return page(request, pk, problem) if page else ticket_page(request, ticket_of(request.user, pk), problem)


def led_back(request, pk):
    """To the list that the step was taken on, under the same tab, or to the ticket's page; home, when it is theirs no more."""
    back, tab = request.POST.get("back"), request.POST.get("tab", "")
    if back not in BACK:
        return redirect("ticket", pk) if access.tickets_for(request.user).filter(pk=pk).exists() else redirect("home")
    return redirect(f"{reverse(back)}?tab={tab}" if tab in DESK_TABS and tab != "new" else back)


def take(ticket, asked, actor, **more):
    """Take a step that a page sent. Returns the event."""
    given = more | asked.given
    return workflow.advance(ticket, asked.step, actor, seen=asked.seen, key=asked.key, digest=asked.digest, **given)


@require_POST
@access.roles_only(*Role)
def take_step(request, pk):
    """One step of one ticket, from a form; leads back to the page it was taken on."""
    row = ticket_of(request.user, pk)
    try:
        asked = forms.read_step(request)
        take(row, asked, access.actor_of(request.user))
    except Problem as problem:
        return refused(request, pk, problem)
    messages.success(request, _("%(number)s：%(step)s，记下了") % {"number": row.number, "step": StepName(asked.step).label})
    return led_back(request, pk)


@require_POST
@access.roles_only(Role.DISPATCHER)
def dispatch(request, pk):
    """Accept and dispatch as proposed: two steps, both or neither."""
    row, actor = ticket_of(request.user, pk), access.actor_of(request.user)
    try:
        with transaction.atomic():
            accepted = take(row, forms.read_step(request, StepName.ACCEPT), actor).ticket
            asked = forms.read_step(request, StepName.DISPATCH, seen=accepted.version)
            unit = asked.given.get("unit") or workflow.sure_unit(accepted)  # another kind may have another unit
            sent = take(accepted, asked, actor, unit=unit).ticket
    except Problem as problem:
        return refused(request, pk, problem)
    messages.success(request, _("%(number)s 已派给%(unit)s") % {"number": row.number, "unit": sent.unit})
    return redirect("desk")


@require_POST
@access.roles_only(Role.DISPATCHER)
def take_many(request):
    """One step of all that are ticked in the desk's list; the page says of each what came of it."""
    actor = access.actor_of(request.user)
    try:
        asked = forms.read_many(request)
    except Problem as problem:
        return desk_page(request, None, outcomes=[(False, problem.sentence())], status=problem.status)
    rows = access.tickets_for(request.user).select_related("category", "unit", "proposed").in_bulk(asked.seen)
    act = partial(one_of_many, asked=asked, actor=actor)
    outcomes = [sentence_of(rows.get(pk), found) for pk, found in workflow.one_by_one(rows, asked.seen, act)]
    return desk_page(request, None, outcomes=outcomes)


def one_of_many(ticket, seen, asked, actor):
    """What was asked for many, done to one of them. Returns the Event."""
    key = asked.key and f"many {asked.key} {asked.deed.name} "
    if not asked.deed.step:
        return workflow.as_proposed(ticket, actor, seen, key, **asked.given)
    digest = digest_of(asked.deed.name, sorted(asked.given.items()))
    return workflow.advance(ticket, asked.deed.step, actor, seen, key, digest, **asked.given)


def sentence_of(ticket, found):
    """(whether it was done, one sentence) of what came of one ticket."""
    number = ticket.number if ticket else "—"
    if isinstance(found, Problem):
        return False, _("%(number)s 没有办：%(why)s") % {"number": number, "why": found.sentence()}
    if found.step == StepName.DISPATCH:
        return True, _("%(number)s 已派给%(unit)s") % {"number": number, "unit": found.ticket.unit}
    return True, _("%(number)s：%(step)s，记下了") % {"number": number, "step": found.get_step_display()}
