"""A file of outlines, as it came, made usable: its coordinates found out, its rings repaired, its faults measured."""

import json
from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.crs import METRES, to_wgs84

SHIFTED = ("gcj02", "bd09")
CANDIDATES = ("EPSG:4326", "gcj02", "bd09", "EPSG:4545", "EPSG:4544", "EPSG:4546")  # CGCS2000 degrees equal WGS84 here
FITS = 0.5  # a system in which less of the county is met than this is not the file's
MOJIBAKE = "�"
NOISE = 1.0  # square metres: what rounding leaves


class Unreadable(ValueError):
    """The file is no map file, or its coordinate system cannot be told; the message says what to do."""


class Fault(NamedTuple):
    """What is wrong with outlines: kind (repaired, gap, overlap, outside), m2, where (lon, lat) and between which rows."""

    kind: str
    m2: float
    lon: float
    lat: float
    rows: tuple


def read(path, crs=None, county=None):
    """(GeoDataFrame of polygons in WGS84, the system it was in, {candidate: share of the county met} when it had to be found).

    path: GeoJSON, zipped Shapefile, GeoPackage or KML; attributes in UTF-8 or GBK. crs: its system (anything that pyproj
    knows, gcj02, bd09), else what the file says. county: shapely outline in WGS84, to try candidates on when neither says.
    Z and M are dropped. Raises Unreadable.
    """
    frame = _read(path)
    said = crs or _said(path, frame)
    fits = {}
    if said is None:
        if county is None:
            raise Unreadable("the file does not say its coordinate system: give one")
        fits = {name: _met(frame, name, county) for name in CANDIDATES}
        said = max(fits, key=fits.get)
        if fits[said] < FITS:
            raise Unreadable(f"none of {', '.join(CANDIDATES)} puts these outlines onto the county: give the coordinate system")
    return _in_wgs84(frame, said), str(said), fits


def _read(path):
    try:
        frame = pyogrio.read_dataframe(path, force_2d=True)
        words = frame.select_dtypes(include=["object", "string"]).astype(str)
        if words.apply(lambda column: column.str.contains(MOJIBAKE)).to_numpy().any():
            frame = pyogrio.read_dataframe(path, force_2d=True, encoding="GB18030")
    except UnicodeDecodeError:
        frame = pyogrio.read_dataframe(path, force_2d=True, encoding="GB18030")
    except Exception as error:
        raise Unreadable(str(error)) from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise Unreadable("the file has no shapes")
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].reset_index(drop=True)
    kinds = sorted(set(frame.geom_type) - {"Polygon", "MultiPolygon"})
    if kinds or frame.empty:
        raise Unreadable(f"polygons are needed, and the file has {', '.join(kinds) or 'none'}")
    return frame


def _said(path, frame):
    """What the file itself says. GeoJSON without `crs` says nothing: a standard calls it WGS84, and many writers do not care."""
    if frame.crs is None:
        return None
    if Path(path).suffix.lower() in (".json", ".geojson"):
        return frame.crs if json.loads(Path(path).read_text(encoding="utf-8-sig")).get("crs") else None
    return frame.crs


def _in_wgs84(frame, crs):
    if str(crs).lower() in SHIFTED:
        shapes = shapely.transform(frame.geometry.to_numpy(), lambda at: np.column_stack(to_wgs84(*at.T, crs=str(crs).lower())))
        return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index), crs=None).set_crs(4326, allow_override=True)
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise Unreadable(f"unknown coordinate system {crs}: an EPSG number, gcj02 or bd09") from error
    return frame.set_crs(system, allow_override=True).to_crs(4326)


def _met(frame, crs, county):
    """How well the outlines, or the best of them, lie on the county: what both share, of what either covers."""
    shapes = _in_wgs84(frame, crs).geometry.to_numpy()
    if not np.isfinite(shapely.total_bounds(shapes)).all():
        return 0.0
    shapes = shapely.make_valid(shapes)
    each = [shapely.union_all(shapes), *shapes]
    return round(float(max(shapely.area(shapely.intersection(each, county)) / shapely.area(shapely.union(each, county)))), 4)


def repaired(frame):
    """(the frame with valid MultiPolygons, [Fault] of what was repaired): rings made valid, points that repeat taken out."""
    faults, shapes = [], []
    for row, shape in enumerate(frame.geometry):
        clean = shapely.remove_repeated_points(shape)
        if not clean.is_valid:
            where = _spot(shapely.is_valid_reason(clean), clean)
            fixed = _polygons(shapely.make_valid(clean, method="structure", keep_collapsed=False))
            faults.append(Fault("repaired", abs(_m2(fixed) - _m2(clean)), *where, (row,)))
            clean = fixed
        shapes.append(_polygons(clean))
    return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index, crs=4326)), faults


def survey(frame, county):
    """[Fault] of valid outlines: what two cover both, what none covers inside the county, what lies beyond it; largest first.

    frame: GeoDataFrame, WGS84, as `repaired` gives it. county: shapely outline, WGS84. Areas are in EPSG:4545.
    """
    shapes = frame.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    faults = []
    for a, b in zip(left, right, strict=True):
        if a < b:
            faults += _faults("overlap", shapely.intersection(shapes[a], shapes[b]), (int(a), int(b)))
    whole = shapely.union_all(shapes)
    for part in shapely.get_parts(shapely.difference(county, whole)):
        faults += _faults("gap", part, tuple(int(row) for row in np.flatnonzero(shapely.intersects(shapes, part))))
    for row, shape in enumerate(shapes):
        faults += _faults("outside", shapely.difference(shape, county), (row,))
    return sorted(faults, key=lambda fault: -fault.m2)


def _faults(kind, shape, rows):
    polygons = _polygons(shape)
    m2 = _m2(polygons)
    if m2 < NOISE:
        return []
    spot = shapely.point_on_surface(max(polygons.geoms, key=lambda part: part.area))
    return [Fault(kind, m2, spot.x, spot.y, rows)]


def _m2(shape):
    """Square metres of a WGS84 shape."""
    return float(geopandas.GeoSeries([shape], crs=4326).to_crs(METRES).area.iloc[0])


def _polygons(shape):
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.MultiPolygon([one for part in parts for one in shapely.get_parts(part)])


def _spot(reason, shape):
    """Where a ring is wrong: GEOS ends its reason with [lon lat]."""
    inside = reason[reason.rfind("[") + 1 : -1].split() if "[" in reason else ()
    return tuple(map(float, inside)) if len(inside) == 2 else tuple(shape.bounds[:2])
