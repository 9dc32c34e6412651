"""One ticket as a page: what was said, where, what happened, and the steps that this person may take now."""

from dataclasses import dataclass

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gis_app import access, forms, workflow
from gis_app.errors import NotFound
from gis_app.models import Photo
from gis_app.route.workers import workers_of
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
    workers: list

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
    workers = workers_of(ticket.unit_id, ticket.grid_id) if StepName.ASSIGN in may else []
    offered = [step for step in may if step != StepName.ASSIGN or workers]  # a unit without workers has nobody to choose
    return Seen(reports, events, photos, may, forms.step_forms(offered), workers)


def context_of(request, ticket, actor, problem=None):
    """The context that the ticket's page and the desk share; after a problem, with what was typed."""
    held = seen(ticket, actor)
    context = {
        "actor": actor,
        "ticket": ticket,
        "workers": held.workers,
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
