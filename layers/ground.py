"""What lies under every map of the county: its outline, the towns' edges, each drawn once, names, and the neighbours."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely

HALO = 0.006  # degrees round the county in which no neighbour's edge is drawn: other sources, other steps, they never meet
MARGIN = 0.35  # degrees round the county in which neighbours are drawn
SIGHT = 0.02  # degrees round the county that are in view at first
ROOM = 0.032  # degrees; the radius that a name needs
DIGITS = 4  # decimals of a degree in the citizen's map: 10 m, less than the width of a line


class Place(NamedTuple):
    """A town, or a neighbouring county (without the flag), as it comes from a file or a table. outline: shapely, WGS84."""

    code: str
    name: str
    outline: shapely.Geometry
    synthetic: bool = True


class Label(NamedTuple):
    code: str
    name: str
    lon: float
    lat: float


class Ground(NamedTuple):
    """county: MultiPolygon. towns: labels. lines: (synthetic, path). neighbours: (label, [path]). Paths: (n, 2) lon, lat."""

    county: shapely.MultiPolygon
    outlines: dict
    towns: list
    lines: list
    neighbours: list


def ground_of(towns, neighbours, tolerance):
    """The ground of a county, simplified so that towns still share their edges.

    towns, neighbours: Places in any order. tolerance: degrees, about the side of the smallest corner that stays; 0 keeps all.
    """
    towns = sorted(towns, key=lambda town: town.code)
    outlines = np.array([town.outline for town in towns], dtype=object)
    if tolerance:
        outlines = simplified(outlines, tolerance)
    county = _multi(shapely.union_all(outlines))
    labels = [Label(town.code, town.name, *middle(shape)) for town, shape in zip(towns, outlines, strict=True)]
    return Ground(
        county=county,
        outlines={town.code: shape for town, shape in zip(towns, outlines, strict=True)},
        towns=labels,
        lines=inner_lines(outlines, [town.synthetic for town in towns], county),
        neighbours=_around(sorted(neighbours, key=lambda place: place.code), county, tolerance),
    )


def simplified(outlines, tolerance):
    """Fewer vertices. Edges that two towns share stay shared, if they were (a valid coverage); else each is done by itself."""
    if shapely.coverage_is_valid(outlines):
        return shapely.coverage_simplify(outlines, tolerance)
    return shapely.simplify(outlines, tolerance, preserve_topology=True)


def middle(shape):
    """(lon, lat) of the centre of the largest circle inside: where a name has most room."""
    return _rounded(shapely.maximum_inscribed_circle(shape, tolerance=0.001))


def inner_lines(outlines, synthetic, county):
    """Edges between towns, each once: drawn twice, the dashes of one would fill the gaps of the other.

    outlines: (n,) polygons. synthetic: (n,) bool. Returns [(synthetic, path)]; an edge is synthetic when either side is.
    """
    outer = set(_segments(county))
    sides = {}
    for outline, doubtful in zip(outlines, synthetic, strict=True):
        for segment in _segments(outline):
            if segment not in outer:
                sides[segment] = sides.get(segment, False) or doubtful
    lines = []
    for doubtful in (True, False):
        lines += [(doubtful, path) for path in _joined([s for s, flag in sides.items() if flag == doubtful])]
    return lines


def county_vectors(ground, english=None):
    """The citizen's map as one small JSON object; lon before lat.

    ground: Ground. english: {code: name in latin letters}, added to places as name_en. Returns {county: [ring], bbox:
    [w, s, e, n], towns: [{code, name, name_en, label}], lines: [{synthetic, path}], neighbours: [{name, name_en, label, paths}]}.
    """
    english = english or {}
    return {
        "county": [_short(ring.coords) for part in ground.county.geoms for ring in (part.exterior, *part.interiors)],
        "towns": [
            {"code": town.code, "name": town.name, "name_en": english.get(town.code, town.name), "label": _point(town)}
            for town in ground.towns
        ],
        "lines": [{"synthetic": doubtful, "path": _short(path)} for doubtful, path in ground.lines],
        "neighbours": [
            {
                "name": label.name,
                "name_en": english.get(label.code, label.name),
                "label": _point(label),
                "paths": [_short(path) for path in paths],
            }
            for label, paths in ground.neighbours
        ],
        "bbox": [round(float(edge), DIGITS) for edge in ground.county.bounds],
    }


def _around(neighbours, county, tolerance):
    """Each neighbour's name, and the edges that no neighbour before it has drawn."""
    open_land, sight = (shapely.difference(_frame(county, width), county.buffer(HALO)) for width in (MARGIN, SIGHT))
    drawn, found = set(), []
    for place in neighbours:
        fresh = [segment for segment in _segments(place.outline) if segment not in drawn]
        drawn.update(fresh)
        edges = shapely.intersection(shapely.MultiLineString(fresh), open_land)
        paths = [shapely.get_coordinates(line) for line in _lines(shapely.simplify(shapely.line_merge(edges), 2 * tolerance))]
        spot = _spot(place.outline, sight, ROOM) or _spot(place.outline, open_land, 0)
        if spot:
            found.append((Label(place.code, place.name, *spot), paths))
    return found


def _frame(county, width):
    west, south, east, north = county.bounds
    return shapely.box(west - width, south - width, east + width, north + width)


def _spot(outline, window, room):
    """(lon, lat) for the name of what is seen of an outline through a window, or None when there is no such room."""
    seen = shapely.intersection(outline, window)
    if seen.is_empty or seen.area == 0:
        return None
    widest = max((shapely.maximum_inscribed_circle(part, tolerance=0.001) for part in _polygons(seen)), key=lambda r: r.length)
    return _rounded(widest) if widest.length > room else None


def _segments(shape):
    """Every edge of a polygon as a pair of (lon, lat), the smaller end first, so that both sides name it alike."""
    for ring in _rings(shape):
        ends = [tuple(end) for end in ring]
        yield from (tuple(sorted(pair)) for pair in pairwise(ends) if pair[0] != pair[1])


def _rings(shape):
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)]


def _joined(segments):
    """Paths as long as possible out of single edges; sorted first, so that equal input gives equal output."""
    if not segments:
        return []
    merged = shapely.line_merge(shapely.MultiLineString(sorted(segments)))
    return [shapely.get_coordinates(line) for line in _lines(merged)]


def _lines(shape):
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [part for part in parts if part.geom_type == "LineString" and not part.is_empty]


def _multi(shape):
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _polygons(shape):
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [part for part in parts if part.geom_type == "Polygon"]


def _rounded(radius):
    lon, lat = shapely.get_coordinates(radius)[0]
    return round(float(lon), 5), round(float(lat), 5)


def _short(path):
    """Rounded, and without the points that rounding made equal."""
    points = [[round(float(lon), DIGITS), round(float(lat), DIGITS)] for lon, lat in path]
    return [points[0], *(b for a, b in pairwise(points) if a != b)]


def _point(label):
    return [round(label.lon, DIGITS), round(label.lat, DIGITS)]
