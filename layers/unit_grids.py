"""Unit grids (单元网格): a county's built-up land in pieces of about 10,000 m², each with the code of its place.

Source: GB/T 30428.1 — about 10,000 m² each, none across a community's border, 15 digits: county 6, street or town 3,
community 3, order 3. Longitude comes first. All shapes are cut in WGS84 degrees, on squares whose corners lie on one
metric lattice, so that no edge of an outline moves and neighbours meet on the same bits; metres are EPSG:4545.
"""

import re
from collections import defaultdict
from heapq import heapify, heappop, heappush
from itertools import count

import geopandas
import numpy as np
import shapely

from layers.crs import from_metres, to_metres
from layers.metres import flat, polygonal, round_again

SIZE = 10_000.0  # square metres
ORDERS = 999  # order numbers that three digits give a community
GROWTH = 0.25  # by how many sides a square grows when they do not suffice
SLIVER = 0.2  # of a square: a smaller piece joins a neighbour
NARROW = 1 / 6  # of a side: so does a piece under half a square whose mean width (2 × area ÷ perimeter) is less
FAR_OFF = (0.2, 5.0)  # of SIZE: a given grid beyond them is told
NOISE = 1.0  # square metres: less across a border is how carefully somebody drew
SPECK = 0.01  # square metres: what rounding leaves where outlines touch
TOUCH = 0.001  # metres within which two edges are one
FINE = 0.01  # degrees: shorter edges are straight in metres too, within centimetres


def cut(communities, built_up, size_m2=SIZE) -> geopandas.GeoDataFrame:
    """Unit grids of all built-up land that lies in communities: every spot of it once, none across a community.

    communities: GeoDataFrame, WGS84, `code` (12 digits) and polygons; rows of one code are one community, and where two
    overlap the lower code has the land. built_up: Polygon or MultiPolygon, WGS84. size_m2: square metres of a whole square.
    Returns a GeoDataFrame (WGS84): code (15 digits), community (12 digits), m2 (EPSG:4545), Polygon or MultiPolygon.

    Squares stand on multiples of their side in EPSG:4545, so that neighbours line up and a new run gives the same ones. What
    an outline leaves of a square is a piece; a piece under a fifth of the square, or narrow and under half of it, joins the
    piece of its community with which it shares the longest edge, else the nearest one within a side; a lone hamlet stays.
    A community that needs more than 999 gets larger squares, alone: side × 1¼, 1½, 1¾ …, the first that suffices.
    Numbers run in rows from north to south, in a row from west to east; a grid stands where the square of its largest piece
    stands. They do not depend on the order of the rows given. Raises ValueError for a code without 12 digits.
    """
    codes, shapes = by_code(communities["code"], communities.geometry.to_numpy())
    numbered, grids = [], []
    for code, land in zip(codes, _lands(shapes, polygonal(built_up)), strict=True):
        if shapely.area(flat(land)) > SPECK:
            found = _grids(land, np.sqrt(size_m2))
            grids += found
            numbered += [(f"{code}{order:03d}", code) for order in range(1, len(found) + 1)]
    names = np.array(numbered, dtype=str).reshape(-1, 2)
    m2 = shapely.area(flat(np.array(grids, dtype=object)))
    return geopandas.GeoDataFrame({"code": names[:, 0], "community": names[:, 1], "m2": m2}, geometry=grids, crs="EPSG:4326")


def communities_around(points, codes, towns, town_codes) -> geopandas.GeoDataFrame:
    """Outlines for communities of which only a point is known: the land of their town that is nearest to it (Voronoi).

    points: (n, 2) float, lon and lat, WGS84. codes: n codes, 12 digits; the first 9 are the town's. towns: m shapely outlines,
    WGS84. town_codes: m codes, 9 digits. Distances are EPSG:4545. A point outside its town counts from the nearest spot of the
    town's edge; of points at one spot the lowest code has the land and the others are left out, as is a town without points.
    Returns a GeoDataFrame (WGS84), ordered by code: code, polygons that fill each town without overlap, for any input order.
    Raises ValueError for a code without 12 digits and for one whose town is not given.
    """
    codes = _checked(codes)
    order = np.argsort(codes, kind="stable")
    codes, points = codes[order], np.asarray(points, dtype=float).reshape(-1, 2)[order]
    outlines = dict(zip(map(str, town_codes), towns, strict=True))
    own = np.array([code[:9] for code in codes], dtype=str)
    if lost := sorted(set(own.tolist()) - set(outlines)):
        raise ValueError(f"no outline of town {', '.join(lost)}")
    rows, cells = np.array([], dtype=int), []
    for town in np.unique(own):
        mine = np.flatnonzero(own == town)
        kept, parts = _nearest_land(points[mine], polygonal(outlines[town]))
        rows, cells = np.append(rows, mine[kept]), cells + parts
    return geopandas.GeoDataFrame({"code": codes[rows]}, geometry=cells, crs="EPSG:4326")


def built_up_around(points, radius_m=300.0):
    """Built-up land where nobody has drawn it: all that lies within radius_m (EPSG:4545) of a point.

    points: (n, 2) float, lon and lat, WGS84. Returns a Polygon or MultiPolygon, WGS84; an empty one for no points.
    """
    points = np.unique(np.asarray(points, dtype=float).reshape(-1, 2), axis=0)  # in one order, whatever the file's
    circles = shapely.buffer(shapely.points(np.column_stack(to_metres(*points.T))), radius_m, quad_segs=16)
    return polygonal(round_again(shapely.union_all(circles)))


def by_code(codes, shapes):
    """(codes, shapes): one shape a code, sorted; the rows of a code are joined in an order of their own."""
    codes = _checked(codes)
    shapes = np.array([polygonal(shape) for shape in shapes], dtype=object)
    names = np.unique(codes)
    whole = [shapely.union_all(sorted(shapes[codes == name], key=shapely.to_wkb)) for name in names]
    return [str(name) for name in names], np.array(whole, dtype=object)


def _checked(codes):
    codes = [str(code) for code in codes]
    if wrong := [code for code in codes if not re.fullmatch("[0-9]{12}", code)]:
        raise ValueError(f"a community's code has 12 digits: {', '.join(wrong[:5])}")
    return np.array(codes, dtype=str)


def _lands(shapes, built_up):
    """(n,) what each community has of the built-up land; where communities overlap, the first has it."""
    lands = np.array([polygonal(land) for land in shapely.intersection(shapes, built_up)], dtype=object)
    taken = lands.copy()
    left, right = shapely.STRtree(lands).query(lands, predicate="intersects")
    for lower, higher in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if lower < higher and not shapely.touches(lands[lower], lands[higher]):
            taken[higher] = polygonal(shapely.difference(taken[higher], lands[lower]))
    return taken


def _grids(land, side):
    """[shape] of a community's grids in the order of their numbers, on the smallest squares with which the numbers suffice."""
    shapely.prepare(land)
    for factor in count(1.0, GROWTH):
        squares, whole = _squares(land, side * factor)
        if whole.sum() > ORDERS:  # each is a grid of its own: no need to cut the others
            continue
        pieces = _pieces(land, squares, whole)
        level = flat(pieces)
        hosts = _hosts(level, side * factor)
        if len(np.unique(hosts)) <= ORDERS:
            return _joined(pieces, shapely.area(level), hosts)


def _squares(land, side):
    """(n,) the lattice squares that a land meets, rows from the north, west to east; (n,) bool: lies in it as a whole."""
    at = np.column_stack(to_metres(*shapely.get_coordinates(shapely.segmentize(land, FINE)).T)) / side
    west, south = np.floor(at.min(axis=0)).astype(int) - 1
    east, north = np.floor(at.max(axis=0)).astype(int) + 2
    corners = np.stack(np.meshgrid(np.arange(west, east + 1), np.arange(north, south - 1, -1)), axis=-1) * side
    corners = np.column_stack(from_metres(*corners.reshape(-1, 2).T)).reshape(corners.shape)
    around = (corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:], corners[:-1, :-1])
    squares = shapely.polygons(np.stack(around, axis=2).reshape(-1, 4, 2))
    squares = squares[shapely.intersects(land, squares)]
    return squares, shapely.covers(land, squares)


def _pieces(land, squares, whole):
    """(n,) connected polygons that make up a land, each within one square, in the order of the squares, then from the west."""
    parts, square = shapely.get_parts(np.where(whole, squares, shapely.intersection(squares, land)), return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, square = parts[polygons], square[polygons]
    west, _south, _east, north = shapely.bounds(parts).T
    return parts[np.lexsort((-north, west, square))]


def _hosts(level, side):
    """(n,) int: the piece that stands for the grid each piece becomes part of; for most it is itself.

    level: (n,) polygons in metres. The smallest sliver is joined first; what two slivers make may be one still.
    """
    m2, around = shapely.area(level), shapely.length(level)
    small = _small(m2, around, side)
    tree, hosts = shapely.STRtree(level), np.arange(len(level))
    edges = _edges(level, tree, small)
    queue = [(m2[row], row) for row in np.flatnonzero(small).tolist()]
    heapify(queue)
    while queue:
        size, row = heappop(queue)
        if hosts[row] != row or size != m2[row]:  # joined to another since, or grown and queued again
            continue
        host = _longest(edges[row]) if edges[row] else _nearest(tree, hosts, row, np.inf if size < NOISE else side)
        if host is None:
            continue
        m2[host], around[host] = m2[host] + m2[row], around[host] + around[row] - 2 * edges[row].get(host, 0)
        hosts[hosts == row] = host
        _hand_over(edges, row, host)
        small[host] &= _small(m2[host], around[host], side)
        if small[host]:
            heappush(queue, (m2[host], host))
    return hosts


def _small(m2, around, side):
    return (m2 < SLIVER * side**2) | ((m2 < side**2 / 2) & (2 * m2 < NARROW * side * around))


def _edges(level, tree, small):
    """{piece: {neighbour: metres of their common edge}}, for pairs with a small piece in them; to the millimetre, as ties are."""
    rows = np.flatnonzero(small)
    left, right = tree.query(level[rows], predicate="dwithin", distance=TOUCH)
    left = rows[left]
    once = (left < right) | ((left > right) & ~small[right])
    left, right = left[once], right[once]
    rings = shapely.boundary(level)  # as lines they meet on a millimetre's grid whatever rounding did to them
    lengths = np.round(shapely.length(shapely.intersection(rings[left], rings[right], grid_size=TOUCH)), 3)
    edges = defaultdict(dict)
    for a, b, length in zip(left.tolist(), right.tolist(), lengths.tolist(), strict=True):
        if length > TOUCH:
            edges[a][b] = edges[b][a] = length
    return edges


def _longest(bordering):
    """The neighbour with the longest common edge; of equals the first in reading order."""
    return min(bordering, key=lambda row: (-round(bordering[row], 3), row))


def _nearest(tree, hosts, row, reach):
    """The grid nearest to one that shares no edge, within reach (metres), or None."""
    lone = shapely.multipolygons(tree.geometries[hosts == row])
    near = np.sort(tree.query(lone, predicate="dwithin", distance=reach)) if np.isfinite(reach) else np.arange(len(hosts))
    near = near[hosts[near] != row]
    if len(near) == 0:
        return None
    return int(hosts[near[np.argmin(np.round(shapely.distance(lone, tree.geometries[near]), 3))]])


def _hand_over(edges, row, host):
    """What bordered on a piece borders on its host."""
    for other, length in edges.pop(row, {}).items():
        edges[other].pop(row)
        if other != host:
            edges[host][other] = edges[other][host] = edges[host].get(other, 0) + length


def _joined(pieces, m2, hosts):
    """[shape] of the grids, in the order of the largest piece of each."""
    largest = {}
    for row in np.lexsort((np.arange(len(m2)), -m2)).tolist():
        largest.setdefault(hosts[row], row)
    members = defaultdict(list)
    for row, host in enumerate(hosts):
        members[host].append(row)
    return [shapely.union_all(pieces[members[host]]) for host in sorted(members, key=largest.get)]


def _nearest_land(points, town):
    """(rows of the points that have land, [their part of a town])."""
    level = flat(town)
    sites = shapely.points(np.column_stack(to_metres(*points.T)))
    sites = shapely.get_coordinates(shapely.shortest_line(level, sites)).reshape(-1, 2, 2)[:, 0]  # inside: the point itself
    _spots, kept = np.unique(np.round(sites, 2), axis=0, return_index=True)
    kept = np.sort(kept)
    if len(kept) == 1:
        return kept, [town]
    frame = shapely.box(*shapely.bounds(shapely.buffer(level, 1000)))  # wide enough for edges that are straight in degrees only
    cells = shapely.voronoi_polygons(shapely.MultiPoint(sites[kept]), extend_to=frame, ordered=True)
    return kept, [polygonal(shapely.intersection(round_again(cell), town)) for cell in cells.geoms]
