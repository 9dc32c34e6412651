"""One ticket as a page: what was said, where, what happened, and the steps that this person may take now."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, forms, workflow
from gis_app.errors import NotFound, Problem
from gis_app.models import Photo
from gis_app.views.spoken import SPOKEN
from gis_app.words import PhotoKind, Role, StepName

ROWS = ("category", "town", "village", "unit", "proposed", "worker")
BEFORE_AFTER = 6  # of the newest photos, how many a page shows of each


def ticket_of(user, pk):
    """A ticket that this person may see, ready for a page. Raises NotFound."""
    found = access.tickets_for(user).select_related(*ROWS).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Seen:
    """What a ticket's page shows beside the ticket itself."""

    reports: list
    events: list
    photos: dict
    may: list
    steps: list

    @property
    def first(self):
        return self.reports[0] if self.reports else None


def seen(ticket, actor):
    """Everything that a ticket's page shows, in three queries."""
    events = list(ticket.events.select_related("said", "user", "unit").order_by("-seq"))
    reports = list(ticket.reports.select_related("said").order_by("pk"))
    pictures = Photo.objects.filter(Q(report__in=reports) | Q(event__in=events)).order_by("-pk")
    photos = {kind.value: [one for one in pictures if one.kind == kind][:BEFORE_AFTER] for kind in PhotoKind}
    may = workflow.may(ticket, actor)
    return Seen(reports, events, photos, may, forms.step_forms(may))


def context_of(request, ticket, actor, problem=None):
    """The context that the ticket's page and the desk share; after a problem, with what was typed."""
    held = seen(ticket, actor)
    context = {
        "actor": actor,
        "ticket": ticket,
        "held": held,
        "read": forms.read_first(held.first.reading) if held.first else {},
        "now": timezone.now(),
        "key": forms.fresh_key(),
        "spoken": SPOKEN,
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "typed": request.POST, "tried": request.POST.get("step", "")}
    return context


@require_safe
@access.roles_only(Role.UNIT, Role.WORKER, Role.DISPATCHER, Role.LEADER)
def ticket(request, pk):
    """One ticket of those this person may see."""
    return ticket_page(request, ticket_of(request.user, pk))


def ticket_page(request, ticket, problem=None):
    """The page of a ticket; with a problem, its sentences and everything that was typed."""
    context = context_of(request, ticket, access.actor_of(request.user), problem)
    context["forward"] = next((step for step in context["held"].steps if step.forward), None)
    return render(request, "staff/ticket.html", context, status=problem.status if problem else 200)


@require_POST
@access.roles_only(*Role)
def take_step(request, pk):
    """One step of one ticket, from a form; leads back to the page it was taken on."""
    row = ticket_of(request.user, pk)
    try:
        asked = forms.read_step(request)
        take(row, asked, access.actor_of(request.user))
    except Problem as problem:
        return ticket_page(request, ticket_of(request.user, pk), problem)
    messages.success(request, _("%(number)s：%(step)s，记下了") % {"number": row.number, "step": StepName(asked.step).label})
    if request.POST.get("back") == "desk":
        return redirect("desk")
    return redirect("ticket", pk)


def take(ticket, asked, actor):
    """Take a step that a page sent. Returns the event."""
    return workflow.advance(ticket, asked.step, actor, seen=asked.seen, key=asked.key, digest=asked.digest, **asked.given)


@require_POST
@access.roles_only(Role.DISPATCHER)
def dispatch(request, pk):
    """Accept and dispatch as proposed: two steps, both or neither."""
    row, actor = ticket_of(request.user, pk), access.actor_of(request.user)
    try:
        with transaction.atomic():
            accepted = take(row, forms.read_step(request, StepName.ACCEPT), actor).ticket
            asked = forms.read_step(request, StepName.DISPATCH)
            given = {"unit": accepted.proposed} | asked.given  # another kind may have another unit
            sent = workflow.advance(
                accepted, asked.step, actor, seen=accepted.version, key=asked.key, digest=asked.digest, **given
            )
    except Problem as problem:
        return ticket_page(request, ticket_of(request.user, pk), problem)
    messages.success(request, _("%(number)s 已派给%(unit)s") % {"number": row.number, "unit": sent.ticket.unit})
    return redirect("desk")
