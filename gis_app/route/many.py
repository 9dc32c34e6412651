"""Very many answers at once: each category's duties are put in order once, each set of areas is asked once."""

import numpy as np

from gis_app.route.rules import holds, rank
from gis_app.words import AreaKind

EVERYWHERE = (AreaKind.COUNTY, "")


def keys_of(where):
    """The (kind, code) of every area that a Where lies in, the county included."""
    kinds = (AreaKind.ZONE, AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN)
    return [(kind, code) for kind in kinds for code in where.codes(kind)] + [EVERYWHERE]


def first_in_line(duties):
    """{(kind, code) of an area: place in line of the best of these duties that names it}; duties: best first."""
    best = {}
    for place, duty in enumerate(duties):
        for code in duty.area_codes or ("",):
            best.setdefault((duty.area_kind, code), place)
    return best


def winners(book, category, keys, on):
    """[Duty or None] that wins for a Category at each of many places, given by their keys."""
    line = sorted((duty for duty in book.speaking_of(category) if holds(duty, on)), key=rank)
    best, last = first_in_line(line), len(line)
    places = (min([best.get(key, last) for key in each]) for each in keys)
    line.append(None)
    return [line[place] for place in places]


def units_of(book, categories, wheres, where_of, on):
    """Who answers for each of m categories at each of n points: (m, n) int16, positions in the list of units that comes with it.

    wheres: the distinct Wheres; where_of: (n,) int, which of them each point lies in. on: a date for all. The desk is unit 0.
    """
    keys, units = [keys_of(where) for where in wheres], [book.desk]
    places = {book.desk.pk: 0}
    found = np.zeros((len(categories), len(where_of)), dtype=np.int16)
    for row, category in zip(found, categories, strict=True):
        told = []
        for duty in winners(book, category, keys, on):
            unit = duty.unit if duty else book.desk
            if unit.pk not in places:
                places[unit.pk] = len(units)
                units.append(unit)
            told.append(places[unit.pk])
        row[:] = np.array(told, dtype=np.int16)[where_of]
    return found, units
