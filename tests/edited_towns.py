"""Files of boundaries as a clerk gets them, made from the county's own: shifted, with gaps, overlaps or towns missing."""

import zipfile
from pathlib import Path

import geopandas
import numpy as np
import shapely
from django.conf import settings

from layers import crs
from layers.metres import flat, round_again

NORTH, TEA = "610724001", "610724110"  # 城北街道, 茶镇
MILL = "610724104"  # 私渡镇


def towns():
    """The county's own outlines: code, name, geometry; WGS84."""
    return geopandas.read_file(settings.FIXTURES / "towns.geojson")[["code", "name", "geometry"]]


def without(frame, *codes):
    """The frame without some towns."""
    return frame[~frame["code"].isin(codes)].reset_index(drop=True)


def given_to(frame, code, other):
    """The frame with one town's land added to another's."""
    shapes = dict(zip(frame["code"], frame.geometry, strict=True))
    shapes[other] = shapely.union(shapes[other], shapes.pop(code))
    return _with(frame, shapes)


def swapped(frame, one, other):
    """The frame in which two towns have each other's codes and names."""
    names = dict(zip(frame["code"], frame["name"], strict=True))
    codes = frame["code"].replace({one: other, other: one})
    return frame.assign(code=codes, name=codes.map(names))


def narrower(frame, code, metres):
    """The frame with a strip of this width missing all around a town: a gap."""
    return _edged(frame, code, -metres)


def wider(frame, code, metres):
    """The frame with a town that reaches this far into its neighbours: overlaps."""
    return _edged(frame, code, metres)


def _edged(frame, code, metres):
    """One town's edge moved outwards by metres, inside the county."""
    shapes = dict(zip(frame["code"], frame.geometry, strict=True))
    moved = shapely.buffer(flat(shapes[code]), metres, join_style="mitre")
    whole = shapely.union_all(list(shapes.values()))
    shapes[code] = shapely.intersection(round_again([moved])[0], whole)
    return _with(frame, shapes)


def _with(frame, shapes):
    kept = frame[frame["code"].isin(list(shapes))].copy()
    return kept.set_geometry(geopandas.GeoSeries([shapes[code] for code in kept["code"]], index=kept.index, crs=4326))


def in_gcj02(frame):
    """The frame with the numbers that AMap would give, and nothing that says so."""
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda at: np.column_stack(crs.wgs84_to_gcj02(*at.T)))
    return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index))


def geojson(frame, folder, name="towns.geojson"):
    """The frame as GeoJSON that does not say its system. Returns the path."""
    path = Path(folder) / name
    path.write_text(frame.to_json(drop_id=True, to_wgs84=False), encoding="utf-8")
    return path


def shapefile(frame, folder, name="towns", parts=(".shp", ".dbf", ".shx", ".cpg")):
    """The frame as a zipped Shapefile; parts: what of it is in the archive, a .prj only when asked for. Returns the path."""
    inside = Path(folder) / f"{name}-parts"
    inside.mkdir()
    frame = frame.set_crs(4326, allow_override=True)
    frame.rename(columns={"code": "XZQDM", "name": "XZQMC"}).to_file(inside / f"{name}.shp", encoding="UTF-8")
    path = Path(folder) / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(inside.iterdir()):
            if part.suffix in parts:
                archive.write(part, part.name)
    return path
