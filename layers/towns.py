"""Which town a point lies in, which is nearest, and which ones a circle reaches."""

import math

import numpy as np
import shapely
from pyproj import Geod

from layers.crs import to_metres
from layers.raster import BORDER, OUTSIDE, Raster

ELLIPSOID = Geod(ellps="GRS80")
REACH = 1_000_000  # metres; farther away the projection says nothing useful and the ellipsoid is asked


class TownIndex:
    """Towns in memory. Built once, then only read: any number of threads may ask.

    codes: town codes (str). outlines: shapely Polygons or MultiPolygons, WGS84, in the same order, which does not matter.
    A town's edge belongs to it (covers); where two share one, the lower code wins.
    """

    def __init__(self, codes, outlines):
        order = np.argsort(np.array(codes, dtype=str), kind="stable")
        self.codes = [codes[i] for i in order]
        self.outlines = np.array([outlines[i] for i in order], dtype=object)
        self.boxes = shapely.bounds(self.outlines).reshape(-1, 4)
        self.flat = shapely.transform(self.outlines, _project)
        self.flat_boxes = shapely.bounds(self.flat).reshape(-1, 4).tolist()
        shapely.prepare(self.outlines)
        shapely.prepare(self.flat)
        self._warm()
        self.raster = Raster(self.outlines, self._exact)

    def _warm(self):
        """Prepared shapes build their inner indexes at the first question; two threads must not both ask it."""
        for outlines in (self.outlines, self.flat):
            inside = shapely.point_on_surface(outlines)
            shapely.intersects_xy(outlines, shapely.get_x(inside), shapely.get_y(inside))
            shapely.distance(outlines, inside)

    def code_at(self, lon, lat):
        """The code of the town that covers a point, or None. lon, lat: WGS84 degrees; NaN lies nowhere."""
        row = self.raster.at_one(lon, lat)
        if row == BORDER:
            hits = np.flatnonzero(shapely.intersects_xy(self.outlines, lon, lat))
            row = hits[0] if len(hits) else OUTSIDE
        return None if row == OUTSIDE else self.codes[row]

    def codes_at(self, lon, lat):
        """As code_at, for many points. lon, lat: (n,) float. Returns (n,) object: code or None."""
        found = self.rows_at(lon, lat)
        return np.array([*self.codes, None], dtype=object)[found]

    def rows_at(self, lon, lat):
        """(n,) int16: the position in `self.codes` of the town of each point, −1 outside. Identical to asking every outline."""
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        found = self.raster.at(lon, lat)
        border = np.flatnonzero(found == BORDER)
        found[border] = self._exact(lon[border], lat[border])
        return found

    def _exact(self, lon, lat):
        """As rows_at, by geometry alone."""
        found = np.full(lon.shape, OUTSIDE, dtype=np.int16)
        for row, (outline, box) in enumerate(zip(self.outlines, self.boxes, strict=True)):
            west, south, east, north = box
            ask = np.flatnonzero((found < 0) & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
            found[ask[shapely.intersects_xy(outline, lon[ask], lat[ask])]] = row
        return found

    def nearest(self, lon, lat):
        """(code, km) of the nearest town; 0 km inside one. Measured in EPSG:4545, beyond 1,000 km along the ellipsoid.

        lon, lat: WGS84 degrees. Raises ValueError where they are no place on earth.
        """
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise ValueError(f"no place on earth: {lon}, {lat}")
        row, metres = self._nearest_flat(*to_metres(lon, lat))
        if not metres < REACH:
            distances = self._far(lon, lat)
            row = int(np.argmin(distances))  # the first of equals: the lower code
            metres = distances[row]
        return self.codes[row], float(metres / 1000)

    def _nearest_flat(self, east, north):
        """(row, metres) of the nearest outline in EPSG:4545: box by box, until no box is nearer than what was found."""
        best = (math.inf, 0)
        if not (math.isfinite(east) and math.isfinite(north)):
            return 0, math.inf
        here = shapely.Point(east, north)
        for least, row in sorted((_to_box(east, north, box), row) for row, box in enumerate(self.flat_boxes)):
            if least > best[0]:
                break
            best = min(best, (shapely.distance(self.flat[row], here), row))  # of equals the lower code
        return best[1], best[0]

    def within(self, lon, lat, metres):
        """The towns that a circle reaches: [(code, distance in metres)], nearest first, the lower code first among equals.

        The town that covers the centre is 0 away. Distances are EPSG:4545.
        """
        distances = self._distances(lon, lat)
        rows = [row for row in np.argsort(distances, kind="stable") if distances[row] <= metres]
        return [(self.codes[row], float(distances[row])) for row in rows]

    def _distances(self, lon, lat):
        east, north = to_metres(lon, lat)
        if not (np.isfinite(east) and np.isfinite(north)):
            return np.full(len(self.codes), np.inf)
        return shapely.distance(self.flat, shapely.Point(east, north))

    def _far(self, lon, lat):
        """Metres to the nearest vertex of each town, along the ellipsoid."""
        vertices, owner = shapely.get_coordinates(self.outlines, return_index=True)
        lons, lats = np.full(len(owner), lon), np.full(len(owner), lat)
        lengths = ELLIPSOID.inv(lons, lats, vertices[:, 0], vertices[:, 1])[2]
        return np.array([lengths[owner == row].min() for row in range(len(self.codes))])


def _to_box(x, y, box):
    """How far a point is from a box (west, south, east, north); 0 inside."""
    west, south, east, north = box
    return math.hypot(max(west - x, 0.0, x - east), max(south - y, 0.0, y - north))


def _project(vertices):
    return np.column_stack(to_metres(vertices[:, 0], vertices[:, 1]))
