"""What is wrong with a file of unit grids (单元网格): its codes, its sizes, and where it lies. Source: GB/T 30428.1."""

import re
from typing import NamedTuple

import numpy as np
import shapely

from layers.metres import flat, polygonal
from layers.unit_grids import FAR_OFF, NOISE, SIZE, by_code


class Fault(NamedTuple):
    """What is wrong with a grid: kind, its code, the square metres concerned and where (lon, lat; NaN without a shape)."""

    kind: str  # digits, doubled, unknown, crossing, overlap, size
    code: str
    m2: float
    lon: float
    lat: float


def faults(codes, geometries, communities=None) -> list[Fault]:
    """What is wrong with a file of unit grids, as facts: kind by kind, each in the order of the file.

    codes: n codes as the file has them. geometries: n shapely polygons, WGS84, None where there is none. communities: as for
    `cut`; without them `unknown` and `crossing` are not asked. Areas are EPSG:4545.
    digits: not 15 digits. doubled: an earlier row has the code. unknown: its first 12 digits are no community. crossing: more
    than 1 m² outside its community. overlap: more than 1 m² is an earlier row's too. size: below 2,000 or above 50,000 m².
    m2 is what crosses or overlaps, else the grid's size; the place is a spot inside that.
    """
    codes = [str(code) for code in codes]
    shapes = np.array([polygonal(shape) for shape in geometries], dtype=object)
    m2 = shapely.area(flat(shapes))
    first = {code: row for row, code in reversed(list(enumerate(codes)))}
    found = [("digits", row, shapes[row]) for row, code in enumerate(codes) if not re.fullmatch("[0-9]{15}", code)]
    found += [("doubled", row, shapes[row]) for row, code in enumerate(codes) if first[code] != row]
    if communities is not None:
        found += _astray(codes, shapes, communities)
    found += _overlaps(shapes)
    low, high = FAR_OFF
    found += [("size", row, shapes[row]) for row in np.flatnonzero((m2 < low * SIZE) | (m2 > high * SIZE))]
    return _facts(found, codes)


def _astray(codes, shapes, communities):
    """[(kind, row, shape)] of grids that lie in no known community, and of what lies outside their own."""
    known = dict(zip(*by_code(communities["code"], communities.geometry.to_numpy()), strict=True))
    unknown = [("unknown", row, shapes[row]) for row, code in enumerate(codes) if code[:12] not in known]
    rows = np.array([row for row, code in enumerate(codes) if code[:12] in known], dtype=int)
    homes = np.array([known[codes[row][:12]] for row in rows], dtype=object)
    shapely.prepare(homes)
    crossing = ~shapely.covers(homes, shapes[rows])
    outside = shapely.difference(shapes[rows][crossing], homes[crossing])
    much = shapely.area(flat(outside)) > NOISE
    return unknown + [("crossing", row, part) for row, part in zip(rows[crossing][much], outside[much], strict=True)]


def _overlaps(shapes):
    later, earlier = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later, earlier = later[later > earlier], earlier[later > earlier]
    both = shapely.intersection(shapes[later], shapes[earlier])
    much = np.flatnonzero(shapely.area(flat(both)) > NOISE)
    return [("overlap", later[row], both[row]) for row in much[np.lexsort((earlier[much], later[much]))]]


def _facts(found, codes):
    shapes = np.array([shape for _kind, _row, shape in found], dtype=object)
    m2 = shapely.area(flat(shapes)).tolist()
    spots = shapely.bounds(shapely.point_on_surface(shapes)).reshape(-1, 4)[:, :2].tolist()  # NaN where there is no shape
    return [Fault(kind, codes[row], size, *spot) for (kind, row, _shape), size, spot in zip(found, m2, spots, strict=True)]
