"""The duties in use, remembered until they change."""

from gis_app.models import Duty, Unit, remembered
from gis_app.route.rules import Rulebook
from gis_app.words import UnitKind


def duties_in_use():
    """The duties in use as a queryset, with unit, category and major."""
    return Duty.objects.filter(edition__active=True).select_related("unit", "category", "major")


@remembered("rules")
def desk():
    """The 专班: who decides when nobody else answers."""
    return Unit.objects.get(kind=UnitKind.DESK)


@remembered("rules")
def in_use():
    """The Rulebook in use."""
    return Rulebook(list(duties_in_use()), desk())


def answer(category, where, on):
    """The unit for a Category (or None) at a Where on a date, by the duties in use. An Answer."""
    return in_use().answer(category, where, on)
