"""One ticket as a page: what was said, where, what happened, and the steps that this person may take now."""

from dataclasses import dataclass

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, forms, privacy, workflow
from gis_app.classify import stretch
from gis_app.errors import ContactUnread, NotFound
from gis_app.models import Photo
from gis_app.route.workers import workers_of
from gis_app.views.spoken import SPOKEN
from gis_app.words import PhotoKind, Role, State, StepName

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
    """What a ticket's page shows beside the ticket itself. words: of each report, as privacy shows them."""

    reports: list
    words: list
    events: list
    photos: dict
    may: list
    steps: list
    workers: list

    @property
    def first(self):
        return self.reports[0] if self.reports else None

    @property
    def reachable(self):
        """Whether any sender has left word how to be reached."""
        return any(hasattr(report, "contact") for report in self.reports)

    @property
    def hides(self):
        return any(each.hides for each in self.words)


def seen(ticket, actor, original=False):
    """Everything that a ticket's page shows, in three queries. original: the words of reports unmasked."""
    events = list(ticket.events.select_related("said", "user", "unit").order_by("-seq"))
    reports = list(ticket.reports.select_related("said", "contact").order_by("pk"))
    pictures = Photo.objects.filter(Q(report__in=reports) | Q(event__in=events)).order_by("-pk")
    photos = {kind.value: [one for one in pictures if one.kind == kind][:BEFORE_AFTER] for kind in PhotoKind}
    may = workflow.may(ticket, actor)
    words = [privacy.shown(report, original) for report in reports]
    workers = workers_of(ticket.unit_id, ticket.grid_id) if StepName.ASSIGN in may else []
    offered = [step for step in may if step != StepName.ASSIGN or workers]  # a unit without workers has nobody to choose
    return Seen(reports, words, events, photos, may, forms.step_forms(offered), workers)


def context_of(request, ticket, actor, problem=None, original=False, once_a_day=False):
    """The context that the ticket's page and the desk share; after a problem, with what was typed.

    original: with the words of reports unmasked; where that shows more, the look is remembered, or once a day.
    """
    held = seen(ticket, actor, original)
    if original and held.hides:
        privacy.look(ticket, request.user, once_a_day)
    context = {
        "actor": actor,
        "ticket": ticket,
        "workers": held.workers,
        "held": held,
        "original": original,
        "read": forms.read_first(held.first.reading) if held.first else {},
        "may_reach": held.reachable and privacy.may_reach(ticket, actor),
        "also_said": also_said(ticket, held) if Role.DISPATCHER in actor.roles else (),
        "now": timezone.now(),
        "key": forms.fresh_key(),
        "spoken": SPOKEN,
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "typed": request.POST, "tried": request.POST.get("step", "")}
    return context


def also_said(ticket, held):
    """[(category, words)] of other problems that the first report speaks of, as long as the ticket might be split for them."""
    if not held.first or ticket.state not in (State.NEW, State.ACCEPTED):
        return []
    others = [part for part in forms.read_first(held.first.reading)["parts"] if part["category"].pk != ticket.category_id]
    return [(part["category"], stretch(held.words[0].text, part["start"], part["end"])) for part in others]


@require_safe
@access.roles_only(Role.UNIT, Role.WORKER, Role.DISPATCHER, Role.LEADER)
def ticket(request, pk):
    """One ticket of those this person may see."""
    return ticket_page(request, ticket_of(request.user, pk))


@require_safe
@access.roles_only(Role.UNIT, Role.WORKER, Role.DISPATCHER, Role.LEADER)
def original(request, pk):
    """One ticket with what people said as they said it; that look is remembered."""
    return ticket_page(request, ticket_of(request.user, pk), original=True)


@never_cache
@require_POST
@access.roles_only(Role.UNIT, Role.DISPATCHER)
def contact(request, pk):
    """One ticket with how to reach its senders, shown this once; that look is remembered."""
    found = ticket_of(request.user, pk)
    try:
        contacts = privacy.contacts(found, access.actor_of(request.user))
    except ContactUnread as problem:
        return ticket_page(request, found, problem)
    return ticket_page(request, found, contacts=contacts)


def ticket_page(request, ticket, problem=None, original=False, contacts=None):
    """The page of a ticket; with a problem, its sentences and everything that was typed. contacts: {report's id: text}."""
    context = context_of(request, ticket, access.actor_of(request.user), problem, original) | {"contacts": contacts}
    context["forward"] = next((step for step in context["held"].steps if step.forward), None)
    return render(request, "staff/ticket.html", context, status=problem.status if problem else 200)
