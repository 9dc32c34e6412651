"""The page where leaders, clerks, analysts and officers take tickets away as a file."""

import datetime as dt

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gis_app import access, extract
from gis_app.api.export import answer
from gis_app.errors import BadField, Problem
from gis_app.models import Category, Town, Unit
from gis_app.words import Role, State, Task

DAYS = 90  # that the form proposes, today included
USED_BY = {
    "csv": gettext_lazy("表格软件、R、Python，行数不限"),
    "xlsx": gettext_lazy("表格软件，里面附数据字典"),
    "geojson": gettext_lazy("网页地图，行数不限"),
    "gpkg": gettext_lazy("QGIS 等地图软件"),
    "parquet": gettext_lazy("Python、DuckDB，最小最快"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.roles_only(*access.EXPORTED)
def page(request):
    """GET says how many there are, POST gives them."""
    typed = {name: text.strip() for name, text in (request.POST if request.method == "POST" else request.GET).items()}
    typed.pop("csrfmiddlewaretoken", None)
    typed = typed or proposed()
    try:
        export = extract.of(request.user, read(typed))
        if request.method == "POST":
            return answer(export, request.user)
    except Problem as problem:
        return shown(request, typed, {"problem": problem}, problem.status)
    return shown(request, typed, {"export": export})


def proposed():
    """What the form holds before anybody has typed: the last quarter, for a spreadsheet."""
    today = timezone.localdate()
    return {"format": "xlsx", "from": (today - dt.timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat()}


def read(typed):
    """What the form asks for. Raises BadField."""
    if strange := sorted(typed.keys() - {"format", *extract.FILTERS}):
        raise BadField(field=strange[0], why=_("不认识这个参数；认识的有：%s。") % "、".join(("format", *extract.FILTERS)))
    return extract.read(typed)


def shown(request, typed, told, status=200):
    """The page."""
    roles = access.roles_of(request.user)
    context = {
        "typed": typed,
        "formats": [(name, USED_BY[name]) for name in extract.FORMATS],
        "tasks": Task.choices,
        "states": State.choices,
        "categories": Category.objects.order_by("code"),
        "towns": Town.objects.order_by("code"),
        "units": [] if roles & access.EXPORTED.keys() == {Role.UNIT} else Unit.objects.order_by("code"),
        "left_out": extract.LEFT_OUT,
    }
    return render(request, "lead/export.html", context | told, status=status)
