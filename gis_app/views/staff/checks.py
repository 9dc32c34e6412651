"""Re-checks for whoever was drawn: the list, and one closed ticket to look at, with the form for what was found."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gis_app import access, draws, photos, redact
from gis_app.draws.announcing import today
from gis_app.errors import NotFound, Problem
from gis_app.models import Photo
from gis_app.views.spoken import SPOKEN
from gis_app.words import CHECKING, PhotoKind, Recheck, StepName
from gis_app.workflow import INPUTS

WITH = ("ticket__category", "ticket__town", "draw", "unit")
LISTS = ("draw__tickets_csv", "draw__checkers_csv", "draw__announcement")
DONE = 20  # of those that are done, how many the list shows


def checks_for(user):
    """The checks of this person, ready for a page."""
    return access.checks_for(user).select_related(*WITH).defer(*LISTS)


@require_safe
@access.roles_only(*CHECKING)
def mine(request):
    """What is to be looked at, by the last day for it, and what is done."""
    every = checks_for(request.user)
    context = {
        "actor": access.actor_of(request.user),
        "waiting": list(every.filter(result="").order_by("draw__due_on", "draw", "order")),
        "done": list(every.exclude(result="").order_by("-at")[:DONE]),
        "today": today(),
    }
    return render(request, "staff/checks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.roles_only(*CHECKING)
def one(request, pk):
    """One check of this person: the ticket, read only and with its words masked, and the form; once it is done, its result."""
    check = checks_for(request.user).filter(pk=pk).first()
    if check is None:
        raise NotFound
    if request.method != "POST":
        return shown(request, check)
    try:
        draws.record(check, finding_of(request), request.user)
    except Problem as problem:
        check.refresh_from_db(fields=["result", "at", "metres_off", "far"])
        return shown(request, check, problem, problem.status)
    messages.success(request, _("%s 的复查结果记下了。") % check.ticket.number)
    return redirect("checks")


def finding_of(request):
    """What the form says was found. Raises BadField, BadPhoto. The place: as typed or located, else as a photo tells."""
    typed = [request.POST.get(name, "").strip() for name in ("lon", "lat")]
    files = request.FILES.getlist("photos")
    pictures = photos.prepare(files)
    place = (INPUTS["lon"].read(typed[0]), INPUTS["lat"].read(typed[1])) if any(typed) else None
    place = place or next(filter(None, map(photos.taken_at, files)), None)
    note = INPUTS["note"].read(request.POST.get("note", ""))
    return draws.Finding(request.POST.get("result", ""), note, place, tuple(pictures))


def shown(request, check, problem=None, status=200):
    """The page of a check. Of one that is done nothing more of the ticket is shown than its number and the result."""
    context = {"actor": access.actor_of(request.user), "check": check, "problem": problem, "typed": request.POST}
    if not check.result:
        context |= ticket_of(check.ticket) | {"spoken": SPOKEN, "map_url": reverse("county"), "results": Recheck.choices}
    return render(request, "staff/check.html", context, status=status)


def ticket_of(ticket):
    """What a checker sees of a ticket: what people said and the unit said it did, masked, and the photos of both."""
    finish = ticket.events.filter(step=StepName.FINISH).select_related("said").order_by("-seq").first()
    pictures = list(Photo.objects.filter(Q(report__ticket=ticket) | Q(event__ticket=ticket)).order_by("pk"))
    return {
        "ticket": ticket,
        "said": [report.public_text for report in ticket.reports.order_by("pk")],
        "answer": redact.mask(finish.said.text) if finish and finish.said else "",
        "held": {"photos": {kind.value: [one for one in pictures if one.kind == kind] for kind in PhotoKind}},
    }
