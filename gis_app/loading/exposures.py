"""People and roads by cell, out of whatever file there is of them: editions beside those of boundaries, used and undone alike."""

from pathlib import Path

import numpy as np
import shapely
from django.contrib.gis.gdal import GDALException, GDALRaster
from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis_app.errors import Unopened
from gis_app.loading.addresses import in_wgs84, lines_of
from gis_app.loading.boundaries import AS_IT_COMES, LISTED, WHY, county_outline
from gis_app.loading.codes import known_areas
from gis_app.loading.editions import keep, known_reading
from gis_app.loading.tables import bad
from gis_app.loading.values import number
from gis_app.locate.points import active_edition, in_use, village_areas, villages
from gis_app.models import Exposure
from gis_app.words import EditionKind
from layers import exposure, matching, outlines

TABLES, GRIDS = (".csv",), (".tif", ".tiff")
DENSE = 200  # points along each side of the county's box, so that a turned grid's window holds all of it


def load_people(path, ask=AS_IT_COMES, by=None):
    """Load a file of people as an edition that is not in use. Returns it.

    A GeoTIFF of people in each square, a CSV of points or of villages, or a map file of areas with their people, who live
    evenly all over them. What lies outside the county is left out, and the report says how much. Raises BadFile.
    """
    ending = Path(path).suffix.lower()
    return _loaded(EditionKind.PEOPLE, path, ask, by, _table if ending in TABLES else _grid if ending in GRIDS else _areas)


def load_roads(path, ask=AS_IT_COMES, by=None):
    """Load a map file of lines as an edition of roads that is not in use. Returns it. Raises BadFile."""
    return _loaded(EditionKind.ROADS, path, ask, by, _lines)


def _loaded(kind, path, ask, by, read):
    if known := known_reading(kind, ask.digest(path)):
        return known
    if in_use(EditionKind.TOWNS) is None:
        raise bad(path, _("先装入镇街边界，才知道哪些格在县内"))
    (cells, amounts), report = read(path, ask, shapely.union_all(list(active_edition().index.outlines)))
    if not len(cells):
        raise bad(path, _("没有一项落在县内"))
    rows = [Exposure(cell=cell, amount=amount) for cell, amount in zip(cells.tolist(), amounts.tolist(), strict=True)]
    report = {"crs": "EPSG:4326", "crs_from": "given" if ask.crs else "file"} | report
    return keep(kind, path, ask, by, report | {"cells": len(rows), "total": round(float(amounts.sum()), 1)}, rows)


# ---- maps


def _lines(path, ask, county):
    """Roads: lines that are in the file twice are taken once."""
    frame, report = _shapes(path, ask, None, outlines.LINES)
    written = shapely.to_wkb(shapely.normalize(shapely.get_parts(frame.geometry.to_numpy())))
    once = np.unique(written)
    told = {"how": "lines", "read": len(written), "repeated": len(written) - len(once)}
    return exposure.metres_in_cells(shapely.from_wkb(once), county), report | told


def _areas(path, ask, county):
    """People of areas."""
    frame, report = _shapes(path, ask, county_outline(), outlines.POLYGONS)
    try:
        column = matching.column(frame.columns, "people", ask.people_field)
    except KeyError as error:
        raise bad(path, _("没有“%s”这一列") % error.args[0]) from error
    if column is None:
        raise bad(path, _("缺一列 %s") % "people")
    people = np.array([_people(path, row, text) for row, text in zip(frame[outlines.ROW], frame[column], strict=True)])
    shapes = shapely.make_valid(frame.geometry.to_numpy())
    if not (shapely.area(shapes) > 0).all():
        raise bad(path, _("这一块没有面积"), int(frame[outlines.ROW][~(shapely.area(shapes) > 0)].iloc[0]))
    told = {"how": "areas", "read": len(frame), "given": float(people.sum())}
    return exposure.people_in_areas(shapes, people, county), report | told


def _shapes(path, ask, county, kinds):
    """(frame in WGS84, the beginnings of a report). GeoJSON that says nothing is WGS84 by its standard. Raises BadFile."""
    try:
        silent = Path(path).suffix.lower() in outlines.JSON and not outlines.says_system(path)
        frame, crs, _fits = outlines.read(path, ask.crs or ("EPSG:4326" if silent else None), county, kinds)
    except OSError as error:
        raise Unopened.because(path, error) from error
    except outlines.Unreadable as error:
        raise bad(path, str(WHY[error.reason]) % error.facts) from error
    west, south, east, north = frame.total_bounds
    if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):
        raise bad(path, _("经度要在 ±180 内，纬度要在 ±90 内"))
    return frame, {"crs": crs}


def _people(path, line, text):
    """A number of people. Raises BadFile."""
    try:
        found = number(text, float)
    except ValueError as error:
        raise bad(path, error, int(line)) from error
    if not 0 <= found < 1e9:
        raise bad(path, _("人数要是 0 或以上的数，写的是 %s") % text, int(line))
    return found


# ---- tables


def _table(path, ask, county):
    """People of points (lon, lat), or of villages by code or name."""
    header, rows = lines_of(path)
    try:
        found = {what: matching.column(header, what, getattr(ask, f"{what}_field", None)) for what in COLUMNS}
    except KeyError as error:
        raise bad(path, _("没有“%s”这一列") % error.args[0]) from error
    if found["people"] is None:
        raise bad(path, _("缺一列 %s") % "people")
    lines, people = [line for line, _row in rows], np.array([_people(path, line, row[found["people"]]) for line, row in rows])
    if found["lon"] and found["lat"]:
        cells, skipped = _of_points(path, ask, county, found, rows, people)
    elif found["village"]:
        cells, skipped = _of_villages([row[found["village"]] for _line, row in rows], people, county)
    else:
        raise bad(path, _("要有 lon 和 lat 两列，或者 village 一列"))
    left = [{"line": lines[row], "why": str(why)} for row, why in skipped]
    told = {"how": "points" if found["lon"] and found["lat"] else "villages", "read": len(rows), "given": float(people.sum())}
    return cells, told | {"crs": ask.crs or "EPSG:4326", "left_out": len(left), "skipped": left[:LISTED]}


COLUMNS = ("people", "lon", "lat", "village")


def _of_points(path, ask, county, found, rows, people):
    """((cells, people), [(row, why it was left out)])."""
    lon, lat = (np.array([_degrees(row[found[what]]) for _line, row in rows]) for what in ("lon", "lat"))
    lon, lat = in_wgs84(path, lon, lat, ask.crs)
    known = np.isfinite(lon) & np.isfinite(lat)
    inside = shapely.intersects_xy(county, np.where(known, lon, 0), np.where(known, lat, 0)) & known
    why = {True: _("不在任何镇街里"), False: _("经纬度不是数字")}
    left = [(row, why[bool(known[row])]) for row in np.flatnonzero(~inside)]
    return exposure.people_at_points(lon[inside], lat[inside], people[inside], county), left


def _degrees(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan


def _of_villages(texts, people, county):
    """As `_of_points`. A village's people live all over its outline where one is in use, else at its point."""
    pairs = [_code_or_name(text) for text in texts]
    matched = [match.code for match in matching.match(pairs, known_areas(EditionKind.VILLAGES))]
    drawn, points = village_areas(), {row.code: row.point for row in villages()}
    shapes = dict(zip(drawn.codes, drawn.outlines, strict=True))
    spread = [row for row, code in enumerate(matched) if code in shapes]
    single = [row for row, code in enumerate(matched) if code in points and code not in shapes]
    lon, lat = np.array([points[matched[row]].coords for row in single]).reshape(-1, 2).T
    cells = [exposure.people_at_points(lon, lat, people[single], county)]
    if spread:
        cells.append(exposure.people_in_areas([shapes[matched[row]] for row in spread], people[spread], county))
    left = [(row, _("没有对上哪个村社：%s") % texts[row]) for row, code in enumerate(matched) if code is None]
    return _together(cells), left


def _code_or_name(text):
    code = matching.tidy_code(text, 12)
    return (code, "") if code.isdigit() else ("", matching.tidy_name(text))


def _together(parts):
    """(cells, amounts) of several, added up."""
    every, amounts = (np.concatenate(side) for side in zip(*parts, strict=True))
    cells, where = np.unique(every, return_inverse=True)
    return cells, np.bincount(where, amounts, minlength=len(cells))


# ---- squares


def _grid(path, ask, county):
    """People of the squares of a GeoTIFF, of which only the county's part is read."""
    try:
        grid = GDALRaster(str(Path(path).resolve()))
    except GDALException as error:
        raise bad(path, _("这不是读得出来的栅格（GeoTIFF）")) from error
    system = _system(path, grid, ask.crs)
    values, corner = _window(grid, system, county)
    if not values.size:
        raise bad(path, _("没有一项落在县内"))
    lon, lat, people = exposure.people_in_squares(values, corner, system)
    return exposure.people_at_points(lon, lat, people, county), {"how": "squares", "read": values.size, "crs": system.to_string()}


def _system(path, grid, crs):
    """The pyproj CRS of a grid. Raises BadFile."""
    if not (crs or grid.srs):
        raise bad(path, WHY["no-system"])
    try:
        return CRS.from_user_input(outlines.named(crs) if crs else grid.srs.wkt)
    except CRSError as error:
        raise bad(path, str(WHY["unknown-system"]) % {"crs": crs or grid.srs.name}) from error


def _window(grid, system, county):
    """(values, six numbers) of the part of a grid that the county's box covers; what has no value is NaN."""
    west, wide, skew, north, turn, high = grid.geotransform
    box = shapely.segmentize(shapely.box(*county.bounds), max(np.ptp(np.reshape(county.bounds, (2, 2)), axis=0)) / DENSE)
    x, y = Transformer.from_crs("EPSG:4326", system, always_xy=True).transform(*shapely.get_coordinates(box).T)
    column, row = np.linalg.solve([[wide, skew], [turn, high]], np.stack([x - west, y - north]))
    left, right = (int(np.clip(end, 0, grid.width)) for end in (np.floor(column.min()), np.ceil(column.max())))
    top, bottom = (int(np.clip(end, 0, grid.height)) for end in (np.floor(row.min()), np.ceil(row.max())))
    size = (max(0, right - left), max(0, bottom - top))
    band = grid.bands[0]
    values = np.array(band.data(offset=(left, top), size=size), dtype=float) if all(size) else np.empty((0, 0))
    if band.nodata_value is not None:
        values[values == band.nodata_value] = np.nan
    start = (west + left * wide + top * skew, north + left * turn + top * high)
    return values.reshape(size[::-1]), (start[0], wide, skew, start[1], turn, high)
