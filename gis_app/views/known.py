"""What is known to everybody: open problems near by, and where people report most."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_app import frames, locate, near, words
from gis_app.errors import BadField, Problem
from gis_app.forms.report import number
from gis_app.words import Reading
from layers.cells import cell_named, centre


@require_safe
def open_near(request):
    """Open problems within 100 m of a position, or in a village or town that is named; kinds and bands, no dots."""
    asked = {name: request.GET.get(name, "").strip() for name in ("lon", "lat", "q")}
    context = {"asked": asked, "searched": any(asked.values())}
    try:
        context |= _near(asked)
    except Problem as problem:
        context |= {"problem": problem}
    status = context["problem"].status if "problem" in context else 200
    return render(request, "public/open.html", context, status=status)


def _near(asked):
    """{rows, place in words} of what was asked for. Raises BadField, OutsideArea."""
    if asked["lon"] or asked["lat"]:
        lon, lat = number(asked["lon"]), number(asked["lat"])
        if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= 90):
            raise BadField(field="lon, lat", why=_("经纬度要写成数字，如 107.76 和 32.98。"))
        return {"rows": near.around(lon, lat), "where": locate.town_of(lon, lat)}
    if not asked["q"]:
        return {}
    place, where, rows = near.by_name(asked["q"][:200])
    if place.reading != Reading.ONE:
        return {"unread": place.reading, "candidates": place.candidates}
    return {"rows": rows, "where": where}


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
