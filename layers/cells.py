"""H3 cells as 64-bit integers: where a point falls, what holds what, and what a county is made of."""

import functools
import math
from itertools import chain

import geopandas
import h3.api.basic_int as h3
import numpy as np
import shapely

STORED = 9  # the resolution that tickets are kept at
DRAWN = 8  # the resolution that staff see
PUBLIC = 7  # the resolution that everybody sees
FINEST, DIGIT, RES_AT = 15, 3, 52  # an index holds 15 digits of 3 bits; its resolution stands at bit 52


def cell_of(lon, lat, res=STORED):
    """The cell (int) that a point lies in. lon, lat: WGS84 degrees. Raises ValueError for NaN and the like."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(f"no cell for {lon}, {lat}")
    return h3.latlng_to_cell(lat, lon, res)


def centre(cell):
    """(lon, lat) of a cell's centre, WGS84 degrees."""
    lat, lon = h3.cell_to_latlng(int(cell))
    return lon, lat


def square_km(cell):
    """The area of a cell on the sphere."""
    return h3.cell_area(int(cell), unit="km^2")


def parents(cells, res):
    """The cells of a coarser resolution that hold these.

    cells: (n,) int64, all of resolution `res` or finer (mixed is fine). Returns (n,) int64 in the same order.
    By bits, as the H3 index is laid out: the resolution is replaced and every finer digit set to 7.
    Raises ValueError where a cell is coarser than `res`.
    """
    cells = np.asarray(cells, dtype=np.int64)
    if np.any(resolutions(cells) < res):
        raise ValueError(f"a cell is coarser than resolution {res}")
    unused = (1 << DIGIT * (FINEST - res)) - 1
    return (cells & ~np.int64(0xF << RES_AT)) | np.int64(res << RES_AT) | np.int64(unused)


def descendants(cells, res):
    """(lowest, highest) of the cells of a finer resolution inside these: H3 numbers those of one cell in a row.

    cells: (n,) int64, all coarser than `res`. Returns two (n,) int64; from a lowest to its highest no other cells of `res` lie.
    """
    cells = np.asarray(cells, dtype=np.int64)
    lowest, highest = [], []
    for cell in cells.tolist():
        digits = range(FINEST - res, FINEST - (cell >> RES_AT & 0xF))
        first = (cell & ~(0xF << RES_AT) & ~sum(7 << DIGIT * place for place in digits)) | res << RES_AT
        lowest.append(first)
        highest.append(first | sum(6 << DIGIT * place for place in digits))
    return np.array(lowest, dtype=np.int64), np.array(highest, dtype=np.int64)


def resolutions(cells):
    """(n,) resolutions of (n,) cells."""
    return (np.asarray(cells, dtype=np.int64) >> RES_AT) & 0xF


def county_cells(outline, res):
    """All cells that touch a county, sorted: no point inside it is without a cell.

    outline: shapely Polygon or MultiPolygon, WGS84. Returns (n,) int64, not to be written to: the last few outlines are
    remembered, for a county is asked for again and again, and its 35,000 cells of resolution 9 take a second and a half.
    """
    return _cells_of(shapely.to_wkb(outline), res)


@functools.lru_cache(maxsize=8)
def _cells_of(outline, res):
    cells = _overlapping(shapely.from_wkb(outline), res)
    cells.setflags(write=False)
    return cells


def _overlapping(outline, res):
    found = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(outline), res, contain="overlap")
    return np.sort(np.array(found, dtype=np.int64))


def touching(bbox, res):
    """[cells that touch a box], sorted: every cell of a finer resolution with its centre in the box lies in one of them.

    bbox: (west, south, east, north), WGS84 degrees.
    """
    return _overlapping(shapely.box(*bbox), res).tolist()


def name(cell):
    """A cell as everybody else writes it: 15 hexadecimal digits."""
    return f"{int(cell):x}"


def cell_named(text):
    """The cell with this name. Raises ValueError when it is none."""
    cell = int(text, 16)
    if not h3.is_valid_cell(cell):
        raise ValueError(f"{text!r} is no cell")
    return cell


def polygons(cells):
    """(n,) shapely Polygons of (n,) cells, WGS84, lon first."""
    rings = [h3.cell_to_boundary(cell) for cell in np.asarray(cells, dtype=np.int64).tolist()]
    numbers = chain.from_iterable(chain.from_iterable(rings))  # lat, lon, lat, …
    points = np.fromiter(numbers, dtype=float).reshape(-1, 2)[:, ::-1]
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return shapely.polygons(shapely.linearrings(points, indices=owner))


def frame(cells, **columns):
    """A GeoDataFrame (EPSG:4326) with `cell` as its name, the given columns and the hexagon, in the order given."""
    cells = np.asarray(cells, dtype=np.int64)
    return geopandas.GeoDataFrame({"cell": [name(c) for c in cells], **columns}, geometry=polygons(cells), crs="EPSG:4326")


def ring(cell):
    """A cell and its neighbours, sorted: seven, or six around a pentagon. Returns [int]."""
    return sorted(h3.grid_disk(int(cell), 1))
