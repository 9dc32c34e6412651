"""Where a GeoParquet table keeps its points, and their coordinates as arrays, without a Python object for each."""

import json
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS as Known
from pyproj.exceptions import CRSError

from layers.crs import CRS

GEOMETRY = "geometry"
LONLAT = ("lon", "lat")
WGS84, CGCS2000 = 4326, 4490
WKB = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])  # of a point without height, little-endian
LITTLE, POINT = 1, 1


class Place(NamedTuple):
    """Where points are kept: column, and how (wkb, struct, list); or column None and the names of two axes."""

    column: str | None
    how: str
    axes: tuple = ()


def place_of(schema):
    """The Place of a pyarrow schema: what GeoParquet's metadata says, else `geometry`, else lon and lat. Raises ValueError."""
    column = _geo(schema).get("primary_column", GEOMETRY)
    if isinstance(column, str) and column in schema.names:
        return Place(column, _how(schema, column))
    if not all(name in schema.names for name in LONLAT):
        raise ValueError(f"there is no geometry, and there are no columns {' and '.join(LONLAT)}")
    for name in LONLAT:
        kind = schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
            raise ValueError(f"the column {name} holds no numbers")
    return Place(None, "axes", LONLAT)


def _how(schema, column):
    """How a column keeps points, by its type. Raises ValueError."""
    told = _told(schema, column).get("geometry_types", ())
    if not isinstance(told, list | tuple) or not all(isinstance(kind, str) for kind in told):
        raise ValueError(f"the file's GeoParquet metadata does not list the geometry types of {column}")
    if others := sorted({kind for kind in told if kind.split(" ")[0] != "Point"}):
        raise ValueError(f"the geometry is to be points, and there are kinds {', '.join(others)}")
    kind = schema.field(column).type
    kind = getattr(kind, "storage_type", kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return "wkb"
    if pa.types.is_struct(kind) and {"x", "y"} <= {field.name for field in kind}:
        return "struct"
    if pa.types.is_fixed_size_list(kind) and kind.list_size >= 2:
        return "list"
    raise ValueError(f"the column {column} holds no points, neither as WKB nor as geoarrow")


def check_system(schema, place, crs):
    """Raises ValueError when `crs` is none of layers.crs.CRS, or the file says that its points are no degrees of this kind.

    A file of gcj02 or bd09 may call itself WGS84: GeoParquet has no word for them.
    """
    if crs not in CRS:
        raise ValueError(f"unknown coordinate system {crs}: one of {', '.join(CRS)}")
    said = _told(schema, place.column).get("crs")
    if said is None:  # nothing said means WGS84, null means unknown: then the caller knows
        return
    try:
        system = Known.from_user_input(said)
    except CRSError as error:
        raise ValueError("the file names a coordinate system that nobody knows") from error
    if not any(system.equals(Known.from_epsg(code), ignore_axis_order=True) for code in (WGS84, CGCS2000)):
        raise ValueError(f"the points are in {system.name}: give them in degrees, WGS84 or CGCS2000")


def _geo(schema):
    """GeoParquet's metadata, or nothing. Raises ValueError."""
    try:
        told = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except (ValueError, RecursionError) as error:
        raise ValueError("the file's GeoParquet metadata is no JSON") from error
    return _an_object(told, "")


def _told(schema, column):
    """What the metadata says of one column, or nothing. Raises ValueError."""
    columns = _an_object(_geo(schema).get("columns", {}), " of its columns")
    return _an_object(columns.get(column, {}), f" of {column}")


def _an_object(told, of_what):
    if not isinstance(told, dict):
        raise ValueError(f"the file's GeoParquet metadata{of_what} is no JSON object: write it anew with a program that knows it")
    return told


def coordinates(batch, place):
    """(lon, lat), each (n,) float, of a record batch, as they stand; NaN where there is no point. Raises ValueError."""
    if place.column is None:
        return tuple(_floats(batch.column(name)) for name in place.axes)
    column = batch.column(place.column)
    column = getattr(column, "storage", column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    found = READERS[place.how](column.drop_null())
    if there.all():
        return found
    whole = np.full((2, len(column)), np.nan)
    whole[:, there] = found
    return tuple(whole)


def _from_wkb(column):
    """Read in place where all are plain points, as nearly always; else one shape after the other."""
    column = column.cast(pa.large_binary())
    _valid, ends, content = column.buffers()
    ends = np.frombuffer(ends, np.int64)[column.offset : column.offset + len(column) + 1] if ends else np.zeros(1, np.int64)
    if (np.diff(ends) == WKB.itemsize).all():
        raw = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]].view(WKB) if len(column) else np.empty(0, WKB)
        if (raw["order"] == LITTLE).all() and (raw["kind"] == POINT).all():
            return raw["x"].astype(float), raw["y"].astype(float)
    try:
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    except shapely.errors.ShapelyError as error:
        raise ValueError("a geometry is not WKB") from error
    if len(others := shapes[shapely.get_type_id(shapes) != shapely.GeometryType.POINT]):
        raise ValueError(f"the geometry is to be points, and there is a {others[0].geom_type}")
    found = np.full((2, len(shapes)), np.nan)
    found[:, ~shapely.is_empty(shapes)] = shapely.get_coordinates(shapes).T  # an empty point has none
    return found


def _from_struct(column):
    kind, fields = column.type, column.flatten()
    return tuple(_floats(fields[kind.get_field_index(axis)]) for axis in "xy")


def _from_list(column):
    flat = _floats(column.flatten()).reshape(-1, column.type.list_size)
    return flat[:, 0], flat[:, 1]


READERS = {"wkb": _from_wkb, "struct": _from_struct, "list": _from_list}


def _floats(column):
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def with_geometry(table, place, lon, lat):
    """A table of lon and lat columns with a column `geometry` (WKB) and the metadata of GeoParquet; another as it is.

    lon, lat: (n,) float, WGS84; NaN is an empty point, in the WKB as here.
    """
    if place.column is not None:
        return table
    points = np.empty(len(lon), WKB)
    points["order"], points["kind"], points["x"], points["y"] = LITTLE, POINT, lon, lat
    ends = np.arange(len(lon) + 1, dtype=np.int32) * WKB.itemsize
    column = pa.Array.from_buffers(pa.binary(), len(lon), [None, pa.py_buffer(ends), pa.py_buffer(points)])
    told = {"encoding": "WKB", "geometry_types": ["Point"]}
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: told}}
    metadata = {**(table.schema.metadata or {}), b"geo": json.dumps(geo).encode()}
    return table.append_column(GEOMETRY, column).replace_schema_metadata(metadata)
