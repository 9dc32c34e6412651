"""The clerk's pages of boundaries: load a file, look at it, put it in use, undo that, and move open tickets after it."""

import hashlib
import json

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from gis_app import access, audit, loading
from gis_app.errors import BadField, BadFile, NotFound, Problem
from gis_app.loading import told
from gis_app.models import Edition, Stamp
from gis_app.views.spoken import SPOKEN
from gis_app.views.staff.editions import FEW, SHOWN, acts, called_by, kinds, move_row, shapes_of, sheet_of
from gis_app.views.staff.upload import MOST_MB, SYSTEMS, UploadForm
from gis_app.words import MAPPED, EditionKind, Role

ON_THE_MAP = {name: SPOKEN[name] for name in ("zoomIn", "zoomOut", "metres", "kilometres")} | {
    "broken": gettext_lazy("地图没有打开，下面的表里都有。"),
    "handed": gettext_lazy("%(was)s → %(now)s，%(area)s"),
    "nobody": gettext_lazy("无"),
    "squareMetres": gettext_lazy("%s 平方米"),
    "squareKilometres": gettext_lazy("%s 平方千米"),
}
for_clerks = access.roles_only(Role.CLERK)


def edition_of(pk):
    """The edition with this number. Raises NotFound."""
    found = Edition.objects.select_related("loaded_by").filter(pk=pk, kind__in=MAPPED).first()
    if found is None:
        raise NotFound
    return found


def in_use():
    """The numbers of all editions in use, as text: what somebody had on screen when they decided."""
    return ",".join(map(str, Edition.objects.filter(active=True).order_by("pk").values_list("pk", flat=True)))


@require_http_methods(["GET", "HEAD", "POST"])
@for_clerks
def boundaries(request):
    """What is in use of each kind, and the form for a new file; a file that is sent becomes an edition that is not in use."""
    if request.method != "POST":
        return boundaries_page(request, UploadForm.empty(request.GET.get("kind", EditionKind.TOWNS)))
    form, started = UploadForm.read(request), timezone.now()
    try:
        edition = form.load(request.user)
    except (BadField, BadFile) as problem:
        return boundaries_page(request, form.refused(problem), status=422)
    if edition.loaded_at < started:
        messages.success(request, _("这个文件以前传过，就是这一版。"))
    return redirect("edition", edition.pk)


def boundaries_page(request, form, problem=None, status=200):
    """The page of all kinds; with what was typed, and with a problem's sentences."""
    context = {
        "actor": access.actor_of(request.user),
        "kinds": kinds(),
        "acts": acts(),
        "form": form,
        "choices": [(kind.value, kind.label) for kind in MAPPED],
        "systems": SYSTEMS,
        "most_mb": MOST_MB,
        "problem": problem,
    }
    return render(request, "clerk/boundaries.html", context, status=status)


@require_safe
@for_clerks
def edition(request, pk):
    """The report of an edition and what using it would change."""
    return edition_page(request, edition_of(pk))


def edition_page(request, row, problem=None, stale=False):
    """The page of an edition; with a problem's sentences, or that something else has come into use meanwhile."""
    context = {
        "actor": access.actor_of(request.user),
        "edition": row,
        "in_use": in_use(),
        "problem": problem,
        "stale": stale,
        "spoken": ON_THE_MAP,
        "shown": SHOWN,
        "few": f":{FEW}",
        "rest": f"{FEW}:",
    }
    status = problem.status if problem else 409 if stale else 200
    return render(request, "clerk/edition.html", context | sheet_of(row), status=status)


@require_safe
@for_clerks
def report_text(request, pk):
    """The report as text."""
    row = edition_of(pk)
    text = "\n".join(told.lines(row, loading.change_of(row))) + "\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "private, no-store"})


@require_safe
@for_clerks
def report_json(request, pk):
    """The report as JSON, with every ticket that would move."""
    row = edition_of(pk)
    answer = told.as_json(row, loading.change_of(row))
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False}, headers={"Cache-Control": "private, no-store"})


def _drawn(request, pk):
    """What a report's map depends on: the edition, what is in use, the reader's language."""
    told_by = f"{pk} {Stamp.of('places')} {translation.get_language()}"
    return f'"{hashlib.sha256(told_by.encode()).hexdigest()[:20]}"'


@require_safe
@for_clerks
@condition(etag_func=_drawn)
def report_map(request, pk):
    """The shapes of a report's map."""
    body = json.dumps(shapes_of(edition_of(pk)), ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-cache"})


def if_still(request, seen, act):
    """Do what was decided, unless what is in use is no longer what was on screen. Returns act's result, None when it is not.

    seen: asked again while nobody else can change it, so that a second press, or a second clerk, finds what the first has done.
    """
    with transaction.atomic():
        audit.hold()
        return act() if request.POST.get("seen") == seen() else None


@require_POST
@for_clerks
def activate(request, pk):
    """Put an edition in use, if nothing else has come into use since it was looked at."""
    row, insist = edition_of(pk), request.POST.get("insist") == "yes"
    try:
        done = if_still(request, in_use, lambda: loading.activate(row, by=request.user, insist=insist))
    except Problem as problem:
        return edition_page(request, edition_of(pk), problem)
    if done is None:
        row = edition_of(pk)
        return edition_page(request, row, stale=not row.active)
    messages.success(request, _("第 %(pk)d 版%(kind)s启用了") % {"pk": row.pk, "kind": row.get_kind_display()})
    return after_a_change(request)


@require_POST
@for_clerks
def forget(request, pk):
    """Delete an edition that was never in use."""
    row = edition_of(pk)
    try:
        loading.forget(row, by=request.user)
    except Problem as problem:
        return edition_page(request, edition_of(pk), problem)
    messages.success(request, _("第 %(pk)d 版%(kind)s删掉了") % {"pk": pk, "kind": row.get_kind_display()})
    return redirect("boundaries")


@require_POST
@for_clerks
def undo(request):
    """Put back what was in use before, if nothing else has come into use since: pressed twice, it goes back once."""
    kind = request.POST.get("kind", "")
    try:
        row = if_still(request, lambda: _number_in_use(kind), lambda: loading.roll_back(kind, by=request.user))
    except Problem as problem:
        return boundaries_page(request, UploadForm.empty(), problem, problem.status)
    if row is None:
        messages.warning(request, _("现用的边界刚换过，没有撤回。看看现在的样子，再决定。"))
        return redirect("boundaries")
    messages.success(request, _("撤回到第 %(pk)d 版%(kind)s了") % {"pk": row.pk, "kind": row.get_kind_display()})
    return after_a_change(request)


def _number_in_use(kind):
    """The number of the edition of a kind that is in use, as text; empty when there is none."""
    return str(Edition.objects.filter(kind=kind, active=True).values_list("pk", flat=True).first() or "")


def after_a_change(request):
    """Back to the page of all kinds, which says how many open tickets lie elsewhere now."""
    if waiting := len(loading.moves()):
        messages.info(request, _("未结的案件有 %d 件要改址。") % waiting, extra_tags="moves")
    return redirect("boundaries")


@require_http_methods(["GET", "HEAD", "POST"])
@for_clerks
def relocations(request):
    """Open tickets that the boundaries in use put elsewhere: a batch to look through, and to move."""
    found = loading.moves()
    if request.method != "POST":
        return relocations_page(request, found)
    if request.POST.get("seen") != in_use():
        return relocations_page(request, found, stale=True, status=409)
    chosen = set(request.POST.getlist("ticket"))
    wanted = [move for move in found if move.ticket.number in chosen]
    gone = sorted(chosen - {move.ticket.number for move in wanted})[:SHOWN]
    if not chosen:
        return relocations_page(request, found, nothing=True, status=422)
    called = called_by()
    moved, left = loading.relocate(wanted, by=request.user, note=request.POST.get("note", "").strip()[:200])
    done = {"moved": len(moved), "left": [move_row(move, called) for move in left], "gone": gone}
    return relocations_page(request, loading.moves(), done=done)


def relocations_page(request, found, status=200, **told_now):
    """The page of open tickets to move: those that can be moved first, a batch at most."""
    found = sorted(found, key=lambda move: move.now["town"] is None)
    called = called_by() if found else {}
    context = {
        "actor": access.actor_of(request.user),
        "rows": [move_row(move, called) for move in found[:SHOWN]],
        "all": len(found),
        "rest": max(0, len(found) - SHOWN),
        "to_others": sum(move.changes_unit for move in found),
        "in_use": in_use(),
    }
    return render(request, "clerk/relocations.html", context | told_now, status=status)


@require_safe
@for_clerks
def boundaries_help(request):
    """One worked example, from the file to the undoing."""
    context = {"actor": access.actor_of(request.user), "upload": reverse("boundaries") + "#upload"}
    return render(request, "clerk/help.html", context)
