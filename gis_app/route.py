"""Whose: the unit that answers for a kind of problem in a place, and why.

Order (design §5): a duty that names the category or its 大类 beats one for any; then the smaller area; then 小类 before 大类;
then the later document; then the lower unit code.
"""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from gis_app.models import Duty, Unit, remembered
from gis_app.words import AreaKind, UnitKind

SIZE = {kind: rank for rank, kind in enumerate((AreaKind.ZONE, AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.COUNTY))}


@dataclass(frozen=True)
class Where:
    """The areas that a place lies in, by code."""

    town: str
    village: str | None = None
    grid: str | None = None
    zones: tuple = ()

    def codes(self, kind):
        """The codes of one kind of area that hold this place."""
        held = {
            AreaKind.ZONE: self.zones,
            AreaKind.GRID: (self.grid,),
            AreaKind.VILLAGE: (self.village,),
            AreaKind.TOWN: (self.town,),
        }
        return set(held.get(kind, ())) - {None}


@dataclass(frozen=True)
class Answer:
    """The unit, the duty it rests on (None: nobody has one, the desk decides) and the duties that lost, with why."""

    unit: Unit
    duty: Duty | None
    losers: tuple


def matches(duty, category, where, on):
    """Whether a duty speaks of this category (a Category), place and date."""
    named = (duty.category_id in (None, category.pk)) and (duty.major_id in (None, category.major_id))
    here = duty.area_kind == AreaKind.COUNTY or bool(where.codes(duty.area_kind) & set(duty.area_codes))
    return named and here and (duty.valid_from or on) <= on <= (duty.valid_to or on)


def rank(duty):
    """The sort key of §5, best first; every component is comparable and the last one decides."""
    breadth = 0 if duty.category_id else 1 if duty.major_id else 2
    return breadth == 2, SIZE[duty.area_kind], breadth, -duty.document_date.toordinal(), duty.unit.code, duty.pk or 0


LOST_BY = ("any-category", "larger-area", "wider-category", "older-document", "unit-code", "row")


def resolve(duties, category, where, on):
    """The duties that match, best first. Pure: independent of the order of `duties`."""
    return sorted((duty for duty in duties if matches(duty, category, where, on)), key=rank)


@remembered("rules")
def duties_by_category():
    """{category id or None: duties that may speak of it}, unit, category and major loaded."""
    index = {}
    for duty in Duty.objects.select_related("unit", "category", "major"):
        index.setdefault((duty.category_id, duty.major_id), []).append(duty)
    return index


@remembered("rules")
def desk():
    """The 专班: who decides when nobody else answers."""
    return Unit.objects.get(kind=UnitKind.DESK)


def answer(category, where, on):
    """The unit for a Category (or None) at a Where on a date; the desk when nobody answers. An Answer."""
    if category is None:
        return Answer(desk(), None, ())
    index = duties_by_category()
    near = [duty for key in ((category.pk, None), (None, category.major_id), (None, None)) for duty in index.get(key, ())]
    found = resolve(near, category, where, on)
    if not found:
        return Answer(desk(), None, ())
    best = rank(found[0])
    return Answer(found[0].unit, found[0], tuple((duty, lost_by(best, rank(duty))) for duty in found[1:]))


def lost_by(best, other):
    """The word for the first part of the sort key in which two duties differ."""
    return next(word for word, a, b in zip(LOST_BY, best, other, strict=True) if a != b)


def why(answer, category, town):
    """One sentence in the language of the moment: why this unit."""
    if category is None:
        return _("还看不准是哪一类，先由%(unit)s判断。") % {"unit": answer.unit}
    if answer.duty is None:
        return _("%(town)s的“%(category)s”还没有写明由谁管，先由%(unit)s判断。") % {
            "town": town,
            "category": category.label,
            "unit": answer.unit,
        }
    duty = answer.duty
    return _("%(town)s的“%(category)s”由%(unit)s管，依据《%(document)s》%(clause)s。") % {
        "town": town,
        "category": category.label,
        "unit": answer.unit,
        "document": duty.document,
        "clause": duty.clause,
    }


def duty_row(duty):
    """A duty as the row that a clerk wrote."""
    return {
        "unit": duty.unit.code,
        "category": duty.category.code if duty.category else duty.major.code if duty.major else "*",
        "area_kind": duty.area_kind,
        "area_codes": duty.area_codes,
        "document": duty.document,
        "clause": duty.clause,
        "document_date": duty.document_date.isoformat(),
        "note": duty.note,
    }


def receipt(answer, category, town, edition_id):
    """What is kept with the ticket: duty, rank, boundary edition, losers, and the sentence in both languages."""
    told = {}
    for language, key in (("zh-hans", "why_zh"), ("en", "why_en")):
        with translation.override(language):
            told[key] = why(answer, category, town)
    return {
        **told,
        "unit": answer.unit.code,
        "duty": duty_row(answer.duty) if answer.duty else None,
        "rank": list(rank(answer.duty)[:5]) if answer.duty else None,
        "edition": edition_id,
        "losers": [{"unit": duty.unit.code, "duty": duty_row(duty), "lost_by": by} for duty, by in answer.losers],
    }
