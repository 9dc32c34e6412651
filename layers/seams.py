"""Outlines that should fill a county side by side: their rings repaired, their faults measured, small ones closed.

Widths, areas and shares of an edge are measured in EPSG:4545; everything comes and goes in WGS84, longitude first.
"""

from typing import NamedTuple

import geopandas
import numpy as np
import shapely

from layers.metres import flat, round_again

NOISE = 1.0  # square metres: what rounding leaves
HAIR = 0.001  # metres: what lies closer is one line; without it, hairs of 1e-9 m along an edge join separate gaps into one
DRAWN_ANEW = 100.0  # square metres: less is how lines are drawn


class Fault(NamedTuple):
    """What is wrong: kind (repaired, repeated, sliver, gap, overlap, outside), m2, where (lon, lat) and at which rows.

    width: metres, of a strip with this area and edge. shape: a WGS84 polygon, None where a point says all.
    """

    kind: str
    m2: float
    lon: float
    lat: float
    rows: tuple
    width: float = 0.0
    shape: object = None


def repaired(frame, narrow=0.0):
    """(the frame with valid MultiPolygons, [Fault] of what was repaired).

    frame: GeoDataFrame of polygons, WGS84. Points that repeat are taken out (`repeated`: m2 says how many), rings made valid
    (`repaired`: m2 by which the area changed), parts that nowhere are `narrow` metres wide left out (`sliver`).
    """
    faults, shapes = [], []
    for row, shape in enumerate(frame.geometry):
        clean = shapely.remove_repeated_points(shape)
        if lost := shapely.get_num_coordinates(shape) - shapely.get_num_coordinates(clean):
            faults.append(Fault("repeated", float(lost), *_twice(shape), (row,)))
        if not clean.is_valid:
            where = _spot(shapely.is_valid_reason(clean), clean)
            fixed = _polygons(shapely.make_valid(clean, method="structure", keep_collapsed=False))
            faults.append(Fault("repaired", abs(_m2(fixed) - _m2(clean)), *where, (row,)))
            clean = fixed
        clean, slivers = _without_slivers(_polygons(clean), row, narrow)
        faults += slivers
        shapes.append(clean)
    return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index, crs=4326)), faults


def _twice(shape):
    """Where a point first comes twice in a row."""
    at = shapely.get_coordinates(shape)
    return tuple(map(float, at[1:][(at[1:] == at[:-1]).all(axis=1)][0]))


def _without_slivers(shape, row, narrow):
    """A MultiPolygon without the parts that are nowhere so wide, unless it is nothing else; and a Fault for each."""
    parts = shapely.get_parts(shape)
    if not narrow or len(parts) < 2:
        return shape, []
    thin = _narrow(flat(parts), narrow)
    if thin.all():
        return shape, []
    faults = [Fault("sliver", _m2(part), *_inside(part), (row,), _width(flat(part)), part) for part in parts[thin]]
    return shapely.MultiPolygon(list(parts[~thin])), faults


def survey(frame, county, gaps=True):
    """[Fault] of valid outlines: what two cover both, what none covers, what lies beyond the county; largest first.

    frame: GeoDataFrame, WGS84, as `repaired` gives it. county: shapely outline, WGS84. A gap is a part of the county, or a
    hole among the outlines, that none covers; not asked for where outlines need not fill the county. Areas are in EPSG:4545.
    """
    shapes, county = flat(frame.geometry.to_numpy()), shapely.make_valid(flat(county))
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    both = shapely.intersection(shapes[left], shapes[right], grid_size=HAIR)
    found = []
    for a, b, shared in zip(left, right, both, strict=True):
        found += [("overlap", part, (int(a), int(b))) for part in _parts([shared])]
    if gaps:
        parts = _parts([shapely.set_precision(_uncovered(shapely.union_all(shapes), county), HAIR)])
        found += [("gap", part, tuple(map(int, sorted(tree.query(part, "dwithin", 10 * HAIR))))) for part in parts]
    shapely.prepare(county)
    beyond = np.flatnonzero(~shapely.covers(county, shapes))
    found += [("outside", _polygons(shapely.difference(shapes[row], county, grid_size=HAIR)), (int(row),)) for row in beyond]
    return sorted(_faults(found), key=lambda fault: -fault.m2)


def _uncovered(whole, county):
    """What of the county lies under no outline, and the holes in what the outlines cover together."""
    rings = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    return shapely.difference(shapely.union_all([county, *rings]), whole)  # an outline may stand as an island in a ring


def closed(frame, county, snap, faults=None):
    """The frame with gaps and overlaps closed that are nowhere wider than `snap` metres, along one shared edge.

    frame: GeoDataFrame of valid MultiPolygons, WGS84, those that win an overlap first. faults: what `survey` says of it, asked
    here by default. A gap goes to the outline with which it shares the longest edge, as far as `snap` reaches, an overlap to the
    first of the two; what lies less than `snap` beyond the county is cut off. What is wider stays as it is. An outline of which
    nothing would be left wins against all. Shared edges have the same points on both sides afterwards (GEOS coverage cleaning).
    """
    faults = survey(frame, county) if faults is None else faults
    thin = narrow(faults, snap)
    if not thin.any() and shapely.coverage_is_valid(frame.geometry.to_numpy()):
        return frame
    wide = [fault for fault, is_thin in zip(faults, thin, strict=True) if fault.kind == "overlap" and not is_thin]
    was, county = flat(frame.geometry.to_numpy()), shapely.make_valid(flat(county))
    shapes = _cleaned(was, county, snap, wide, first=np.zeros(len(was), dtype=bool))
    if (lost := shapely.is_empty(shapes)).any():
        shapes = _cleaned(was, county, snap, wide, first=lost)
    shapes = np.where(shapely.is_empty(shapes), was, shapes)  # of twins only one can win; a person must decide
    lost = shapely.difference(shapely.intersection(shapely.union_all(was), county), shapely.union_all(shapes))
    if not _narrow(np.array([lost], dtype=object), snap).all():
        return frame  # rather faults that are told than land that is gone
    return frame.set_geometry(geopandas.GeoSeries(list(round_again(shapes)), index=frame.index, crs=4326))


def _cleaned(shapes, county, snap, wide, first):
    """(n,) MultiPolygons in metres, closed. first: (n,) bool, those that win before the order does."""
    order = np.argsort(~first, kind="stable")
    # Without rounding, cleaning lost whole outlines in a third of the chessboards of the tests (GEOS 3.14).
    clean = shapely.set_precision(_filled(shapes, county, snap), HAIR)[order]
    clean = shapely.coverage_clean(clean, gap_width=snap + HAIR, merge_strategy="min_index")[np.argsort(order)]
    for fault in wide:  # cleaning decides those too; a person must decide
        for row in fault.rows:
            clean[row] = shapely.union(clean[row], flat(fault.shape))
    return np.array([_polygons(shape) for shape in clean], dtype=object)


def _filled(shapes, county, snap):
    """Narrow stretches: those beyond the county's edge cut off, those that nobody has given to their neighbours."""
    beyond = [strip for each in shapely.difference(shapes, county) for strip in _strips(each, snap)]
    strips = shapely.difference(shapely.union_all(beyond), county)
    shapes = np.array([_polygons(shape) for shape in shapely.difference(shapes, strips)], dtype=object)
    tree, given = shapely.STRtree(shapes), {}
    free = _uncovered(shapely.union_all(shapes), county)
    for part in shapely.intersection(free, _strips(free, snap)):
        near = tree.query(part, "dwithin", HAIR)
        beside = _around(shapes[near], part, 2 * snap + 1)
        along = shapely.length(shapely.intersection(shapely.boundary(part), shapely.buffer(beside, HAIR)))
        for place in np.argsort(-along, kind="stable"):
            row, reach = near[place], shapely.buffer(beside[place], snap + HAIR)  # nobody gets a whole net of gaps
            given.setdefault(int(row), []).append(shapely.intersection(part, reach))
            part = shapely.difference(part, reach)
    for row, parts in given.items():
        shapes[row] = _polygons(shapely.union_all([shapes[row], *parts]))
    return shapes


def _around(shapes, part, metres):
    """(n,) what of some shapes lies near a part: buffers of whole towns would take a hundred times as long."""
    west, south, east, north = part.bounds
    return shapely.clip_by_rect(shapes, west - metres, south - metres, east + metres, north + metres)


def _strips(area, snap):
    """(n,) polygons around the parts of an area that nowhere are wider than this, a few hairs larger; hairs join no parts."""
    parts = _parts([shapely.set_precision(area, HAIR)])
    return shapely.buffer(parts[_narrow(parts, snap)], 5 * HAIR, join_style="mitre")


def _parts(shapes):
    """(n,) polygons that these shapes are made of."""
    parts = shapely.get_parts(np.asarray(shapes, dtype=object))
    return parts[shapely.get_type_id(parts) == 3]


def narrow(faults, metres):
    """(n,) bool: which faults are areas that nowhere are wider than this."""
    drawn = np.array([fault.shape is not None for fault in faults], dtype=bool)
    if drawn.any():
        drawn[drawn] = _narrow(flat(np.array([fault.shape for fault in faults if fault.shape is not None], dtype=object)), metres)
    return drawn


def _narrow(parts, metres):
    return shapely.is_empty(shapely.buffer(parts, -(metres + HAIR) / 2, quad_segs=2))


def _faults(found):
    """[Fault] of (kind, polygon in metres, rows) that are more than noise."""
    found = [(kind, part, rows) for kind, part, rows in found if part.area >= NOISE]
    shapes = round_again(np.array([part for _kind, part, _rows in found], dtype=object))
    spots = shapely.point_on_surface(shapes)
    return [
        Fault(kind, part.area, spot.x, spot.y, rows, _width(part), shape)
        for (kind, part, rows), spot, shape in zip(found, spots, shapes, strict=True)
    ]


def _width(part):
    """Metres across a strip of a polygon's area and edge, in metres."""
    return float(2 * part.area / part.length)


def _m2(shape):
    """Square metres of a WGS84 shape."""
    return float(flat(shape).area)


def _inside(shape):
    spot = shapely.point_on_surface(shape)
    return (spot.x, spot.y) if not spot.is_empty else tuple(shapely.get_coordinates(shape)[0])


def _polygons(shape):
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.MultiPolygon([one for part in parts for one in shapely.get_parts(part)])


def _spot(reason, shape):
    """Where a ring is wrong: GEOS ends its reason with [lon lat]."""
    inside = reason[reason.rfind("[") + 1 : -1].split() if "[" in reason else ()
    return tuple(map(float, inside)) if len(inside) == 2 else tuple(shape.bounds[:2])


def handed_over(before, after):
    """[(code before, code after, m2, shape)] of land that another area has now; None: nobody had it, or has it.

    before, after: ((n,) codes, (n,) shapely outlines, WGS84). Pieces under 100 m² are how lines are drawn, and left out.
    """
    (codes_was, was), (codes_now, now) = ((list(codes), flat(shapes)) for codes, shapes in (before, after))
    left, right = shapely.STRtree(now).query(was, predicate="intersects")
    other = np.array([codes_was[a] != codes_now[b] for a, b in zip(left, right, strict=True)], dtype=bool)
    left, right = left[other], right[other]
    both = shapely.intersection(was[left], now[right])
    found = [(codes_was[a], codes_now[b], shape) for a, b, shape in zip(left, right, both, strict=True)]
    all_was, all_now = shapely.union_all(was), shapely.union_all(now)
    found += [(code, None, shapely.difference(shape, all_now)) for code, shape in zip(codes_was, was, strict=True)]
    found += [(None, code, shapely.difference(shape, all_was)) for code, shape in zip(codes_now, now, strict=True)]
    kept = [(a, b, _polygons(shape)) for a, b, shape in found]
    kept = [(a, b, shape.area, shape) for a, b, shape in kept if shape.area >= DRAWN_ANEW]
    shapes = round_again(np.array([shape for *_rest, shape in kept], dtype=object))
    return [(a, b, m2, shape) for (a, b, m2, _flat), shape in zip(kept, shapes, strict=True)]
