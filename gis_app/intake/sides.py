"""On which side of a border: between whom the sender is asked to choose, and what becomes of the answer.

A position has an accuracy. Where its circle reaches a town with another unit, only who stands there knows.
"""

from dataclasses import replace

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gis_app import clock, locate, route
from gis_app.errors import BadField, WhichSide


def sides(place, category=None):
    """[(Town, Unit or None)] to choose from, the measured town first; empty where every side has the same unit."""
    return asked_about(each_side(place, category))


def each_side(place, category=None):
    """[(Town, Unit or None)] of the measured town and of those that the circle reaches; empty for a sharp position.

    place: a located Place, with borders. category: a Category, or None: then each town's own unit counts.
    """
    towns = [place.town, *(town for town, _metres in place.borders)] if place.borders else []
    return [(town, unit_at(across(place, town), category)) for town in towns]


def asked_about(found):
    """What each_side found, where the unit depends on the side; else nothing."""
    return found if len({unit and unit.pk for _town, unit in found}) > 1 else []


def unit_at(place, category):
    """The unit that answers for a category at a Place today; without one the town's own."""
    if category is None:
        return getattr(place.town, "unit", None)
    return route.answer(category, route.Where(**locate.where_is(place)), timezone.now().astimezone(clock.SHANGHAI).date()).unit


def across(place, town):
    """The Place as it is when it lies in this Town after all: the same point, on the other side of the border.

    What lies in one town stays behind: village, grid, unit grid, and zones that do not reach over.
    """
    if town.pk == place.town.pk:
        return place
    borders = tuple((place.town if near.pk == town.pk else near, metres) for near, metres in place.borders)
    zones = locate.zones_in(place.zones, town.code)
    return replace(place, town=town, village=None, grid=None, unit_grid=None, zones=zones, name=town.name, borders=borders)


def ask(place, category):
    """Raise WhichSide where the unit depends on the side of a border that a Place is on."""
    if near := sides(place, category):
        raise WhichSide(sides=tuple(near))


def chosen_side(place, code):
    """The Place on the side that its sender chose. code: a town's. Raises BadField for a town that the circle does not reach."""
    near = {town.code: town for town in (place.town, *(town for town, _metres in place.borders))}
    if code not in near:
        names = "、".join(town.name for town in near.values())
        raise BadField(field="side", why=_("定位的误差到不了那里，可以选的有：%s。") % names)
    return across(place, near[code])


def in_receipt(receipt, place):
    """A routing receipt that also says, in both languages, that the sender chose this Place's side."""
    told = {"side": place.town.code}
    for language, key in (("zh-hans", "why_zh"), ("en", "why_en")):
        with translation.override(language):
            sentence = _("位置在镇街交界上，上报人选了%(town)s这一边。") % {"town": place.town}
            told[key] = f"{receipt[key]} {sentence}" if language == "en" else receipt[key] + sentence
    return receipt | told
