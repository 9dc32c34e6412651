"""What counts are held against: people and road by cell, out of the editions in use."""

from typing import NamedTuple

import numpy as np

from gis_app.models import Edition, Exposure, remembered
from gis_app.words import EXPOSURES, EditionKind
from layers.cells import parents, resolutions

PER = 1000  # people, or metres of road: what a rate is told for
LEAST = {EditionKind.PEOPLE: 100.0, EditionKind.ROADS: 500.0}  # people, metres: one ticket beside less would seem many


class Exposed(NamedTuple):
    """What the county's cells have of something. cells: (m,) int64 of resolution 9, sorted; amounts: (m,) people or metres."""

    source: str
    cells: np.ndarray
    amounts: np.ndarray

    @property
    def total(self):
        return float(self.amounts.sum())

    def at(self, res):
        """(cells, amounts) of a resolution of 9 or less."""
        coarse, where = np.unique(parents(self.cells, res), return_inverse=True)
        return coarse, np.bincount(where, self.amounts, minlength=len(coarse))

    def of(self, cells):
        """(n,) amounts of these cells, all of one resolution of 9 or less; nought where there is nothing."""
        cells = np.asarray(cells, dtype=np.int64)
        if not len(cells) or not len(self.cells):
            return np.zeros(len(cells))
        known, amounts = self.at(int(resolutions(cells[:1])[0]))
        where = np.minimum(np.searchsorted(known, cells), len(known) - 1)
        return np.where(known[where] == cells, amounts[where], 0.0)


@remembered("places")
def exposures():
    """{kind: Exposed} of what is loaded and in use; empty where a county has neither people nor roads by cell."""
    found = {}
    for edition in Edition.objects.filter(kind__in=EXPOSURES, active=True).order_by("kind"):
        rows = list(Exposure.objects.filter(edition=edition).order_by("cell").values_list("cell", "amount"))
        cells, amounts = np.array([cell for cell, _n in rows], dtype=np.int64), np.array([n for _cell, n in rows], dtype=float)
        found[edition.kind] = Exposed(edition.source, cells, amounts)
    return found
