"""The leaders' map: the page with its table, the document in its frame, the weeks that it plays, and the sheet for print."""

from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_app import charts, frames, stats
from gis_app.access import SEES_FIGURES, roles_only
from gis_app.charts import HELD_AGAINST, Show
from gis_app.charts.paper import days, size_of, subject
from gis_app.forms.heat import PERIODS, majors_of, one_of, query_of, read_heat
from gis_app.models import Town
from gis_app.models.unit import in_language
from gis_app.words import Task, TownKind
from layers.cells import DRAWN, PUBLIC, STORED
from layers.density import BANDWIDTHS
from layers.draw import Wording, heat_map, signed

LEAFLET = ("leaflet.js", "leaflet.css")
TILES = urlsplit(settings.TILES_URL.replace("{s}", "*")) if "://" in settings.TILES_URL else None
OWN = {"Cache-Control": "private, no-store"}


@require_safe
@roles_only(*SEES_FIGURES)
def page(request):
    """What was asked for on the map, with the towns beside it."""
    today = timezone.localdate()
    asked = read_heat(request.GET, today)
    chart = charts.chart_of(asked)
    return render(request, "lead/heat.html", _switches(request.GET, asked) | _facts(asked, chart) | _slider(asked, today))


@require_safe
@roles_only(*SEES_FIGURES)
@csp_update({"img-src": [f"{TILES.scheme}://{TILES.netloc}"]} if TILES else {})
def document(request):
    """The map itself: a document of its own, since its scripts are inside it and run by this answer's nonce alone."""
    asked = read_heat(request.GET, timezone.localdate())
    chart = charts.chart_of(asked, _fine(asked))
    tiles = (settings.TILES_URL, TILES.hostname) if TILES else None
    assets = {name: static(f"vendor/leaflet-1.9.4/{name}") for name in LEAFLET}
    drawn = heat_map(chart.overlay, charts.ground_named(), _wording(asked), assets, tiles)
    return HttpResponse(signed(drawn, request.csp_nonce), headers=OWN)


@require_safe
@roles_only(*SEES_FIGURES)
def weeks(request):
    """The cells of each week of a year, as few bytes, once somebody plays them."""
    today = timezone.localdate()
    asked = read_heat(request.GET, today, also={"res"})
    return JsonResponse(charts.weeks_of(asked, today, int(one_of(request.GET, "res", (7, 8), 8))), headers=OWN)


@require_safe
@roles_only(*SEES_FIGURES)
def sheet(request):
    """The map for print."""
    today = timezone.localdate()
    picture = charts.picture(read_heat(request.GET, today), today)
    return HttpResponse(picture, content_type="image/png", headers=OWN | {"Content-Disposition": 'inline; filename="heat.png"'})


def _fine(asked):
    """Where the map asks for finer cells of what is in view."""
    major = f"&major={asked.major}" if asked.major else ""
    first, last = asked.period
    per = f"&per={HELD_AGAINST[asked.show]}" if asked.show in HELD_AGAINST else ""
    return f"/api/v1/heat?task={asked.task}{major}&from={first}&to={last}&res=9&format=packed{per}&bbox="


def _facts(asked, chart):
    """The numbers and the table, all from the chart."""
    before = None if chart.tested else _before(asked)
    total = charts.total_of(chart)
    towns = _town_rows(chart, before)
    streets = [row for row in towns if row["kind"] == TownKind.STREET]
    return {
        "asked": asked,
        "chart": chart,
        "subject": subject(asked),
        "start": asked.period.first,
        "end": asked.period.last,
        "than": days(asked.than),
        "towns": towns,
        "total": f"{total:,}",
        "streets": len(streets),
        "share": round(100 * sum(row["tickets"] for row in streets) / total) if total else None,
        "change": _change(total, None if before is None else sum(before.values())),
        "shown": sum(abs(shade - 3) > 0 for shade in chart.overlay.areas["shade"]) if chart.tested else None,
        "cells": "cell" in chart.overlay.areas,
    }


def _before(asked):
    """{town code: tickets} of the period before, or None when the counts do not reach that far back."""
    first, last = asked.period.before
    return frames.town_totals(asked.task, first, last, asked.major) if stats.known_since(first, asked.task) else None


def _switches(given, asked):
    """The rows of joined links and the lists, each keeping what the others chose."""
    names = {30: _("近 30 天"), 90: _("近 90 天"), 365: _("近一年")}
    dated = given.get("from") or given.get("to")
    days_now, no_dates = None if dated else int(given.get("days", PERIODS[1])), {"from": None, "to": None}
    return {
        "tasks": [(task, query_of(given, task=task, major=None, days=days_now)) for task in Task],
        "periods": [(names[d], query_of(given, task=asked.task, days=d, **no_dates), d == days_now) for d in PERIODS],
        "shows": [(show, query_of(given, task=asked.task, days=days_now, show=show)) for show in _offered(asked)],
        "bands": [(band, query_of(given, task=asked.task, band=band)) for band in BANDWIDTHS],
        "majors": majors_of(asked.task),
        "query": query_of(given, task=asked.task, days=days_now),
        "period": names.get(days_now, days(asked.period)),
        "days": days_now,
        "dated": asked.period if dated else None,
        "thanned": asked.than if given.get("than_from") else None,
    }


def _offered(asked):
    """What can be looked at: what is held against people or road only where that is loaded, or was asked for by address."""
    loaded = stats.exposures()
    return [show for show in Show if show == asked.show or HELD_AGAINST.get(show) in (None, *loaded)]


def _slider(asked, today):
    """The weeks under the map; only counts are played."""
    if asked.show != Show.COUNT:
        return {}
    return {"wide": 10 * charts.WEEKS, "bars": [_bar(place, *bar) for place, bar in enumerate(charts.bars(asked, today))]}


def _bar(place, monday, count, height, chosen):
    """A bar of the slider, in units of a picture 42 high; a week without tickets is still two units high, so that it is seen."""
    size = 38 * height + 2
    shape = {"x": 10 * place, "y": f"{42 - size:.1f}", "height": f"{size:.1f}"}
    return shape | {"monday": monday, "count": f"{count:,}", "chosen": chosen}


def _town_rows(chart, before):
    """The table: every town, most tickets first; numbers from the query that the map is drawn from."""
    most, rates = max(chart.towns.values(), default=0) or 1, chart.rates or {}
    rows = []
    for town in Town.objects.order_by("code"):
        count = chart.towns.get(town.code, 0)
        than, found = (chart.tested or {}).get(town.code, (0, 0))
        rows.append(
            {
                "name": in_language(town.name, frames.latin(town.name)),
                "kind": town.kind,
                "tickets": count,
                "count": f"{count:,}",
                "bar": f"{100 * count / most:.1f}",
                "change": _change(count, None if before is None else before.get(town.code, 0)),
                "than": f"{than:,}",
                "found": (_("明显多了") if found > 0 else _("明显少了")) if found else _("说不准"),
                "rate": f"{rates[town.code]:.2f}" if town.code in rates else "—",
            }
        )
    return sorted(rows, key=lambda row: -row["tickets"])


def _wording(asked):
    return Wording(
        lang="en" if translation.get_language() == "en" else "zh-Hans",
        title=_("热力图：%(task)s") % {"task": subject(asked)},
        note=_("示意边界，非法定界线"),
        metre=_("米"),
        kilometre=_("千米"),
        zoom_in=_("放大"),
        zoom_out=_("缩小"),
        sizes={res: f"· {size_of(res)}" for res in (PUBLIC, DRAWN, STORED)},
    )


def _change(now, before):
    """More or fewer than before, in words for a table; empty when there is nothing to compare with."""
    if before is None:
        return ""
    return "0" if now == before else f"{now - before:+,}".replace("-", "−")
