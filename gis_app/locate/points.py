"""A point's town, village, grid and zones, from indexes in memory: no query."""

import json
from dataclasses import dataclass

import shapely
from django.conf import settings

from gis_app.errors import OutsideArea, SwappedCoordinates
from gis_app.locate.place import Place
from gis_app.models import Boundary, Edition, Grid, Village, Zone, remembered
from gis_app.words import EditionKind, Precision, Reading
from layers.crs import to_metres
from layers.towns import TownIndex

NEAR_M = 800  # a village's point this near gives the place its name


@dataclass(frozen=True)
class Edited:
    """The boundaries in use: the edition, its towns by code and their index."""

    pk: int
    towns: dict
    index: TownIndex


class Areas:
    """Things with outlines, to be asked which of them cover a point; in the order of their codes."""

    def __init__(self, rows):
        self.rows = [row for row in rows if row.outline]
        self.outlines = shapely.from_wkb([bytes(row.outline.wkb) for row in self.rows])
        shapely.prepare(self.outlines)

    def at(self, lon, lat):
        """The rows whose outline covers the point, edges included."""
        if not self.rows:
            return []
        return [row for row, hit in zip(self.rows, shapely.intersects_xy(self.outlines, lon, lat), strict=True) if hit]


@remembered("places")
def active_edition():
    """The active edition's towns and index; a new one is noticed within STAMP_SECONDS."""
    edition = Edition.objects.get(kind=EditionKind.TOWNS, active=True)
    rows = list(Boundary.objects.filter(edition=edition).select_related("town__unit").order_by("town__code"))
    index = TownIndex([row.town.code for row in rows], shapely.from_wkb([bytes(row.outline.wkb) for row in rows]))
    return Edited(edition.pk, {row.town.code: row.town for row in rows}, index)


@remembered("places")
def county():
    """{code, name} of the county, from its outline's own properties."""
    features = json.loads((settings.FIXTURES / "county.geojson").read_text(encoding="utf-8"))["features"]
    return features[0]["properties"]


@remembered("places")
def villages():
    """All villages with their points in metres, and areas for those with outlines."""
    rows = list(Village.objects.select_related("town").order_by("code"))
    east, north = to_metres([row.point.x for row in rows], [row.point.y for row in rows]) if rows else ([], [])
    return rows, shapely.STRtree(shapely.points(east, north)), Areas(rows)


@remembered("places")
def grids():
    """The responsibility grids, to be asked by point."""
    return Areas(Grid.objects.order_by("code"))


@remembered("places")
def zones():
    """The zones, to be asked by point."""
    return Areas(Zone.objects.order_by("code"))


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


def at_point(lon, lat, accuracy_m=None):
    """The Place of a point. lon, lat: degrees, WGS84. Reading is `outside`, with the nearest town, beyond the county."""
    edition = active_edition()
    try:
        town = town_of(lon, lat)
    except OutsideArea as error:
        return Place(Reading.OUTSIDE, nearest=(edition.towns[error.facts["code"]], error.facts["km"]), edition=edition.pk)
    except SwappedCoordinates:
        code, km = edition.index.nearest(lon, lat)
        return Place(Reading.OUTSIDE, nearest=(edition.towns[code], km), edition=edition.pk)
    near = edition.index.within(lon, lat, accuracy_m) if accuracy_m else []
    borders = tuple((edition.towns[code], metres) for code, metres in near if code != town.code)
    return Place(
        precision=Precision.POINT,
        confidence=1.0,
        town=town,
        village=next(iter(villages()[2].at(lon, lat)), None),
        grid=next(iter(grids().at(lon, lat)), None),
        zones=tuple(zone.code for zone in zones().at(lon, lat)),
        lon=lon,
        lat=lat,
        borders=borders,
        name=name_near(town, lon, lat),
        edition=edition.pk,
    )


def name_near(town, lon, lat):
    """The place in words: the town, and the village whose point is near; in Chinese, since a ticket keeps it."""
    rows, tree, _areas = villages()
    here = shapely.Point(*to_metres(lon, lat))
    found = tree.query_nearest(here, max_distance=NEAR_M, all_matches=False) if rows else []
    near = rows[int(found[0])] if len(found) and rows[int(found[0])].town_id == town.pk else None
    return f"{town.name} {near.name}附近" if near else town.name


def where_is(place):
    """The codes of the areas that a Place lies in, for routing: {town, village, grid, zones}."""
    return {
        "town": place.town.code,
        "village": place.village.code if place.village else None,
        "grid": place.grid.code if place.grid else None,
        "zones": place.zones,
    }
