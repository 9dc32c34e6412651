"""What counts are held against: people and metres of road by H3 cell, out of squares, points, areas and lines.

Nothing is lost and nothing counted twice: what the cells hold adds up to what lies inside the county. Shapes and points are
WGS84, lon first; lengths and areas are of the metric plane, EPSG:4545.
"""

import h3.api.basic_int as h3
import numpy as np
import shapely
from pyproj import Transformer

from layers.cells import STORED, county_cells, polygons
from layers.crs import from_metres, to_metres
from layers.metres import flat

SPREAD = 60.0  # metres: a square of a grid is cut into ones no wider than that, so that it lies in all cells that it covers
FINEST = 40  # parts of a square's side at most
ON_EDGE = 1e-9  # of an edge's length, by which a crossing at its end may miss it


def metres_in_cells(lines, county, res=STORED):
    """(cells, metres) of road in each cell, (m,) int64 sorted and (m,) float.

    lines: (n,) shapely LineStrings or MultiLineStrings; county: shapely outline. Lines are clipped to the county, then every
    straight piece of them is cut where it crosses an edge of a cell and lies where its middle lies: also one that runs along
    an edge is in one cell, and the sum is the length inside the county.
    """
    inside = shapely.get_parts(shapely.intersection(flat(np.asarray(lines, dtype=object)), flat(county)))
    starts, ends = _straight(inside[shapely.length(inside) > 0])
    piece, low, high = _cut(starts, ends, _edges(county_cells(county, res)))
    way = ends - starts
    lon, lat = from_metres(*(starts[piece] + (low + high)[:, None] / 2 * way[piece]).T)
    return _summed(lon, lat, (high - low) * np.hypot(*way.T)[piece], res)


def _straight(lines):
    """(starts, ends), each (s, 2), of every straight piece of these lines."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    return points[:-1][same], points[1:][same]


def _edges(cells):
    """(starts, ends), each (e, 2), of the edges of these cells in metres; an edge of two cells is there twice."""
    return _straight(shapely.get_exterior_ring(flat(polygons(cells))))


def _cut(starts, ends, edges):
    """(piece, low, high): which straight line each part belongs to, and the share of it from where to where; low < high."""
    line, at = _crossings(starts, ends, edges)
    every = np.arange(len(starts))
    line = np.concatenate([every, line, every])
    at = np.concatenate([np.zeros(len(starts)), at, np.ones(len(starts))])
    order = np.lexsort((at, line))
    line, at = line[order], at[order]
    kept = (line[1:] == line[:-1]) & (at[1:] > at[:-1])
    return line[1:][kept], at[:-1][kept], at[1:][kept]


def _crossings(starts, ends, edges):
    """(line, at): where straight lines cross edges, as the share of the line; parallel ones cross nowhere."""
    tree = shapely.STRtree(shapely.linestrings(np.stack(edges, axis=1)))
    line, edge = tree.query(shapely.linestrings(np.stack([starts, ends], axis=1)))
    way, side, apart = ends[line] - starts[line], edges[1][edge] - edges[0][edge], edges[0][edge] - starts[line]
    turn = _across(way, side)
    with np.errstate(divide="ignore", invalid="ignore"):
        at, along = _across(apart, side) / turn, _across(apart, way) / turn
    met = (turn != 0) & (at > 0) & (at < 1) & (along >= -ON_EDGE) & (along <= 1 + ON_EDGE)
    return line[met], at[met]


def _across(a, b):
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def people_at_points(lon, lat, people, county, res=STORED):
    """(cells, people) as `metres_in_cells`, of points inside the county, its edge included. lon, lat, people: (n,)."""
    shapely.prepare(county)
    inside = shapely.intersects_xy(county, lon, lat)
    return _summed(lon[inside], lat[inside], np.asarray(people, dtype=float)[inside], res)


def people_in_areas(areas, people, county, res=STORED):
    """(cells, people) as `metres_in_cells`, of areas whose people live evenly all over them; what is outside is left out.

    areas: (n,) valid shapely polygons with an area; people: (n,).
    """
    level, cells = flat(np.asarray(areas, dtype=object)), county_cells(county, res)
    inside, shapes = shapely.intersection(level, flat(county)), flat(polygons(cells))
    area, cell = shapely.STRtree(shapes).query(inside, predicate="intersects")
    share = shapely.area(shapely.intersection(inside[area], shapes[cell])) / shapely.area(level)[area]
    amounts = np.bincount(cell, share * np.asarray(people, dtype=float)[area], minlength=len(cells))
    return cells[amounts > 0], amounts[amounts > 0]


def people_in_squares(values, corner, system):
    """(lon, lat, people): the squares of a grid as points, wide ones cut into parts of equal number.

    values: (r, c) people in each square; what is not over nought, or no number, has none. corner: the six numbers of GDAL that
    say where a square lies. system: what pyproj knows. A degree or metre of the system is taken as it is in the grid's middle.
    """
    row, column = np.nonzero(np.nan_to_num(values, posinf=0) > 0)
    to_degrees = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    parts = _parts(values.shape, corner, to_degrees)
    within = (np.arange(parts) + 0.5) / parts
    down, right = (each.ravel() for each in np.meshgrid(within, within, indexing="ij"))
    x, y = _placed(corner, (column[:, None] + right).ravel(), (row[:, None] + down).ravel())
    return *to_degrees.transform(x, y), np.repeat(values[row, column] / parts**2, parts**2)


def _placed(corner, column, row):
    """(x, y) of places in a grid, in its own system."""
    west, wide, skew, north, turn, high = corner
    return west + column * wide + row * skew, north + column * turn + row * high


def _parts(shape, corner, to_degrees):
    """Into how many parts the side of a square is cut."""
    middle = np.array(shape)[::-1] // 2
    corners = _placed(corner, middle[0] + np.array([0, 1, 0]), middle[1] + np.array([0, 0, 1]))
    east, north = to_metres(*to_degrees.transform(*corners))
    side = max(np.hypot(east[1:] - east[0], north[1:] - north[0]))
    return int(np.clip(np.ceil(side / SPREAD), 1, FINEST))


def _summed(lon, lat, amounts, res):
    found = np.array([h3.latlng_to_cell(*at, res) for at in zip(lat.tolist(), lon.tolist(), strict=True)], dtype=np.int64)
    cells, where = np.unique(found, return_inverse=True)
    sums = np.bincount(where, amounts, minlength=len(cells))
    return cells[sums > 0], sums[sums > 0]
