"""What is laid over a map's ground: areas, the shade that each is in, and what the shades mean; the same for screen and paper."""

from typing import NamedTuple

import geopandas
import numpy as np
import shapely

UNITS = 100_000  # of a degree: about a metre
SEAM, NEUTRAL = "#52806A", "#CFD8CE"  # of an area with a class; of one that there are tickets in, and nothing said of


class Shade(NamedTuple):
    """One class of the legend. hatched: white strokes over it, so that it stays itself in grey print."""

    colour: str
    words: str
    hatched: bool = False
    edge: str = SEAM


class Overlay(NamedTuple):
    """Areas over the ground.

    areas: GeoDataFrame (EPSG:4326) of geometry, `shade` (index into shades), a column for each name in `facts`, and `cell`
    where they are cells. shades: [Shade]. facts: {column: what it is called}. coarse: areas to show from afar, or None.
    fine: address that gives the areas of a window when one is near, or "".
    """

    areas: geopandas.GeoDataFrame
    shades: list
    facts: dict
    coarse: geopandas.GeoDataFrame | None = None
    fine: str = ""


def packed(areas, facts):
    """Areas as few bytes, for the script in layers.draw: all shapes as steps from corner to corner in 1/100,000 degree.

    Every cell of a county takes about the same steps, which is what compression is good at.
    Returns {at: [[[[step, …]]]] (area, polygon, ring), shade: [int], facts: [[…], …], cell: [name] where they are cells}.
    A ring's first step leads from where the ring before it began; east comes before north.
    """
    parts, of_area = shapely.get_parts(areas.geometry.array, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    at, polygons = [[] for _ in range(len(areas))], [[] for _ in range(len(parts))]
    for part, steps in zip(of_part, _steps(rings), strict=True):
        polygons[part].append(steps)
    for area, polygon in zip(of_area, polygons, strict=True):
        at[area].append(polygon)
    told = {"at": at, "shade": areas["shade"].tolist(), "facts": areas[list(facts)].to_numpy(dtype=object).tolist()}
    return told | ({"cell": areas["cell"].tolist()} if "cell" in areas else {})


def _steps(rings):
    """[[east, north, east, north, …]] of each ring, without the corner that closes it. All at once: a county has thousands."""
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    kept = np.append(of_ring[1:] == of_ring[:-1], False)[: len(points)]
    corners, of_ring = np.round(points[kept] * UNITS).astype(np.int64), of_ring[kept]
    first = np.flatnonzero(np.diff(of_ring, prepend=-1))
    steps = np.diff(corners, axis=0, prepend=0)
    steps[first] = np.diff(corners[first], axis=0, prepend=0)
    return [part.tolist() for part in np.split(steps.ravel(), 2 * first[1:])] if len(rings) else []


def unpacked(told):
    """The shapes in what `packed` gives, as shapely MultiPolygons in degrees: what the script does, for tests and others."""
    start, shapes = np.zeros(2, dtype=np.int64), []
    for parts in told["at"]:
        polygons = []
        for rings in parts:
            paths = []
            for steps in rings:
                corners = start + np.cumsum(np.reshape(steps, (-1, 2)), axis=0)
                start = corners[0]
                paths.append(corners / UNITS)
            polygons.append(shapely.Polygon(paths[0], paths[1:]))
        shapes.append(shapely.MultiPolygon(polygons))
    return np.array(shapes, dtype=object)
