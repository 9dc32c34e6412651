"""What the load is held against: nothing, people or road. With either, where more is reported than these would explain."""

from typing import NamedTuple

import numpy as np
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gis_app import stats
from gis_app.errors import BadField
from gis_app.words import EXPOSURES
from layers import hotspots as tests
from layers.cells import DRAWN
from layers.hotspots import Null


class Question(TextChoices):
    """What is asked; each has its own exact test in layers.hotspots."""

    LOAD = "load", _("哪里报得多")
    SHARE = "share", _("哪里这类占得多")
    CHANGE = "change", _("哪里比上期多")


class Chance(NamedTuple):
    """What is taken for chance. null: layers.hotspots.Null, of the load by number. mid: what was seen counts half (mid-p)."""

    null: str = Null.TOTAL
    mid: bool = False


USUAL = Chance()


class Held(NamedTuple):
    """What the cells of a county have of people or road.

    amounts: (n,) people or metres, in the grid's order. least: of these in a cell and its ring, below which nothing is tested.
    source: where they are from. left_out: tickets in cells that have none, which the test leaves out. drawn: (n,) p of the
    cell's rates by seeded draws, NaN where it has less than `least`: an estimate beside the exact test, never its colour.
    """

    amounts: np.ndarray
    least: float
    source: str
    left_out: int
    drawn: np.ndarray


def held_against(grid, counts, per, question):
    """The Held of these counts. per: people or roads. Raises BadField for another question and for what is not loaded."""
    if question != Question.LOAD:
        raise BadField(field="per", why=_("占比和比上期自己带着比的数，不用再折算。"))
    if per not in EXPOSURES:
        raise BadField(field="per", why=_("只能是：%s。") % "、".join(EXPOSURES))
    if per not in stats.exposures():
        raise BadField(field="per", why=_("还没有装入这一种：load_population 装人口，load_roads 装道路。"))
    exposed, least = stats.exposures()[per], stats.LEAST[per]
    amounts = grid.placed(*exposed.at(DRAWN))
    left_out = int(counts[amounts == 0].sum())
    return Held(amounts, least, exposed.source, left_out, _drawn(grid, counts, amounts, least))


def load_of(counts, grid, held=None, chance=USUAL):
    """The layers.hotspots.Found of the load: of counts, or of counts held against people or road.

    Gi* of rates would have to be drawn, since rates are no whole numbers, and takes one ticket beside few people for much. Given
    how many were told in all, their number in a ring is binomial with its part of all people: exact, whole numbers or not.
    """
    if held is None:
        return tests.load(counts, grid, chance.null, chance.mid)
    return tests.rated(counts, held.amounts, grid, held.least, chance.mid)


def _drawn(grid, counts, amounts, least):
    """(n,) p of Gi* of the rates among cells that have enough for one, by draws; NaN elsewhere."""
    enough, p = amounts >= least, np.full(len(amounts), np.nan)
    if enough.any():
        p[enough] = tests.permuted(counts[enough] / amounts[enough], tests.lattice(grid.cells[enough])).p
    return p
