"""The yearly assessment: the sheet for leaders, a unit's own line for its officers, and appeals with their answers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_app import access
from gis_app.assess import yearly
from gis_app.assess.periods import YEARS, today
from gis_app.errors import BadField, NotFound, Problem
from gis_app.models import Appeal, Unit
from gis_app.views.staff.ranking import SHEET
from gis_app.words import AppealAnswer, Role

SEES = (*access.SEES_FIGURES, Role.UNIT)


def own_units(user):
    """The codes of the units whose lines somebody sees; None for all."""
    if access.roles_of(user) & set(access.SEES_FIGURES):
        return None
    return set(access.judged_for(user, Unit).values_list("code", flat=True))


def told(request, year):
    """The Sheet that somebody sees. Raises NotFound for a year that is none."""
    if year not in YEARS:
        raise NotFound
    return yearly.sheet(year, own_units(request.user))


@require_safe
@access.roles_only(*SEES)
def this_year(request):
    """The sheet of the year that it is."""
    return redirect("assessment", today(timezone.now()).year)


@require_safe
@access.roles_only(*SEES)
def page(request, year):
    """A year's sheet and its appeals."""
    return shown(request, year)


def shown(request, year, problem=None):
    """The page, with what is wrong about a form."""
    sheet, roles, mine = told(request, year), access.roles_of(request.user), own_posts(request.user)
    months = {month: row for month, row in sheet.months.items() if may_contest(row)}
    context = {
        "actor": access.actor_of(request.user),
        "sheet": sheet,
        "months": range(1, 13),
        "rows": [(row, yearly.cells_of(row, sheet), yearly.points(row.total)) for row in sheet.rows],
        "appeals": [(row, yearly.points(row.points)) for row in sheet.appeals],
        "open_months": months,
        "units": mine,
        "may_appeal": bool(months and mine),
        "may_answer": Role.LEADER in roles,
        "before": year - 1 if year - 1 in YEARS else None,
        "after": year + 1 if year < today(timezone.now()).year else None,
        "typed": request.POST,
        "problem": problem,
    }
    return render(request, "lead/assessment.html", context, status=problem.status if problem else 200)


def own_posts(user):
    """The units that somebody is an officer of."""
    return [post.unit for post in access.members_of(user) if post.role == Role.UNIT]


def may_contest(bulletin):
    """Whether a month may still be contested."""
    limit = yearly.last_day(bulletin)
    return limit is not None and today(timezone.now()) <= limit


@require_safe
@access.roles_only(*SEES)
def sheet(request, year):
    """The same as a spreadsheet."""
    headers = {"Content-Disposition": f'attachment; filename="assessment-{year}.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(yearly.workbook(told(request, year)), content_type=SHEET, headers=headers)


@require_POST
@access.roles_only(Role.UNIT)
def appeal(request, year):
    """An officer contests the own unit's month."""
    try:
        unit = next((unit for unit in own_posts(request.user) if unit.code == request.POST.get("unit")), None)
        month = request.POST.get("month", "")
        row = yearly.published_months(year).get(int(month)) if month.isascii() and month.isdigit() and len(month) < 3 else None
        if unit is None or row is None:
            raise BadField(field=_("月份"), why=_("只能是自己单位的、发布了的月份。"))
        yearly.appeal(row, unit, request.POST.get("reason", ""), request.user)
    except Problem as problem:
        return shown(request, year, problem)
    messages.success(request, _("申诉交上去了。"))
    return redirect("assessment", year)


@require_POST
@access.roles_only(Role.LEADER)
def answer(request, pk):
    """A leader grants an appeal with a corrected score, or refuses it."""
    row = get_object_or_404(Appeal.objects.select_related("bulletin").defer("bulletin__frozen"), pk=pk)
    year, said = row.bulletin.start.year, request.POST.get("answer", "")
    try:
        if said not in AppealAnswer.values:
            raise BadField(field=_("答复"), why=_("只能是：%s。") % "、".join(AppealAnswer.values))
        granted = said == AppealAnswer.GRANTED
        yearly.answer(row, granted, request.POST.get("points", ""), request.POST.get("note", ""), request.user)
    except Problem as problem:
        return shown(request, year, problem)
    messages.success(request, _("答复了。"))
    return redirect("assessment", year)
