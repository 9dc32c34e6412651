"""Who answers for what, where: the matrix of kinds and towns, a field with the duties behind it, and what returns teach."""

from collections import Counter
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_app import access, coverage, exports, rerouting, route
from gis_app.api.duties import may_see
from gis_app.loading.duties import today
from gis_app.words import Claim, Role, UnitKind

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 20
YEAR = 365
VIEWS = ("all", "problems")


@dataclass(frozen=True)
class Line:
    """A 大类 of the matrix: for each town how many of its kinds are empty and doubled; `rows` are its kinds, where it is open."""

    major: object
    kinds: int
    sums: list  # of {town, empty, double, ending}
    rows: list  # of (Category, [Field])
    open: bool


def mine(user, day=None):
    """The fields that a person may see on a day."""
    return [field for field in coverage.fields(route.in_use(), day or today()) if may_see(user, field)]


@require_safe
@access.roles_only(*access.SEES_FIGURES, Role.UNIT)
def matrix(request):
    """The matrix; `major` opens one, `claim=problems` leaves the fine ones out, `at` is the field that is looked at."""
    found = mine(request.user)
    view = request.GET.get("claim") if request.GET.get("claim") in VIEWS else "all"
    chosen = field_at(found, request.GET.get("at", ""))
    opened = chosen.category.major.code if chosen else request.GET.get("major", "")
    towns = sorted({field.spot.town for field in found}, key=lambda town: town.code)
    context = {
        "actor": access.actor_of(request.user),
        "towns": towns,
        "lines": lines(found, towns, opened, view),
        "counts": counts(found),
        "view": view,
        "opened": opened,
        "chosen": chosen and facts(chosen, found),
        "ending": sorted((field for field in found if field.ends), key=lambda field: field.ends)[:SHOWN],
        "idle": coverage.idle(route.in_use().duties) if Role.CLERK in access.roles_of(request.user) else [],
        "returns": rerouting.returns() if access.roles_of(request.user) & set(access.SEES_FIGURES) else [],
        "may_change": Role.CLERK in access.roles_of(request.user),
    }
    return render(request, "clerk/coverage.html", context)


def counts(found):
    """{all, empty, double, ending} of fields."""
    claims = Counter(field.claim for field in found)
    ending = sum(bool(field.ends) for field in found)
    return {"all": len(found), "empty": claims[Claim.EMPTY], "double": claims[Claim.DOUBLE], "ending": ending}


def lines(found, towns, opened, view):
    """[Line] by 大类; with view `problems` only those in which something is empty, doubled or ending."""
    by_major = {}
    for field in found:
        by_major.setdefault(field.category.major.code, []).append(field)
    told = [_line(fields, towns, code == opened, view) for code, fields in sorted(by_major.items())]
    return [line for line in told if view == "all" or any(troubled(each) for each in line.sums)]


def _line(fields, towns, is_open, view):
    sums, rows = {town.code: Counter() for town in towns}, {}
    for field in fields:
        sums[field.spot.town.code].update({field.claim.value: 1, "ending": bool(field.ends)})
        rows.setdefault(field.category, {})[field.spot.town.code] = field
    shown = [(kind, [cells.get(town.code) for town in towns]) for kind, cells in rows.items() if is_open]
    if view == "problems":
        shown = [(kind, cells) for kind, cells in shown if any(cell and (cell.claim != Claim.ONE or cell.ends) for cell in cells)]
    told = [{"town": town} | {name: sums[town.code][name] for name in ("empty", "double", "ending")} for town in towns]
    return Line(fields[0].category.major, len(rows), told, shown, is_open)


def troubled(sums):
    """Whether anything is wrong in one town's share of a 大类."""
    return sums["empty"] or sums["double"] or sums["ending"]


def field_at(found, text):
    """The field named `0701x610724110`, or None."""
    kind, _x, town = text.partition("x")
    return next((field for field in found if (field.category.code, field.spot.town.code) == (kind, town)), None)


def facts(field, found):
    """What is told of one field: the field, how many tickets fell to it in a year, who else might take it."""
    start, end = rerouting.period(YEAR)
    tickets = rerouting.opened_in(start, end).filter(category=field.category, town=field.spot.town).count()
    reason = route.why(field.answer, field.category, field.spot.town)
    return {"field": field, "why": reason, "tickets": tickets, "takers": takers(field, found)}


def takers(field, found):
    """[(Unit, why it might answer)]: the town's own government, and whoever answers for the same kind in most other towns."""
    near = [each for each in found if each.spot.town == field.spot.town and each.category.major == field.category.major]
    own = getattr(field.spot.town, "unit", None)
    told = []
    if own and own.pk != field.answer.unit.pk:
        same = sum(each.answer.unit.pk == own.pk for each in near)
        told.append((own, _("本大类另有 %d 类由它负责") % same if same else _("本镇街的政府")))
    others = Counter(each.answer.unit for each in found if each.category == field.category and each.answer.duty)
    for unit, number in others.most_common(3):
        if unit.pk not in (field.answer.unit.pk, own and own.pk) and unit.kind != UnitKind.TOWN:
            told.append((unit, _("%d 个镇街的同类由它负责") % number))
    return told


@require_safe
@access.roles_only(*access.SEES_FIGURES, Role.UNIT)
def sheet(request):
    """The matrix and the list behind it as a spreadsheet."""
    return as_file(exports.coverage_workbook(mine(request.user)), "coverage.xlsx")


def as_file(data, name):
    """Bytes as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=SHEET, headers=headers)
