"""Pages that need no account: report, follow, what is known, photos, and whether the service lives."""

import shutil

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from gis_app import access, forms, frames, intake, locate, privacy, redact, words
from gis_app.api import api
from gis_app.errors import NotFound, Problem
from gis_app.models import Photo, remembered
from gis_app.models import Village as VillageRow
from gis_app.models.report import read_code
from gis_app.views.spoken import SPOKEN
from layers.cells import cell_named, centre

DISK_LEFT_MB = 100


@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    """The first page; a form without JavaScript posts to it."""
    form = forms.ReportForm.read(request)
    if request.method != "POST":
        return _report_page(request, form)
    try:
        if not request.user.is_authenticated:
            access.count_post(request.META.get("REMOTE_ADDR", ""))
        caller = str(request.user.pk or "")
        made, _fresh = intake.receive(form.said(), key=form.key, caller=caller, ask_side=not form.side_asked)
    except Problem as problem:
        return _report_page(request, form, problem)
    return redirect(f"{reverse('follow', args=[made.code])}?sent=1")


def _report_page(request, form, problem=None):
    context = {
        "form": form,
        "kinds": forms.kinds(),
        "majors": forms.majors(),
        "total": len(forms.categories()),
        "tasks": list(words.Task),
        "classes": frames.PUBLIC_CLASSES,
        "spoken": SPOKEN | {"classes": frames.PUBLIC_CLASSES},
        "api": "/api/v1/",
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "field": forms.field_of(problem)}
    return render(request, "public/report.html", context, status=problem.status if problem else 200)


@require_safe
def follow_any(request):
    """A form for the code; a right one leads on."""
    typed = request.GET.get("code", "")
    if code := read_code(typed):
        return redirect("follow", code)
    return render(request, "public/follow_any.html", {"typed": typed, "wrong": bool(typed.strip())})


@require_safe
def follow(request, code):
    """What became of a report, for whoever holds its code."""
    try:
        report = access.report_of_code(code)
    except NotFound:
        return render(request, "public/follow_any.html", {"typed": code, "wrong": True}, status=404)
    ticket, events = report.ticket.root(), report.ticket.life()[::-1]
    context = {
        "report": report,
        "told": privacy.shown(report),
        "read": forms.read_first(report.reading),
        "ticket": ticket,
        "unit": ticket.unit or ticket.proposed,
        "due": ticket.due_at or report.due_at,
        "sent": "sent" in request.GET,
        "steps": [_told_step(event, ticket) for event in events if event.step in words.CITIZEN_STEPS],
        "before": report.photos.all(),
        "after": [photo for event in events for photo in event.photos.all() if photo.kind == words.PhotoKind.AFTER],
        "refusal": next((_refusal(event) for event in events if event.step == words.StepName.REJECT), None),
        "spoken": SPOKEN,
        "map_url": reverse("county"),
    }
    return render(request, "public/follow.html", context)


def _told_step(event, ticket):
    """An event in a citizen's words: no staff names, the unit's own words masked."""
    note = redact.mask(event.said.text) if event.step == words.StepName.FINISH and event.said else ""
    unit = ticket.unit if event.step == words.StepName.DISPATCH else event.unit
    return {"at": event.at, "label": words.CITIZEN_STEPS[event.step], "unit": unit, "note": note}


def _refusal(event):
    """Why a report was not taken on, and whom to turn to."""
    reason = event.given.get("reason", "")
    label = dict(words.RejectReason.choices).get(reason, "")
    return {"reason": label, "handoff": next((row for row in forms.handoffs() if row.code == event.given.get("handoff")), None)}


@require_safe
def known(request):
    """The public map as a list: where people reported most, by town, in classes."""
    task = request.GET.get("task") if request.GET.get("task") in words.Task.values else words.Task.SIX
    cells = frames.public_heat(task, timezone.localdate())
    rows = {}
    for cell, name in zip(cells["cell"], cells["class"], strict=True):
        try:
            town = locate.town_of(*centre(cell_named(cell)))
        except Problem:  # a cell on the county's edge whose centre lies beyond it
            continue
        rows.setdefault(town, {}).setdefault(name, 0)
        rows[town][name] += 1
    table = [(town, [held.get(name, 0) for name in frames.PUBLIC_CLASSES]) for town, held in rows.items()]
    table.sort(key=lambda row: row[1][::-1], reverse=True)
    return render(
        request, "public/known.html", {"table": table, "classes": frames.PUBLIC_CLASSES, "tasks": list(words.Task), "task": task}
    )


@remembered("places")
def _places():
    rows = VillageRow.objects.order_by("code").only("name", "point")
    return [{"name": row.name, "lon": round(row.point.x, 5), "lat": round(row.point.y, 5)} for row in rows]


@require_safe
@cache_control(public=True, max_age=3600)
def places(request):
    """The names that the map shows when near: villages and communities."""
    return JsonResponse(_places(), safe=False)


@require_safe
@cache_control(private=True, max_age=3600)
def photo(request, pk):
    """A picture, for members who may see its ticket or were drawn to check it, and for whoever holds the report's code."""
    if code := request.GET.get("code"):
        report = access.report_of_code(code)
        mine = Q(report=report) | Q(event__ticket=report.ticket_id, kind=words.PhotoKind.AFTER)
    else:
        tickets = access.tickets_for(request.user)
        drawn = access.checks_for(request.user).filter(result="").values("ticket")
        mine = Q(report__ticket__in=tickets) | Q(event__ticket__in=tickets)
        mine |= Q(report__ticket__in=drawn) | Q(event__ticket__in=drawn)
    found = Photo.objects.filter(mine, pk=pk).first()
    if found is None:
        raise NotFound
    return FileResponse(found.file.open("rb"), content_type="image/jpeg")


@require_safe
def programs(request):
    """The HTTP API for people who write programs, read off its own description."""
    schema = api.get_openapi_schema()
    calls = [
        {**call, "method": method.upper(), "path": path, "takes": _takes(schema, call)}
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
    ]
    return render(request, "public/programs.html", {"calls": calls})


def _takes(schema, call):
    """[(name, where it is sent, whether it must be)] of an API call."""
    takes = [(given["name"], given["in"], given["required"]) for given in call.get("parameters", [])]
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json":
            body = schema["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
            takes += [(name, "body", name in body.get("required", [])) for name in body["properties"]]
    return takes


@require_safe
def healthz(request):
    """Whether the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request):
    """Whether database, migrations and disk are as they must be; 503 says which is not."""
    checks = {"database": _database, "migrations": _migrations, "disk": _disk}
    answers = {}
    for name, check in checks.items():
        try:
            answers[name] = check()
        except Exception as error:  # whatever is wrong, this page must say so rather than break
            answers[name] = type(error).__name__
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"ready": ready, **answers}, status=200 if ready else 503)


def _database():
    connection.ensure_connection()
    return "ok" if connection.is_usable() else _("没有回答")


def _migrations():
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not missing else _("还差 %d 个迁移") % len(missing)


def _disk():
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    left = shutil.disk_usage(settings.MEDIA_ROOT).free // 2**20
    return "ok" if left >= DISK_LEFT_MB else _("只剩 %d MB") % left
