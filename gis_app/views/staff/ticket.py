"""One ticket as a page: what was said, where, what happened, and the steps that this person may take now."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, clock, forms, privacy, workflow
from gis_app.classify import stretch
from gis_app.errors import ContactUnread, NotFound
from gis_app.models import Member, Photo
from gis_app.route.workers import lookers_of, workers_of
from gis_app.views.spoken import SPOKEN
from gis_app.views.staff.standing import standing
from gis_app.words import PhotoKind, Role, StepName

ROWS = ("category", "town", "village", "unit", "proposed", "worker", "checker")
GIVEN_TO_SOMEBODY = (StepName.ASSIGN, StepName.SEND_CHECK)
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
    others: workflow.Others

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
    """Everything that a ticket's page shows, in five queries at most. original: the words of reports unmasked."""
    leads = Exists(Member.objects.filter(user=OuterRef("user"), role=Role.LEADER))
    events = list(ticket.events.select_related("said", "user", "unit").annotate(by_leader=leads).order_by("-seq"))
    reports = list(ticket.reports.select_related("said", "contact").order_by("pk"))
    pictures = Photo.objects.filter(Q(report__in=reports) | Q(event__in=events)).order_by("-pk")
    photos = {kind.value: [one for one in pictures if one.kind == kind][:BEFORE_AFTER] for kind in PhotoKind}
    may = workflow.may(ticket, actor)
    words = [privacy.shown(report, original) for report in reports]
    workers = whom_to_choose(ticket, may)
    offered = [step for step in may if step not in GIVEN_TO_SOMEBODY or workers]  # where nobody is to choose from, no form
    others = workflow.others(ticket, access.tickets_for(actor.user), near=StepName.MERGE in may)
    parts = also_said(ticket, reports, words) if StepName.SPLIT in may else ()
    steps = forms.step_forms(offered, ticket, workers, others.near, parts)
    return Seen(reports, words, events, photos, may, steps, others)


def whom_to_choose(ticket, may):
    """[User] to assign a ticket to, or to send there to look; the two are never open at once."""
    if StepName.ASSIGN in may:
        return workers_of(ticket.unit_id, ticket.grid_id)
    return lookers_of(ticket.town_id, ticket.grid_id, ticket.finished_by_id) if StepName.SEND_CHECK in may else []


def context_of(request, ticket, actor, problem=None, original=False, once_a_day=False):
    """The context that the ticket's page and the desk share; after a problem, with what was typed.

    original: with the words of reports unmasked; where that shows more, the look is remembered, or once a day.
    """
    held = seen(ticket, actor, original)
    if original and held.hides:
        privacy.look(ticket, request.user, once_a_day)
    now = timezone.now()
    context = {
        "actor": actor,
        "ticket": ticket,
        "held": held,
        "stands": standing(ticket, held.events, held.others, now),
        "clock_lines": clock.explain(ticket, events=held.events[::-1]),
        "beside_words": [step for step in held.steps if step.name in (StepName.RELEASE, StepName.WITHHOLD)],
        "original": original,
        "read": forms.read_first(held.first.reading) if held.first else {},
        "may_reach": held.reachable and privacy.may_reach(ticket, actor),
        "also_said": also_said(ticket, held.reports, held.words) if StepName.SPLIT in held.may else (),
        "now": now,
        "key": forms.fresh_key(),
        "spoken": SPOKEN,
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "typed": request.POST, "tried": request.POST.get("step", "")}
    return context


def laid_out(context, without=()):
    """Where on a page the steps of a ticket's context stand. without: those that the page shows in another way."""
    steps = context["held"].steps
    flat, folded = forms.arranged(steps, without)
    forward = next((step for step in steps if step.forward and step.name not in without), None)
    tried_rare = any(step.name == context.get("tried") for _heading, rare in folded for step in rare)
    return {"forward": forward, "open_steps": flat, "folded": folded, "tried_rare": tried_rare}


def also_said(ticket, reports, words):
    """[(category, words)] of other problems that the first report speaks of; a ticket may be split for them."""
    if not reports:
        return []
    found = [part for part in forms.read_first(reports[0].reading)["parts"] if part["category"].pk != ticket.category_id]
    return [(part["category"], stretch(words[0].text, part["start"], part["end"])) for part in found]


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
    context |= laid_out(context)
    return render(request, "staff/ticket.html", context, status=problem.status if problem else 200)
