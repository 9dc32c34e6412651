"""A point's town, village, grid and zones, from indexes in memory: no query."""

import json
import math
from dataclasses import dataclass

import numpy as np
import shapely
from django.conf import settings

from gis_app.errors import OutsideArea, SwappedCoordinates
from gis_app.locate.place import Place
from gis_app.models import Boundary, Edition, Grid, Town, Village, Zone, remembered
from gis_app.words import EditionKind, Precision, Reading
from layers.crs import to_metres
from layers.towns import TownIndex

NEAR_M = 800  # a village's point this near gives the place its name
LEAST_OVER = 0.01  # of a zone's area: less of it on the other side of a border is how lines are drawn
AROUND = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


@dataclass(frozen=True)
class Edited:
    """The boundaries in use: the edition, its towns by code and their index."""

    pk: int
    towns: dict
    index: TownIndex


class Areas:
    """Outlines with their codes, to be asked which of them cover a point. Built once, then only read."""

    def __init__(self, edition, rows=None):
        """edition: an Edition, or None: nothing covers anything. rows: {code: what the areas are}; others are left out."""
        found = [] if edition is None else list(Boundary.objects.filter(edition=edition).order_by("code"))
        kept = [boundary for boundary in found if rows is None or boundary.code in rows]
        self.codes = [boundary.code for boundary in kept]
        self.rows = [rows[code] for code in self.codes] if rows is not None else self.codes
        self.outlines = outlines_of(kept)
        self.tree = shapely.STRtree(self.outlines)

    def at(self, lon, lat):
        """The rows whose outline covers the point, edges included, in the order of their codes."""
        if not self.codes:
            return []
        return [self.rows[i] for i in np.sort(self.tree.query(shapely.Point(lon, lat), predicate="intersects"))]

    def at_many(self, lon, lat):
        """As `at`, for arrays of points: a list of lists."""
        found = [[] for _ in lon]
        for point, row in sorted(zip(*self.tree.query(shapely.points(lon, lat), predicate="intersects"), strict=True)):
            found[point].append(self.rows[row])
        return found


def outlines_of(boundaries):
    """(n,) shapely MultiPolygons of Boundary rows, WGS84."""
    return np.array(shapely.from_wkb([bytes(row.outline.wkb) for row in boundaries]), dtype=object)


def index_of(edition):
    """The TownIndex of an Edition of towns, whether it is in use or not."""
    rows = list(Boundary.objects.filter(edition=edition))
    return TownIndex([row.code for row in rows], outlines_of(rows))


def in_use(kind):
    """The Edition of a kind that is in use, or None."""
    return Edition.objects.filter(kind=kind, active=True).first()


@remembered("places")
def active_edition():
    """The active edition's towns and index; a new one is noticed within STAMP_SECONDS."""
    edition = Edition.objects.get(kind=EditionKind.TOWNS, active=True)
    index = index_of(edition)
    towns = {town.code: town for town in Town.objects.filter(code__in=index.codes).select_related("unit")}
    return Edited(edition.pk, towns, index)


@remembered("places")
def county():
    """{code, name} of the county, from its outline's own properties."""
    features = json.loads((settings.FIXTURES / "county.geojson").read_text(encoding="utf-8"))["features"]
    return features[0]["properties"]


@remembered("places")
def villages():
    """All villages with their towns, in the order of their codes."""
    return list(Village.objects.select_related("town").order_by("code"))


@remembered("places")
def village_squares():
    """{(column, row) of a square of NEAR_M metres: [(east, north, village)]}: three times as quick to ask as a tree."""
    squares = {}
    for village in villages():
        east, north = to_metres(village.point.x, village.point.y)
        squares.setdefault((int(east // NEAR_M), int(north // NEAR_M)), []).append((east, north, village))
    return squares


def _areas(kind, model):
    return Areas(in_use(kind), {row.code: row for row in model.objects.select_related(*LOADED.get(kind, ()))})


LOADED = {EditionKind.VILLAGES: ("town",), EditionKind.GRIDS: ("town",)}


@remembered("places")
def village_areas():
    """The villages that have outlines, to be asked by point."""
    return _areas(EditionKind.VILLAGES, Village)


@remembered("places")
def grids():
    """The responsibility grids, to be asked by point."""
    return _areas(EditionKind.GRIDS, Grid)


@remembered("places")
def unit_grids():
    """The codes of unit grids, to be asked by point."""
    return Areas(in_use(EditionKind.UNIT_GRIDS))


@remembered("places")
def zones():
    """The zones, to be asked by point."""
    return _areas(EditionKind.ZONES, Zone)


def town_of(lon, lat):
    """The town that a point lies in, by the active edition's index in memory; no query.

    lon, lat: degrees, WGS84. The county's edge counts as inside; on a shared edge the lower code wins.
    Raises OutsideArea with the nearest town and its distance in km (EPSG:4545), or SwappedCoordinates.
    """
    edition = active_edition()
    code = edition.index.code_at(lon, lat)
    if code is None:
        raise outside(edition, lon, lat)
    return edition.towns[code]


def outside(edition, lon, lat):
    """The Problem that says how far outside a point lies."""
    if swapped := edition.index.code_at(lat, lon):
        return SwappedCoordinates(county=county()["name"], lon=f"{lon:g}", lat=f"{lat:g}", town=edition.towns[swapped].name)
    code, km = edition.index.nearest(lon, lat)
    return OutsideArea(county=county()["name"], nearest=edition.towns[code].name, code=code, km=km)


@remembered("places")
def _ground():
    """Everything that a point is asked against. Measured: one look at the stamp, 10 µs less than one for each of them."""
    return active_edition(), village_areas(), grids(), unit_grids(), zones()


def at_point(lon, lat, accuracy_m=None):
    """The Place of a point. lon, lat: degrees, WGS84. Reading is `outside`, with the nearest town, beyond the county."""
    edition, its_villages, its_grids, its_unit_grids, its_zones = _ground()
    code = edition.index.code_at(lon, lat)
    if code is None:
        code, km = edition.index.nearest(lon, lat)
        return Place(Reading.OUTSIDE, nearest=(edition.towns[code], km), edition=edition.pk)
    town = edition.towns[code]
    near = edition.index.within(lon, lat, accuracy_m) if accuracy_m else []
    borders = tuple((edition.towns[code], metres) for code, metres in near if code != town.code)
    return Place(
        precision=Precision.POINT,
        confidence=1.0,
        town=town,
        village=next(iter(its_villages.at(lon, lat)), None),
        grid=next(iter(its_grids.at(lon, lat)), None),
        unit_grid=next(iter(its_unit_grids.at(lon, lat)), None),
        zones=tuple(zone.code for zone in its_zones.at(lon, lat)),
        lon=lon,
        lat=lat,
        borders=borders,
        name=name_near(town, lon, lat),
        edition=edition.pk,
    )


def zones_in(codes, town):
    """Those of some zones, by code, that reach into a town; a zone that is only drawn along its edge does not."""
    if not codes:
        return ()
    index, drawn = active_edition().index, zones()
    outline = index.outlines[index.codes.index(town)]
    shapes = {zone.code: shape for zone, shape in zip(drawn.rows, drawn.outlines, strict=True) if zone.code in codes}
    over = {code: shapely.area(shapely.intersection(shape, outline)) / shapely.area(shape) for code, shape in shapes.items()}
    return tuple(code for code in codes if over.get(code, 0.0) > LEAST_OVER)


def name_near(town, lon, lat):
    """The place in words: the town, and the village whose point is near; in Chinese, since a ticket keeps it."""
    squares, (east, north) = village_squares(), to_metres(lon, lat)
    column, row = int(east // NEAR_M), int(north // NEAR_M)
    around = [each for dx, dy in AROUND for each in squares.get((column + dx, row + dy), ())]
    away, _code, near = min(((math.hypot(x - east, y - north), v.code, v) for x, y, v in around), default=(math.inf, "", None))
    return f"{town.name} {near.name}附近" if away <= NEAR_M and near.town_id == town.pk else town.name


def where_is(place):
    """The codes of the areas that a Place lies in, for routing: {town, village, grid, zones}."""
    return {
        "town": place.town.code,
        "village": place.village.code if place.village else None,
        "grid": place.grid.code if place.grid else None,
        "zones": place.zones,
    }
