"""Steps taken from a page: one, or acceptance and dispatch together. What is refused comes back with all that was typed."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_app import access, forms, workflow
from gis_app.errors import Problem
from gis_app.views.staff.lists import desk_page
from gis_app.views.staff.ticket import ticket_of, ticket_page
from gis_app.words import Role, StepName


def from_desk(request):
    """Whether a step was taken at the desk, where the next ticket follows."""
    return request.POST.get("back") == "desk"


def refused(request, pk, problem):
    """The page that the step was taken on, with the problem and everything that was typed."""
    return desk_page(request, pk, problem) if from_desk(request) else ticket_page(request, ticket_of(request.user, pk), problem)


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
    return redirect("desk") if from_desk(request) else redirect("ticket", pk)


@require_POST
@access.roles_only(Role.DISPATCHER)
def dispatch(request, pk):
    """Accept and dispatch as proposed: two steps, both or neither."""
    row, actor = ticket_of(request.user, pk), access.actor_of(request.user)
    try:
        with transaction.atomic():
            accepted = take(row, forms.read_step(request, StepName.ACCEPT), actor).ticket
            asked = forms.read_step(request, StepName.DISPATCH, seen=accepted.version)
            sent = take(accepted, asked, actor, unit=accepted.proposed).ticket  # another kind may have another unit
    except Problem as problem:
        return refused(request, pk, problem)
    messages.success(request, _("%(number)s 已派给%(unit)s") % {"number": row.number, "unit": sent.unit})
    return redirect("desk")
