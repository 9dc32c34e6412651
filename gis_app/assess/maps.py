"""Hotspots as a bulletin keeps them: each task's places with a map, and what became of those under orders."""

import html
import re

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import frames, hotspots
from gis_app.clock import SHANGHAI
from gis_app.models.unit import in_language
from gis_app.words import Task
from layers import clusters
from layers.hotspots import LEVELS
from layers.picture import FILLS, Marked, Wording, picture

MERE = "|".join(fill for name, fill in FILLS.items() if "hot" not in name)
WORDS = re.compile(r"<(title|desc|text)\b([^>]*)>([^<]+)<")
FURNITURE = {"示意边界，非法定界线": gettext_lazy("示意边界，非法定界线"), "第 1 处放大": gettext_lazy("第 1 处放大")}
TOLD = re.compile(rf'<path d="[^"]*" fill="(?:{MERE}|url[^"]*)"[^>]*/>')


def hotspots_of(end, open_then, late_then):
    """([hotspots of each task], [places under orders]) of the days up to `end`.

    open_then, late_then: {keys of tickets} that were open and late at its end, which is what is counted of a place.
    """
    found = [task_of(task, end, open_then, late_then) for task in Task.values]
    followed = [row for task in Task.values for row in hotspots.followed(task, end)]
    kept = [row for row in followed if row.spot.ordered_at.astimezone(SHANGHAI).date() <= end]
    return found, [followed_row(row) for row in kept]


def task_of(task, end, open_then, late_then):
    """One task's tested places, those with most open work first, and their map as SVG."""
    board = hotspots.board(task, end)
    spotted, more = hotspots.spotted(board)
    told = [place_row(place, board, open_then, late_then) for place in spotted]
    order = sorted(range(len(told)), key=lambda i: (-told[i]["open"], -told[i]["late"], told[i]["cell"]))
    places = [told[i] | {"number": number} for number, i in enumerate(order, 1)]
    shapes = [(number, spotted[i].cells) for number, i in enumerate(order, 1)]
    return {
        "task": task,
        "days": [board.start.isoformat(), board.end.isoformat()],
        "total": board.total,
        "tested": int(board.found.tested.sum()),
        "step": board.step,
        "places": places,
        "more": more,
        "map": drawn(board, places, shapes) if places else "",
    }


def place_row(place, board, open_then, late_then):
    """A place in words and whole numbers."""
    tickets = hotspots.tickets_in(board.grid, place.cells, board.start, board.end, board.task)
    keys = set(tickets.order_by().values_list("pk", flat=True))
    town, unit = place.town, place.unit
    return {
        "cell": place.key,
        "name": place.name,
        "town": [town.name, frames.latin(town.name)] if town else ["", ""],
        "kinds": [[kind.name, kind.name_en] for kind in place.kinds],
        "unit": [unit.name, unit.name_en or unit.name] if unit else ["", ""],
        "level": next(round(100 * level) for level, called in LEVELS if place.called.endswith(str(called))),
        "trend": str(place.trend),
        "lasted": place.lasted,
        "of": place.of,
        "open": len(keys & open_then),
        "late": len(keys & late_then),
    }


def followed_row(row):
    """A place under orders: before and after, and what may be said of it. expected: in tenths."""
    return {
        "task": row.spot.task,
        "name": row.spot.name,
        "day": row.spot.ordered_at.astimezone(SHANGHAI).date().isoformat(),
        "before": [row.weeks[0], row.before],
        "after": [row.weeks[1], row.after],
        "expected": round(10 * row.expected),
        "verdict": str(row.verdict),
    }


def drawn(board, places, shapes):
    """The map as SVG. shapes: [(number, cells)]."""
    shown = (board.counts > 0) | (board.found.q < LEVELS[-1][0])
    marked = [Marked(number, np.array(cells), clusters.outline(cells)) for number, cells in shapes]
    title = _("热点图：%(task)s") % {"task": Task(board.task).label}
    told = "；".join(f"{place['number']} {place['name']}" for place in places)
    wording = Wording(title, told, _("示意边界，非法定界线"), _("第 1 处放大"), _("千米"))
    svg = picture(frames.ground(), board.grid.cells[shown], board.found.classes[shown], marked, wording)
    return own_names(svg, f"map-{Task.values.index(board.task)}")


def own_names(svg, name):
    """The picture with names of its own inside it: several stand in one document, and one name means one thing there."""
    for inner in ("cold", "closer"):
        svg = svg.replace(f'id="{inner}"', f'id="{name}-{inner}"').replace(f"url(#{inner})", f"url(#{name}-{inner})")
    return svg


def for_reader(svg, title):
    """The map in the reader's language: what is frozen has Chinese words, which stand where they stand in any language.

    title: of the map, in that language. Names of towns and neighbours are written in latin letters for a reader of English.
    """
    if not in_language("", "en"):
        return svg
    return WORDS.sub(lambda found: f"<{found[1]}{found[2]}>{html.escape(_said(found[1], html.unescape(found[3]), title))}<", svg)


def _said(where, words, title):
    """Words of a picture in the reader's language: of its title, its list of places, or a label."""
    if where == "title":
        return title
    if where == "desc":
        return _("；").join(words.split("；"))
    if scale := re.fullmatch(r"(\d+) 千米", words):
        return f"{scale[1]} {_('千米')}"
    return words if words.isdigit() else str(FURNITURE[words]) if words in FURNITURE else frames.latin(words)


def hot_only(svg):
    """The map for everybody: the places alone, without the cells that merely have tickets, be it one, or strikingly few."""
    return TOLD.sub("", svg)
