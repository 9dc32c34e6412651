"""The rules of §5 as functions over data: which duties speak of a kind of problem in a place, and which of them wins.

Order: a duty that names the category or its 大类 beats one for any; then the smaller area; then 小类 before 大类; then the later
document; then the lower unit code. What is left after that is the same unit, told by the words of its duty.
"""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, field

from gis_app.models import Category, Duty, Unit
from gis_app.words import AreaKind, LostBy

SIZE = {kind: rank for rank, kind in enumerate((AreaKind.ZONE, AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.COUNTY))}
PLAIN = (AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN)  # a place lies in at most one of each
LOST_BY = tuple(LostBy.values)
DAY = dt.timedelta(days=1)
EQUAL = 3  # so many parts of the sort key say how well a duty fits; what follows only decides between equals


@dataclass(frozen=True)
class Where:
    """The areas that a place lies in, by code."""

    town: str
    village: str | None = None
    grid: str | None = None
    zones: tuple = ()

    def codes(self, kind):
        """The codes of one kind of area that hold this place."""
        if kind == AreaKind.ZONE:
            return set(self.zones)
        code = self.town if kind == AreaKind.TOWN else self.grid if kind == AreaKind.GRID else self.village
        return {code} - {None} if kind in PLAIN else set()


@dataclass(frozen=True)
class Answer:
    """The unit, the duty it rests on (None: nobody has one, the desk decides) and the duties that lost, with why.

    where: the place that was asked about, None without a category.
    """

    unit: Unit
    duty: Duty | None = None
    losers: tuple = ()
    where: Where | None = None

    @property
    def doubly_claimed(self):
        """Whether another unit's duty fits as well, so that only document or code decided."""
        best = self.duty and rank(self.duty)[:EQUAL]
        return any(rank(duty)[:EQUAL] == best and duty.unit.code != self.unit.code for duty, _by in self.losers)

    @property
    def silent_zones(self):
        """The codes of the place's zones whose owner has no duty for this."""
        speaking = {code for duty in self.duties if duty.area_kind == AreaKind.ZONE for code in duty.area_codes}
        return tuple(code for code in (self.where.zones if self.where else ()) if code not in speaking)

    @property
    def duties(self):
        """All duties that match, best first."""
        return ([self.duty] if self.duty else []) + [duty for duty, _by in self.losers]


def matches(duty, category, where, on):
    """Whether a duty speaks of this category (a Category), place and date."""
    named = (duty.category_id in (None, category.pk)) and (duty.major_id in (None, category.major_id))
    if not named or not holds(duty, on):
        return False
    return duty.area_kind == AreaKind.COUNTY or not where.codes(duty.area_kind).isdisjoint(duty.area_codes)


def holds(duty, on):
    """Whether a duty is in force on a date, its first and last day included."""
    return (duty.valid_from or on) <= on <= (duty.valid_to or on)


def rank(duty):
    """The sort key of §5, best first. Its last part tells rows of one unit apart by what they say, never by when they came."""
    breadth = 0 if duty.category_id else 1 if duty.major_id else 2
    told = (duty.document, duty.clause, sorted(duty.area_codes), str(duty.valid_from), str(duty.valid_to), duty.note)
    return breadth == 2, SIZE[duty.area_kind], breadth, -duty.document_date.toordinal(), duty.unit.code, told


def resolve(duties, category, where, on):
    """The duties that match, best first. Pure: independent of the order of `duties`."""
    return sorted((duty for duty in duties if matches(duty, category, where, on)), key=rank)


def lost_by(best, other):
    """The word for the first part of the sort key in which two duties differ."""
    return next((word for word, a, b in zip(LOST_BY, best, other, strict=True) if a != b), LOST_BY[-1])


@dataclass
class Rulebook:
    """A table of duties, to be asked: the one in use, or one that is only tried. desk: the Unit that decides when nobody answers.

    duties: Duty rows with unit, category and major loaded; they need not be stored.
    """

    duties: list
    desk: Unit
    _named: dict = field(init=False, repr=False)
    _areas: set = field(init=False, repr=False)  # (kind, code) that any duty names
    _turns: list = field(init=False, repr=False)  # the dates on which a duty begins to hold or no longer does

    def __post_init__(self):
        self._named = {}
        for duty in self.duties:
            self._named.setdefault((duty.category_id, duty.major_id), []).append(duty)
        self._areas = {(duty.area_kind, code) for duty in self.duties for code in duty.area_codes}
        ends = (duty.valid_to + DAY for duty in self.duties if duty.valid_to)
        self._turns = sorted({duty.valid_from for duty in self.duties if duty.valid_from}.union(ends))

    def alike(self, where, on):
        """What duties look at in a Where and a date: two that are alike have the same answer, but for the places themselves."""
        village = where.village if (AreaKind.VILLAGE, where.village) in self._areas else None
        grid = where.grid if (AreaKind.GRID, where.grid) in self._areas else None
        return where.town, village, grid, where.zones, bisect_right(self._turns, on)

    def speaking_of(self, category):
        """The duties that name a Category, its 大类, or any kind."""
        keys = ((category.pk, None), (None, category.major_id), (None, None))
        return [duty for key in keys for duty in self._named.get(key, ())]

    def answer(self, category: Category | None, where, on):
        """The Answer for a Category (or None) at a Where on a date; the desk when nobody answers."""
        found = resolve(self.speaking_of(category), category, where, on) if category else []
        if not found:
            return Answer(self.desk, where=where if category else None)
        best = rank(found[0])
        return Answer(found[0].unit, found[0], tuple((duty, lost_by(best, rank(duty))) for duty in found[1:]), where)
