"""Coordinate systems: China's shifted ones to WGS84 and back, and metres.

Longitude comes first everywhere. Everything takes scalars or arrays of any one shape and gives the same shape back.
Source of the formulas: the published eviltransform; the inverse here iterates to the last digit instead of stopping early.
"""

from functools import lru_cache

import numpy as np
from pyproj import Transformer

CRS = ("wgs84", "gcj02", "bd09", "cgcs2000")
METRES = "EPSG:4545"  # CGCS2000, three-degree zone, central meridian 108° E
A, EE = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, which the shift is computed on
BD = np.pi * 3000.0 / 180.0
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # beyond it map makers leave coordinates alone
SURE, ROUNDS = 1e-13, 30  # degrees, where the iteration may stop; rounds, where it must


def wgs84_to_gcj02(lon, lat):
    """WGS84 degrees to GCJ-02 degrees (AMap, Tencent). Outside China's box nothing is changed. NaN stays NaN."""
    lon, lat = _floats(lon, lat)
    east, north = _gcj_shift(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon, lat):
    """GCJ-02 degrees to WGS84 degrees: the exact inverse, back within 1e-9°. NaN stays NaN."""
    return _inverse(wgs84_to_gcj02, lon, lat)


def wgs84_to_bd09(lon, lat):
    """WGS84 degrees to BD-09 degrees (Baidu): the second shift on top of GCJ-02."""
    return _gcj_to_bd(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon, lat):
    """BD-09 degrees to WGS84 degrees: the exact inverse, back within 1e-9°. NaN stays NaN."""
    return gcj02_to_wgs84(*_inverse(_gcj_to_bd, lon, lat))


def to_wgs84(lon, lat, crs="wgs84"):
    """Degrees in one of CRS to WGS84 degrees. CGCS2000 differs by decimetres and is taken as it is.

    Raises ValueError for a system that is not in CRS.
    """
    if crs not in CRS:
        raise ValueError(f"unknown coordinate system {crs!r}: one of {', '.join(CRS)}")
    return {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(crs, _floats)(lon, lat)


def to_metres(lon, lat):
    """WGS84 degrees to (east, north) in metres, EPSG:4545. Where the projection ends it gives infinity."""
    return _transformer().transform(lon, lat)


def from_metres(east, north):
    """(east, north) in metres, EPSG:4545, to WGS84 degrees."""
    return _transformer().transform(east, north, direction="INVERSE")


@lru_cache(maxsize=1)
def _transformer():
    """One for the process: since pyproj 3.1 a Transformer keeps its state per thread."""
    return Transformer.from_crs("EPSG:4326", METRES, always_xy=True)


def _floats(lon, lat):
    return np.asarray(lon, dtype=float)[()], np.asarray(lat, dtype=float)[()]


def _gcj_shift(lon, lat):
    """Degrees east and north by which GCJ-02 differs from WGS84 here."""
    x, y = lon - 105.0, lat - 35.0
    root = 0.1 * np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2.0 * root + wave
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root + wave
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    rad = np.radians(lat)
    magic = 1.0 - EE * np.sin(rad) ** 2
    north = np.degrees(north * magic * np.sqrt(magic) / (A * (1.0 - EE)))
    east = np.degrees(east * np.sqrt(magic) / (A * np.cos(rad)))
    west_edge, south_edge, east_edge, north_edge = CHINA
    shifted = (lon >= west_edge) & (lon <= east_edge) & (lat >= south_edge) & (lat <= north_edge)
    return np.where(shifted, east, 0.0)[()], np.where(shifted, north, 0.0)[()]


def _gcj_to_bd(lon, lat):
    lon, lat = _floats(lon, lat)
    length = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BD)
    return length * np.cos(angle) + 0.0065, length * np.sin(angle) + 0.006


def _inverse(forward, lon, lat):
    """The point that `forward` takes to (lon, lat): the shift changes so slowly that guess − error converges tenfold a round."""
    lon, lat = _floats(lon, lat)
    x, y = lon, lat
    for _round in range(ROUNDS):
        fx, fy = forward(x, y)
        x, y = x - (fx - lon), y - (fy - lat)
        error = np.maximum(np.abs(fx - lon), np.abs(fy - lat))
        if not np.any(error > SURE):  # NaN is never greater, so it does not keep the loop going
            break
    return x, y
