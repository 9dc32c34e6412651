"""Pages that need no account: report, photos, and whether the service lives."""

import shutil

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from gis_app import access, forms, frames, intake, notify, words
from gis_app.api import api
from gis_app.errors import NotFound, Problem
from gis_app.models import Photo, remembered
from gis_app.models import Village as VillageRow
from gis_app.views.spoken import SPOKEN

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
        "tells": {"sms", "email"} & notify.ready().keys(),
        "map_url": reverse("county"),
    }
    if problem:
        context |= {"problem": problem, "field": forms.field_of(problem)}
    return render(request, "public/report.html", context, status=problem.status if problem else 200)


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
    """A picture: for who may see its ticket or was drawn to check it, who holds the report's code, everybody once released."""
    if code := request.GET.get("code"):
        mine = access.photos_of_sender(access.report_of_code(code))
    else:
        tickets = access.tickets_for(request.user)
        drawn = access.checks_for(request.user).filter(result="").values("ticket")
        mine = Q(report__ticket__in=tickets) | Q(event__ticket__in=tickets) | access.RELEASED_PHOTOS
        mine |= Q(report__ticket__in=drawn) | Q(event__ticket__in=drawn)
    found = Photo.objects.filter(mine, pk=pk).first()
    if found is None:
        raise NotFound
    try:
        return FileResponse(found.file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:  # a database that came back from a backup without its photos
        raise NotFound from error


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
