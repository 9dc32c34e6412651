"""Who answers for what, where: every kind of problem in every town, with what is empty and what two units claim.

Floor: beside workflow. It joins `locate`, which knows where zones, grids and villages lie, and `route`, which knows the duties.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

import shapely

from gis_app import route
from gis_app.classify import categories
from gis_app.locate.points import active_edition, grids, villages, zones
from gis_app.models import Category, Town
from gis_app.words import AreaKind, Claim

SOON = dt.timedelta(days=60)  # a duty that ends within so many days is said to
SHARE = 0.01  # of a zone's area that must lie in a town for the zone to count there: borders are drawn roughly


@dataclass(frozen=True)
class Spot:
    """A place to ask about: a town, or a smaller area of it that some duty names."""

    town: Town
    where: route.Where
    kind: str = AreaKind.TOWN
    code: str = ""
    name: str = ""


@dataclass(frozen=True)
class Field:
    """Who answers for a category in a town; parts: the same for smaller areas that some duty for it names."""

    category: Category
    spot: Spot
    answer: route.Answer
    on: dt.date
    parts: tuple = ()

    @cached_property
    def claim(self):
        """Whether nobody, one unit or more than one unit has it, here or in a part."""
        if self.answer.duty is None:
            return Claim.EMPTY
        doubled = self.answer.doubly_claimed or any(part.claim == Claim.DOUBLE for part in self.parts)
        return Claim.DOUBLE if doubled else Claim.ONE

    @property
    def ends(self):
        """The last day of the duty that it rests on, when that is soon; else None."""
        last = self.answer.duty and self.answer.duty.valid_to
        return last if last and last - self.on <= SOON else None

    @property
    def key(self):
        """What tells it from every other field."""
        return self.category.code, self.spot.kind, self.spot.code or self.spot.town.code, self.spot.town.code

    @property
    def by_the_town(self):
        """Whether it is the town's own government that answers."""
        return self.answer.unit.town_id == self.spot.town.pk


TROUBLES = {  # what may be wrong with a field, by the name that is asked for
    "problems": lambda field: field.claim != Claim.ONE or bool(field.ends),
    "empty": lambda field: field.claim == Claim.EMPTY,
    "double": lambda field: field.claim == Claim.DOUBLE,
    "ending": lambda field: bool(field.ends),
}


@dataclass
class Change:
    """What other duties would change, field by field: [(Field before, Field after)]."""

    changed: list = field(default_factory=list)  # another unit answers
    emptied: list = field(default_factory=list)  # nobody does any more
    filled: list = field(default_factory=list)  # somebody does now
    doubled: list = field(default_factory=list)  # newly claimed by more than one unit
    ending: list = field(default_factory=list)  # will end soon
    fields: int = 0  # of the new table, parts included
    answered: int = 0  # of the table in use


def town_spots():
    """[Spot] of every town, by code."""
    towns = active_edition().towns
    return [Spot(towns[code], route.Where(code), code=code, name=towns[code].name) for code in sorted(towns)]


def part_spots(duties):
    """{(kind, code): [Spot]} of the zones, grids and villages that these duties name; one that lies in two towns is two."""
    named = {(duty.area_kind, code) for duty in duties for code in duty.area_codes if duty.area_kind in SMALLER}
    found = {}
    for kind, spots_of in SMALLER.items():
        wanted = {code for each, code in named if each == kind}
        found |= {(kind, code): spots for code, spots in (spots_of(wanted) if wanted else {}).items()}
    return found


def _zone_spots(wanted):
    index, areas, towns = active_edition().index, zones(), active_edition().towns
    found = {}
    for zone, outline in zip(areas.rows, areas.outlines, strict=True):
        if zone.code in wanted:
            within = shapely.area(shapely.intersection(index.outlines, outline)) > SHARE * outline.area
            held = [code for code, inside in zip(index.codes, within, strict=True) if inside]
            found[zone.code] = [
                Spot(towns[code], route.Where(code, zones=(zone.code,)), AreaKind.ZONE, zone.code, zone.name) for code in held
            ]
    return found


def _grid_spots(wanted):
    rows, towns = [row for row in grids().rows if row.code in wanted], active_edition().towns
    return {
        row.code: [Spot(row.town, route.Where(row.town.code, grid=row.code), AreaKind.GRID, row.code, row.name)]
        for row in rows
        if row.town.code in towns
    }


def _village_spots(wanted):
    rows, towns = [row for row in villages() if row.code in wanted], active_edition().towns
    return {
        row.code: [Spot(row.town, route.Where(row.town.code, row.code), AreaKind.VILLAGE, row.code, row.name)]
        for row in rows
        if row.town.code in towns
    }


SMALLER = {AreaKind.ZONE: _zone_spots, AreaKind.GRID: _grid_spots, AreaKind.VILLAGE: _village_spots}


def fields(book, on, kinds=None):
    """[Field] of every category in every town by a Rulebook on a date, by code. kinds: Categories, None for all."""
    parts, towns = part_spots(book.duties), town_spots()
    kinds = list(categories().values()) if kinds is None else kinds
    return [found for kind in sorted(kinds, key=lambda row: row.code) for found in _row(book, kind, towns, parts, on)]


def _row(book, kind, towns, parts, on):
    """The fields of one category, town by town."""
    smaller = {}
    for duty in book.speaking_of(kind):
        for code in duty.area_codes if duty.area_kind in SMALLER else ():
            for spot in parts.get((duty.area_kind, code), ()):
                smaller.setdefault(spot.town.code, {})[spot] = None  # a dict keeps their order and each once
    for spot in towns:
        inner = tuple(Field(kind, part, book.answer(kind, part.where, on), on) for part in smaller.get(spot.town.code, ()))
        yield Field(kind, spot, book.answer(kind, spot.where, on), on, inner)


def idle(duties):
    """The duties that hold nowhere: their area is in no edition that is in use."""
    towns, parts = active_edition().towns, part_spots(duties)

    def somewhere(duty):
        if duty.area_kind == AreaKind.COUNTY:
            return True
        return any(
            code in towns if duty.area_kind == AreaKind.TOWN else parts.get((duty.area_kind, code)) for code in duty.area_codes
        )

    return [duty for duty in duties if not somewhere(duty)]


def every(found):
    """Fields with their parts, flat."""
    return [each for one in found for each in (one, *one.parts)]


def compare(before, after, on):
    """The Change from one Rulebook to another on a date; smaller areas that only one of them names are asked of both."""
    old, new = ({each.key: each for each in every(fields(book, on))} for book in (before, after))
    change = Change(fields=len(new), answered=sum(each.claim != Claim.EMPTY for each in old.values()))
    for key in sorted(old.keys() | new.keys()):
        was, now = (
            found.get(key) or _asked(book, (old.get(key) or new[key]), on) for found, book in ((old, before), (new, after))
        )
        _sort(change, was, now)
    change.ending = [each for each in new.values() if each.ends]
    return change


def _asked(book, known, on):
    return Field(known.category, known.spot, book.answer(known.category, known.spot.where, on), on)


def _sort(change, was, now):
    """Put a pair of fields where it belongs."""
    if Claim.EMPTY in (was.claim, now.claim):
        if was.claim != now.claim:
            (change.emptied if now.claim == Claim.EMPTY else change.filled).append((was, now))
    elif was.answer.unit.pk != now.answer.unit.pk:
        change.changed.append((was, now))
    if now.answer.doubly_claimed and not was.answer.doubly_claimed:
        change.doubled.append((was, now))
