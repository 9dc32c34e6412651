"""Who answers for what, where: the matrix of kinds and towns, a field with the duties behind it, and what returns teach."""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gis_app import access, coverage, exports, rerouting, route
from gis_app.api.duties import may_see
from gis_app.loading.duties import today
from gis_app.models import Duty, Unit, remembered
from gis_app.route.rules import EQUAL, rank
from gis_app.words import AreaKind, Claim, LostBy, Role, UnitKind

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN, GAPS = 20, 40  # rows of a list that the page shows
YEAR = 365
VIEWS = ("all", *coverage.TROUBLES)
TIED = (LostBy.OLDER_DOCUMENT, LostBy.UNIT_CODE)  # how a duty loses that fits as well as the one that won


@dataclass(frozen=True)
class Line:
    """A 大类 of the matrix: for each town how many of its kinds are empty and doubled; `rows` are its kinds, where it is open."""

    major: object
    kinds: int
    sums: list  # of {town, fields, empty, double, ending, at: the first field that is one of these}
    rows: list  # of (Category, [Cell or None])
    open: bool


@dataclass(frozen=True)
class Cell:
    """A field as the matrix draws it. mark: own, county, empty or double; claimants: how many units claim it."""

    field: object
    mark: str
    claimants: int
    at: str


@dataclass(frozen=True)
class Asked:
    """What a reader wants to see: of one town, of one unit, all or some of the troubled; which 大类 is open, at which field."""

    town: str
    unit: str
    view: str
    major: str
    at: str

    @classmethod
    def read(cls, request):
        """What an address asks for."""
        view = request.GET.get("claim") if request.GET.get("claim") in VIEWS else "all"
        told = {name: request.GET.get(name, "") for name in ("town", "unit", "major", "at")}
        return cls(view=view, **told)

    @property
    def narrowed(self):
        """Whether a town or a unit is asked for."""
        return bool(self.town or self.unit)

    def shows(self, field):
        """Whether a field is of the troubled ones that are asked for; any is where all are."""
        return self.view == "all" or coverage.TROUBLES[self.view](field)

    def fits(self, field):
        """Whether a field is of the town and unit that are asked for."""
        units = {answer.unit.code for answer in (field.answer, *(part.answer for part in field.parts))}
        return self.town in ("", field.spot.town.code) and (not self.unit or self.unit in units)


def mine(user, day=None):
    """The fields that a person may see on a day."""
    return [field for field in coverage.fields(route.in_use(), day or today()) if may_see(user, field)]


@require_safe
@access.roles_only(*access.SEES_FIGURES, Role.UNIT)
def matrix(request):
    """The matrix; `major` opens one, `claim` leaves out what is fine or else wrong, `at` is the field that is looked at."""
    asked, everything = Asked.read(request), mine(request.user)
    found = [field for field in everything if asked.fits(field)]
    roles, chosen = access.roles_of(request.user), field_at(everything, asked.at)
    all_of_it, opened = bool(roles & set(access.SEES_FIGURES)), chosen.category.major.code if chosen else asked.major
    towns, listed, told = towns_of(found), [field for field in found if asked.shows(field)], counts(found)
    ending = sorted((field for field in listed if field.ends), key=lambda field: field.ends)
    gaps = [cell_of(field) for claim in (Claim.EMPTY, Claim.DOUBLE) for field in listed if field.claim == claim]
    context = {
        "actor": access.actor_of(request.user),
        "asked": asked,
        "towns": towns,
        "all_towns": towns_of(everything),
        "all_units": units_of(everything),
        "lines": lines(found, towns, opened, asked),
        "counts": told,
        "heading": heading(told, all_of_it),
        "opened": opened,
        "gaps": gaps[:GAPS],
        "more_gaps": max(0, len(gaps) - GAPS),
        "ending": [cell_of(field) for field in ending[:SHOWN]],
        "more_ending": max(0, len(ending) - SHOWN),
        "no_duties": not route.in_use().duties,
        "all_of_it": all_of_it,
        "may_change": Role.CLERK in roles,
    }
    context["chosen"] = facts(chosen, everything, context["may_change"], request.GET.get("try", "")) if chosen else None
    context["idle"] = coverage.idle(route.in_use().duties) if context["may_change"] else []
    context["returns"] = [returned(row) for row in rerouting.returns()] if all_of_it else []
    return render(request, "clerk/coverage.html", context)


def towns_of(found):
    """[Town] of fields, by code."""
    return sorted({field.spot.town for field in found}, key=lambda town: town.code)


def units_of(found):
    """[Unit] that answer for fields or for parts of them, by code."""
    return sorted({each.answer.unit for each in coverage.every(found)}, key=lambda unit: unit.code)


def counts(found):
    """{all, empty, double, ending} of fields."""
    claims = Counter(field.claim for field in found)
    ending = sum(bool(field.ends) for field in found)
    return {"all": len(found), "empty": claims[Claim.EMPTY], "double": claims[Claim.DOUBLE], "ending": ending}


def heading(told, all_of_it):
    """The page in one sentence; an officer, who sees the own fields alone, is told whose they are."""
    said = {name: f"{number:,}" for name, number in told.items()}
    if not told["all"]:
        return _("没有格子可看") if all_of_it else _("没有职责写着本单位")
    if not all_of_it:
        return (_("本单位管 %(all)s 格，%(double)s 格重复") if told["double"] else _("本单位管 %(all)s 格，没有重复")) % said
    if told["empty"] == told["all"]:
        return _("%(all)s 格都没人管") % said
    if told["empty"] and told["double"]:
        return _("%(all)s 格中，%(empty)s 格没人管，%(double)s 格重复") % said
    if told["empty"]:
        return _("%(all)s 格中，%(empty)s 格没人管") % said
    if told["double"]:
        return _("%(all)s 格中，%(double)s 格重复") % said
    return _("%(all)s 格都有人管，没有重复") % said


def lines(found, towns, opened, asked):
    """[Line] by 大类; only those in which something is troubled as it is asked for."""
    by_major = {}
    for field in found:
        by_major.setdefault(field.category.major.code, []).append(field)
    by_major = {code: fields for code, fields in by_major.items() if any(map(asked.shows, fields))}
    return [_line(fields, towns, code == opened, asked) for code, fields in sorted(by_major.items())]


def _line(fields, towns, is_open, asked):
    sums, first, rows = {town.code: Counter() for town in towns}, {}, {}
    for field in fields:
        code = field.spot.town.code
        sums[code].update({"fields": 1, field.claim.value: 1, "ending": bool(field.ends)})
        rows.setdefault(field.category, {})[code] = field
        if coverage.TROUBLES["problems"](field):
            first.setdefault(code, at_of(field))
    shown = [(kind, row) for kind, row in rows.items() if any(map(asked.shows, row.values()))] if is_open else ()
    cells = [(kind, [cell_of(row[town.code]) if town.code in row else None for town in towns]) for kind, row in shown]
    names = ("fields", "empty", "double", "ending")
    told = [{"town": town, "at": first.get(town.code)} | {name: sums[town.code][name] for name in names} for town in towns]
    return Line(fields[0].category.major, len(rows), told, cells, is_open)


def cell_of(field):
    """A field as the matrix draws it."""
    mark = field.claim.value if field.claim != Claim.ONE else "own" if field.by_the_town else "county"
    return Cell(field, mark, claimants(field), at_of(field))


def claimants(field):
    """How many units claim a field, or the part of it that most claim, by duties that fit equally well."""
    rivals = {duty.unit.pk for duty, by in field.answer.losers if by in TIED} - {field.answer.unit.pk}
    return max([1 + len(rivals) if field.answer.duty else 0, *(claimants(part) for part in field.parts)])


def at_of(field):
    """A field's name in an address: 0701x610724110."""
    return f"{field.category.code}x{field.spot.town.code}"


def field_at(found, text):
    """The field with this name, or None."""
    return next((field for field in found if at_of(field) == text), None) if text else None


def facts(field, found, may_change, tried):
    """What is told of one field: who answers and why, who lost, how many tickets fell to it in a year, who might take it."""
    start, end = rerouting.period(YEAR)
    told = {
        "cell": cell_of(field),
        "field": field,
        "why": route.why(field.answer, field.category, field.spot.town),
        "losers": [(duty, LostBy(by).label) for duty, by in field.answer.losers],
        "parts": [(cell_of(part), AreaKind(part.spot.kind).label) for part in field.parts],
        "tickets": rerouting.opened_in(start, end).filter(category=field.category, town=field.spot.town).count(),
        "takers": takers(field, found),
    }
    if may_change:
        unit = next((unit for unit, _why in told["takers"] if unit.code == tried), None)
        first = unit or (told["takers"][0][0] if told["takers"] else None)
        told |= {"row": as_csv(row_of(field, first)) if first else "", "row_unit": first}
        told["adds"] = bool(first) and fits_better(duty_of(field, first), field.answer.duty)
        told["tried"] = trial(field, unit) if unit else None
    return told


@remembered("rules")
def governments():
    """{a town's id: the Unit that is its government}."""
    return {unit.town_id: unit for unit in Unit.objects.filter(kind=UnitKind.TOWN)}


def takers(field, found):
    """[(Unit, why it might answer)]: the town's own government, and whoever answers for the same kind in most other towns."""
    near = [each for each in found if each.spot.town == field.spot.town and each.category.major == field.category.major]
    holder, own = field.answer.duty and field.answer.unit.pk, governments().get(field.spot.town.pk)
    told = []
    if own and own.pk != holder:
        same = sum(each.answer.unit.pk == own.pk for each in near)
        told.append((own, _("本大类另有 %d 类由它负责") % same if same else _("本镇街的政府")))
    others = Counter(each.answer.unit for each in found if each.category == field.category and each.answer.duty)
    for unit, number in others.most_common(3):
        if unit.pk != holder and unit.kind == UnitKind.DEPARTMENT:
            told.append((unit, ngettext("%d 个镇街的同类由它负责", "%d 个镇街的同类由它负责", number) % number))
    return told


def row_of(field, unit):
    """The row of a duties file, its document still to be named, by which a unit would answer for a field from today on."""
    told = {"unit": unit.code, "category": field.category.code, "area_kind": "town", "area_codes": field.spot.town.code}
    return told | {"document_date": field.on.isoformat(), "from": field.on.isoformat()}


def as_csv(row):
    """A row of a duties file under its heads, as a file that has no other row."""
    out = io.StringIO()
    table = csv.DictWriter(out, exports.DUTY_COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerow(row)
    return out.getvalue()


def duty_of(field, unit):
    """The duty of that row, not stored."""
    kind = {"category": field.category, "area_kind": AreaKind.TOWN, "area_codes": [field.spot.town.code]}
    return Duty(unit=unit, **kind, document_date=field.on, valid_from=field.on)


def fits_better(duty, other):
    """Whether a duty wins over another (None: over nobody) without that the field is then doubly claimed."""
    return other is None or rank(duty)[:EQUAL] < rank(other)[:EQUAL]


def trial(field, unit):
    """What one more duty would have done with the last days' tickets: {unit, outcome, load: the unit's}; nothing is kept."""
    book = route.Rulebook([*route.in_use().duties, duty_of(field, unit)], route.desk())
    outcome = rerouting.what_if(book, field.on)
    load = next((load for load in outcome.loads if load.unit.pk == unit.pk), None)
    return {"unit": unit, "outcome": outcome, "load": load, "days": rerouting.DAYS}


def returned(row):
    """What a unit keeps returning, with the row that would send it where the returns say."""
    told = row.as_duty(today())
    return {"row": row, "at": f"{row.category.code}x{row.town}", "duty": as_csv(told) if told else ""}


@require_safe
@access.roles_only(*access.SEES_FIGURES, Role.UNIT)
def sheet(request):
    """The matrix and the list behind it as a spreadsheet; of one town, one unit or the troubled when that is asked for."""
    asked = Asked.read(request)
    found = [field for field in mine(request.user) if asked.fits(field) and asked.shows(field)]
    return as_file(exports.coverage_workbook(found), "coverage.xlsx")


def as_file(data, name):
    """Bytes as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=SHEET, headers=headers)
