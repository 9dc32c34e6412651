"""Named places from a CSV of points in any coordinate system: an edition of addresses."""

import csv

import numpy as np
from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from pyproj import Transformer
from pyproj.exceptions import CRSError

from gis_app.errors import Unopened
from gis_app.loading.boundaries import AS_IT_COMES, LISTED, WHY
from gis_app.loading.editions import keep, known_reading
from gis_app.loading.tables import bad
from gis_app.locate.points import active_edition, in_use, village_areas
from gis_app.models import Address
from gis_app.words import EditionKind
from layers import crs as systems
from layers.matching import HEADERS, column, tidy_name
from layers.outlines import SHIFTED, named

ENCODINGS = ("utf-8-sig", "gb18030")


def load_addresses(path, ask=AS_IT_COMES, by=None):
    """Load a CSV of name, longitude and latitude as an edition of addresses that is not in use. Returns it.

    ask.crs: any system that pyproj knows, gcj02 or bd09; WGS84 when not said. The town is where the point lies, and a row
    outside every town, without a name, or written twice in one town is told in the report and left out.
    Raises BadFile for a file that cannot be read or has no usable row.
    """
    if known := known_reading(EditionKind.ADDRESSES, ask.digest(path)):
        return known
    if in_use(EditionKind.TOWNS) is None:
        raise bad(path, _("先装入镇街边界，才知道地名在哪个镇街"))
    lines, names, lon, lat = _read(path, ask)
    rows, skipped = _placed(lines, names, lon, lat)
    if not rows:
        raise bad(path, _("没有一行能用：%s") % _told(skipped[:3]))
    report = {"crs": ask.crs or "EPSG:4326", "crs_from": "given" if ask.crs else "file", "read": len(lines)}
    report |= {"left_out": len(skipped), "skipped": skipped[:LISTED]}
    return keep(EditionKind.ADDRESSES, path, ask, by, report, rows)


def _told(skipped):
    return "；".join(f"{row['line']}: {row['why']}" for row in skipped)


def lines_of(path):
    """(headers, [(line number, {header: cell})]) of a CSV in UTF-8 or GBK. Raises BadFile."""
    for encoding in ENCODINGS:
        try:
            with open(path, encoding=encoding, newline="") as file:
                reader = csv.DictReader(file)
                return reader.fieldnames or (), [(reader.line_num, row) for row in reader]
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise bad(path, error) from error
        except OSError as error:
            raise Unopened.because(path, error) from error
    raise bad(path, _("要存成 UTF-8"))


def _read(path, ask):
    """(line numbers, names, (n,) longitudes, (n,) latitudes in WGS84, NaN where a cell is no number). Raises BadFile."""
    header, rows = lines_of(path)
    found = {what: column(header, what, ask.name_field if what == "name" else None) for what in ("name", "lon", "lat")}
    if missing := [HEADERS[what][0] for what, header in found.items() if header is None]:
        raise bad(path, _("缺一列 %s") % "、".join(missing))
    lon, lat = (np.array([_number(row[found[what]]) for _line, row in rows]) for what in ("lon", "lat"))
    lines, names = [line for line, _row in rows], [tidy_name(row[found["name"]]) for _line, row in rows]
    return lines, names, *in_wgs84(path, lon, lat, ask.crs)


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan


def in_wgs84(path, lon, lat, crs):
    """Numbers of any system in WGS84 degrees. Raises BadFile for a system that nobody knows."""
    crs = named(crs or "EPSG:4326")
    if crs in SHIFTED:
        return systems.to_wgs84(lon, lat, crs)
    try:
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(lon, lat)
    except CRSError as error:
        raise bad(path, str(WHY["unknown-system"]) % {"crs": crs}) from error


def _placed(lines, names, lon, lat):
    """([Address without edition], [{line, why}] of those that cannot be kept)."""
    edition, rows, skipped, seen = active_edition(), [], [], set()
    codes = edition.index.codes_at(lon, lat)
    held = village_areas().at_many(lon, lat)
    for line, name, x, y, code, inside in zip(lines, names, lon, lat, codes, held, strict=True):
        if why := _unfit(name, x, y, code, seen):
            skipped.append({"line": line, "why": str(why)})
            continue
        seen.add((code, name))
        told = {"name": name, "town": edition.towns[code], "village": inside[0] if inside else None}
        rows.append(Address(**told, point=Point(x, y, srid=4326)))
    return rows, skipped


def _unfit(name, lon, lat, code, seen):
    """Why a row cannot be kept, or None."""
    if not 0 < len(name) <= 80:
        return _("名称要有 1 到 80 字")
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return _("经纬度不是数字")
    if code is None:
        return _("不在任何镇街里")
    return _("同一个镇街里写了两次") if (code, name) in seen else None
