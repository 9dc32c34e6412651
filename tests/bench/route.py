"""Who answers, in bulk: every category at 100,000 places, against pandas joining places and duties and keeping the best."""

import random
import sys
from datetime import date

import numpy as np
import pandas as pd
from django.core.management import call_command

from gis_app import route
from gis_app.classify import categories
from gis_app.locate.points import villages
from gis_app.models import Duty
from gis_app.route.rules import rank
from gis_app.words import AreaKind
from tests.bench.turns import compare, seconds

PLACES, EXTRA, SEED, DAY = 100_000, 400, 1, date(2026, 11, 25)


def run():
    """Lines of the bench `route`."""
    call_command("migrate", verbosity=0)
    call_command("load_fixtures", stdout=sys.stderr)
    dice = random.Random(SEED)
    book = route.Rulebook(route.in_use().duties + more_duties(dice), route.desk())
    wheres = places(dice)
    where_of = np.random.default_rng(SEED).integers(0, len(wheres), PLACES)
    kinds, answer = list(categories().values()), {}

    def ours():
        found, units = route.units_of(book, kinds, wheres, where_of, DAY)
        answer["ours"] = np.array([unit.code for unit in units])[found]

    peer = Pandas(book, wheres, where_of)

    def theirs():
        answer["theirs"] = np.array([peer.units(kind) for kind in kinds])

    what = f"{len(kinds)} categories × {PLACES:,} places in {len(wheres)} sets of areas, {len(book.duties):,} duties"
    agree = lambda: (answer["ours"] == answer["theirs"]).all()  # noqa: E731
    turns = (lambda: seconds(ours)), (lambda: seconds(theirs))
    yield compare(what, "pandas", *turns, len(kinds) * PLACES, "answers/s", agree, turns=2)


def more_duties(dice):
    """Duties for villages and stretches beside the county's own, so that the smaller area often wins."""
    known, kinds, codes = route.in_use().duties, list(categories().values()), [village.code for village in villages()]
    made = []
    for number in range(EXTRA):
        kind = dice.choice((AreaKind.VILLAGE, AreaKind.ZONE))
        some = dice.sample(codes, 3) if kind == AreaKind.VILLAGE else [f"Z{dice.randrange(60)}"]
        named = dice.choice(kinds)
        of_all = number % 3 == 0
        made.append(
            Duty(
                unit=dice.choice(known).unit,
                category=None if of_all else named,
                major=named.major if of_all else None,
                area_kind=kind,
                area_codes=some,
                document="bench",
                document_date=date(2026, 1 + number % 12, 1),
            )
        )
    return made


def places(dice):
    """The distinct sets of areas: every village, some of them in one or two stretches."""
    plain = [route.Where(village.town.code, village.code) for village in villages()]
    zones = [tuple(f"Z{dice.randrange(60)}" for _ in range(dice.choice((1, 1, 2)))) for _ in range(2000)]
    return plain + [route.Where(place.town, place.village, None, held) for held in zones for place in [dice.choice(plain)]]


class Pandas:
    """The same as a join: one row for each area of a place, one for each area of a duty, the best of each place kept."""

    def __init__(self, book, wheres, where_of):
        self.desk, self.number = book.desk.code, len(where_of)
        rows = [(at, str(kind), code) for at, where in enumerate(wheres) for kind, code in areas(where)]
        held = pd.DataFrame(rows, columns=["at", "kind", "code"])
        self.places = pd.DataFrame({"place": np.arange(len(where_of)), "at": where_of}).merge(held, on="at")
        self.duties = book.duties

    def units(self, category):
        """(n,) codes of the units that answer for a Category."""
        speaking = [duty for duty in self.duties if duty.category_id == category.pk or duty.major_id == category.major_id]
        speaking += [duty for duty in self.duties if duty.category_id is None and duty.major_id is None]
        line = sorted((duty for duty in speaking if (duty.valid_from or DAY) <= DAY <= (duty.valid_to or DAY)), key=rank)
        rows = [(str(d.area_kind), code, place, d.unit.code) for place, d in enumerate(line) for code in d.area_codes or ("",)]
        joined = self.places.merge(pd.DataFrame(rows, columns=["kind", "code", "line", "unit"]), on=["kind", "code"])
        best = joined.sort_values("line").drop_duplicates("place").set_index("place")["unit"]
        return best.reindex(np.arange(self.number)).fillna(self.desk).to_numpy()


def areas(where):
    """[(kind, code)] of a Where, the county included."""
    smaller = [(AreaKind.ZONE, code) for code in set(where.zones)] + [(AreaKind.VILLAGE, where.village)]
    return [*smaller, (AreaKind.TOWN, where.town), (AreaKind.COUNTY, "")]
