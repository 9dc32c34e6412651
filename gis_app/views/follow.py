"""What became of a report, for whoever holds its code, and the steps that are the sender's own."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from gis_app import access, clock, forms, privacy, words, workflow
from gis_app.errors import NotFound, Problem, SendersOnly
from gis_app.forms import following
from gis_app.models.report import read_code
from gis_app.views.spoken import SPOKEN


@require_safe
def follow_any(request):
    """A form for the code; a right one leads on."""
    typed = request.GET.get("code", "")
    if code := read_code(typed):
        return redirect("follow", code)
    return render(request, "public/follow_any.html", {"typed": typed, "wrong": bool(typed.strip())})


@require_safe
def follow(request, code):
    """What became of a report."""
    try:
        report = access.report_of_code(code)
    except NotFound:
        return unknown(request, code)
    return follow_page(request, report)


def unknown(request, code):
    """The form for a code, with the one that opens nothing."""
    return render(request, "public/follow_any.html", {"typed": code, "wrong": True}, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
def take_step(request, code):
    """One of the sender's own steps; refused, the page comes back with what was typed. Asked for, it is the report's page."""
    try:
        report = access.report_of_code(code)
    except NotFound:
        return unknown(request, code)
    if request.method != "POST":
        return redirect("follow", report.code)
    try:
        if request.user.is_authenticated:
            raise SendersOnly
        access.count_post(request.META.get("REMOTE_ADDR", ""))
        asked = following.read_step(request)
        ticket, given = report.ticket.root(), asked.given
        workflow.advance(ticket, asked.step, access.sender_of(report), asked.seen, asked.key, asked.digest, **given)
    except Problem as problem:
        return follow_page(request, access.report_of_code(code), problem)  # as it is now
    messages.success(request, following.OFFERED[asked.step])
    return redirect("follow", report.code)


def follow_page(request, report, problem=None):
    """A report's page; with a problem, its sentences and everything that was typed."""
    context = told(report) | {
        "offer": following.Offer() if request.user.is_authenticated else offer_of(report),
        "sent": "sent" in request.GET,
        "key": forms.fresh_key(),
        "spoken": SPOKEN,
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "typed": request.POST, "tried": request.POST.get("step", "")}
    return render(request, "public/follow.html", context, status=problem.status if problem else 200)


def offer_of(report):
    """What the holder of a report's code may do now."""
    return following.Offer.of(report.ticket.root(), access.sender_of(report))


def told(report):
    """Everything that a report's page tells."""
    ticket, events = report.ticket.root(), report.ticket.life()
    steps = [following.told(event, report) for event in reversed(events) if following.is_told(event, report)]
    after = [photo for event in reversed(events) for photo in event.photos.all() if photo.kind == words.PhotoKind.AFTER]
    return {
        "report": report,
        "told": privacy.shown(report),
        "read": forms.read_first(report.reading),
        "ticket": ticket,
        "unit": ticket.unit or ticket.proposed,
        "due": ticket.due_at or report.due_at,
        "standing": following.standing(report, ticket, events, timezone.now()),
        "lines": clock.explain(ticket, short=True),
        "parts": following.parts_of(report.ticket),
        "steps": steps,
        "before": report.photos.all(),
        "after": after,
        "refusal": following.refusal(events),
    }
