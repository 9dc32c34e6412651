"""Draws as everybody sees them: what was announced, what was drawn, what was found, and the files to draw it again."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from gis_app import draws
from gis_app.draws.lists import as_text, rows_of
from gis_app.errors import NotFound
from gis_app.models import Draw

DRAWN = ("ticket", "checker", "unit", "result", "looked", "metres_off")
LISTS = ("tickets_csv", "checkers_csv")  # what a page of many draws need not read


def recipe():
    """The program with which anybody draws again."""
    return render_to_string("public/draw_recipe.txt")


def checks_of(draw):
    """The checks of a draw with all that is told of them."""
    return draw.checks.select_related("ticket", "unit", "checker").order_by("order")


def drawn_csv(draw):
    """What was drawn and found, as CSV text: no names."""
    return as_text(DRAWN, [dict(zip(DRAWN, told(check), strict=True)) for check in checks_of(draw)])


def told(check):
    """A check as the public's file tells it, in the order of its columns."""
    looked = localtime(check.at).date().isoformat() if check.at else ""
    return check.ticket.number, check.checker.label, check.unit.code, check.result, looked, check.metres_off


FILES = {  # name: what is in it
    "announcement.txt": lambda draw: draw.announcement,
    "tickets.csv": lambda draw: draw.tickets_csv,
    "checkers.csv": lambda draw: draw.checkers_csv,
    "drawn.csv": drawn_csv,
    "recipe.py": lambda draw: recipe(),
}


@require_safe
def every(request):
    """All draws, the newest first; also those that were announced and never made."""
    return render(request, "public/draws.html", {"draws": Draw.objects.defer(*LISTS)})


@require_safe
def one(request, pk):
    """One draw."""
    draw = get_object_or_404(Draw, pk=pk)
    context = {
        "draw": draw,
        "checks": checks_of(draw),
        "scores": draws.scores_in(draw.checks.all()),
        "recipe": recipe(),
        "files": [name for name in FILES if draw.drawn_at or name != "drawn.csv"],
        "tickets": len(rows_of(draw.tickets_csv)),
        "checkers": len(rows_of(draw.checkers_csv)),
    }
    return render(request, "public/draw.html", context)


@require_safe
def file(request, pk, name):
    """One of a draw's files, byte for byte as it was fixed."""
    draw = get_object_or_404(Draw, pk=pk)
    if name not in FILES or (name == "drawn.csv" and not draw.drawn_at):
        raise NotFound
    kind = "text/csv" if name.endswith(".csv") else "text/plain"
    answer = HttpResponse(FILES[name](draw), content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'{"attachment" if kind == "text/csv" else "inline"}; filename="{name}"'
    return answer
