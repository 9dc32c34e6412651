"""Maps: the leaders' density map with its table, the document in its frame, and the county for everybody's map."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from gis_app import frames, stats
from gis_app.access import SEES_FIGURES, roles_only
from gis_app.errors import BadField
from gis_app.models import Town
from gis_app.models.unit import in_language
from gis_app.words import Task, TownKind
from layers.draw import Wording, signed
from layers.draw import heat_map as drawn
from layers.heat import SHADES, STAFF_CLASSES

PERIODS = (30, 90, 365)  # days up to today
LEAFLET = ("leaflet.js", "leaflet.css")
TILES = urlsplit(settings.TILES_URL.replace("{s}", "*")) if "://" in settings.TILES_URL else None


@require_safe
@roles_only(*SEES_FIGURES)
def heat(request):
    """A task's density map over a period, with the towns beside it."""
    task, days = _asked(request)
    start, end = _period(days)
    found, before = frames.heat_and_towns(task, start, end), _before(task, days, start)
    towns = _town_rows(found.towns, before)
    streets = [row for row in towns if row["kind"] == TownKind.STREET]
    total = found.total
    facts = {
        "task": Task(task),
        "start": start,
        "end": end,
        "towns": towns,
        "total": _figure(total),
        "streets": len(streets),
        "share": round(100 * sum(row["tickets"] for row in streets) / total) if total else None,
        "change": _change(total, None if before is None else sum(count for count, _voices in before.values())),
        "unplaced": sum(found.town_only.values()),
        "legend": list(zip(SHADES, STAFF_CLASSES, strict=True)),
    }
    return render(request, "lead/heat.html", _switches(task, days) | facts)


@require_safe
@roles_only(*SEES_FIGURES)
@csp_update({"img-src": [f"{TILES.scheme}://{TILES.netloc}"]} if TILES else {})
def heat_map(request):
    """The map itself: a document of its own, since its scripts are inside it and run by this answer's nonce alone."""
    task, days = _asked(request)
    cells, _town_only = frames.heat(task, *_period(days))
    tiles = (settings.TILES_URL, TILES.hostname) if TILES else None
    document = drawn(cells, named(frames.ground()), _wording(task), {name: _vendored(name) for name in LEAFLET}, tiles)
    return HttpResponse(signed(document, request.csp_nonce), headers={"Cache-Control": "private, no-store"})


@require_safe
@condition(etag_func=lambda _request: f'"{hashlib.sha256(frames.county_map()).hexdigest()[:20]}"')
def county(request):
    """The county's outline, towns and neighbours for the citizen's map. Public, and the same until the boundaries change."""
    return HttpResponse(frames.county_map(), content_type="application/json", headers={"Cache-Control": "public, max-age=300"})


def _asked(request):
    """(task, days) of the query. Raises BadField for a name or a value that the page does not offer."""
    strange = sorted(set(request.GET) - {"task", "days"})
    if strange:
        raise BadField(field=strange[0], why=_("这一页只认 task 和 days。"))
    task, days = request.GET.get("task", Task.SIX), request.GET.get("days", "90")
    if task not in Task.values:
        raise BadField(field="task", why=_("可以选：%(choices)s。") % {"choices": " ".join(Task.values)})
    if days not in map(str, PERIODS):
        raise BadField(field="days", why=_("可以选：%(choices)s。") % {"choices": " ".join(map(str, PERIODS))})
    return task, int(days)


def _period(days, end=None):
    """(first day, last day) in Asia/Shanghai, both included; the last is today unless it is given."""
    end = end or timezone.localdate()
    return end - timedelta(days=days - 1), end


def _before(task, days, start):
    """{town code: (count, voices)} of the period before, or None when the counts do not reach that far back."""
    first, last = _period(days, end=start - timedelta(days=1))
    return stats.town_counts(first, last, task)[0] if stats.known_since(first, task) else None


def _switches(task, days):
    """The two rows of joined links, each keeping what the other chose."""
    names = {30: _("近 30 天"), 90: _("近 90 天"), 365: _("近一年")}
    return {
        "tasks": [{"task": choice, "query": f"?task={choice}&days={days}", "chosen": choice == task} for choice in Task],
        "periods": [{"name": names[d], "query": f"?task={task}&days={d}", "chosen": d == days} for d in PERIODS],
        "query": f"?task={task}&days={days}",
        "period": names[days],
    }


def _town_rows(now, before):
    """The table: every town, most tickets first; numbers from the query that the map is drawn from."""
    most = max([count for count, _voices in now.values()], default=0) or 1
    rows = []
    for town in Town.objects.order_by("code"):
        count = now.get(town.code, (0, 0))[0]
        rows.append(
            {
                "name": in_language(town.name, frames.latin(town.name)),
                "kind": town.kind,
                "tickets": count,
                "count": _figure(count),
                "bar": f"{100 * count / most:.1f}",
                "change": _change(count, None if before is None else before.get(town.code, (0, 0))[0]),
            }
        )
    return sorted(rows, key=lambda row: -row["tickets"])


def named(ground):
    """The ground with its names in the reader's language."""
    towns = [label._replace(name=in_language(label.name, frames.latin(label.name))) for label in ground.towns]
    beside = [
        (label._replace(name=in_language(label.name, frames.latin(label.name))), paths) for label, paths in ground.neighbours
    ]
    return ground._replace(towns=towns, neighbours=beside)


def _wording(task):
    return Wording(
        lang="en" if translation.get_language() == "en" else "zh-Hans",
        title=_("热力图：%(task)s") % {"task": Task(task).label},
        note=_("示意边界，非法定界线"),
        count=_("件数"),
        voices=_("上报次数"),
        metre=_("米"),
        kilometre=_("千米"),
        zoom_in=_("放大"),
        zoom_out=_("缩小"),
    )


def _vendored(name):
    return static(f"vendor/leaflet-1.9.4/{name}")


def _figure(number):
    return f"{number:,}"


def _change(now, before):
    """More or fewer than before, in words for a table; empty when there is nothing to compare with."""
    if before is None:
        return ""
    return "0" if now == before else f"{now - before:+,}".replace("-", "−")
