"""A file of outlines becomes an edition: read, matched to what is known, repaired, surveyed, kept with its report."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import geopandas
import numpy as np
import pandas
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.errors import BadField, Unopened
from gis_app.loading.codes import KINDS, known_areas, pairs_of, with_codes
from gis_app.loading.tables import bad
from gis_app.locate.points import in_use, outlines_of
from gis_app.models import Boundary, Village
from gis_app.words import EditionKind
from layers import matching, outlines, seams
from layers.metres import flat, round_again
from layers.unit_grid_faults import faults

SNAP = 2.0  # metres: narrower gaps and overlaps are closed by themselves
MOST_SNAP = 20.0  # metres: wider seams are a question, not how lines are drawn
STREET = 30.0  # metres: how wide a street is that is given as a line, unless the file says
LISTED, DRAWN = 300, 0.00001  # faults that a report lists at most; degrees by which their shapes are drawn more simply


WHY = {
    "no-map": gettext_lazy("这不是读得出来的地图文件"),
    "no-shapes": gettext_lazy("文件里没有图形"),
    "kinds": gettext_lazy("要的是 %(wanted)s，文件里是 %(kinds)s"),
    "no-system": gettext_lazy("文件没写坐标系，请说明是哪一种"),
    "no-fit": gettext_lazy("按 %(tried)s 都对不上县界，请说明坐标系"),
    "no-shx": gettext_lazy("Shapefile 要 .shp、.shx、.dbf 一起，缺 .shx"),
    "packed": gettext_lazy("图形是给图表压缩过的（UTF8Encoding），要普通的 GeoJSON"),
    "layers": gettext_lazy("好几个图层里都有这种图形，没说要哪一个：%(layers)s"),
    "unknown-system": gettext_lazy("没有 %(crs)s 这个坐标系；写 EPSG 编号、gcj02 或 bd09"),
}


@dataclass(frozen=True)
class Ask:
    """How a clerk wants a file read. crs and the names of columns: None lets the file say. snap: metres."""

    crs: str | None = None
    code_field: str | None = None
    name_field: str | None = None
    snap: float = SNAP
    licence: str = ""
    source: str = ""
    people_field: str | None = None

    def __post_init__(self):
        """Raises BadField for what cannot be kept."""
        for name, most in (("source", 200), ("licence", 100)):
            object.__setattr__(self, name, getattr(self, name).replace("\0", ""))
            if len(getattr(self, name)) > most:
                raise BadField(field=name, why=_("最多 %d 字。") % most)
        if not 0 <= self.snap <= MOST_SNAP:
            raise BadField(field="snap", why=_("写 0 到 20 之间的米数。"))

    def digest(self, path):
        """One digest of a file and of how it is read. Raises Unopened."""
        told = [self.crs, self.code_field, self.name_field, self.snap]
        together = hashlib.sha256(json.dumps(told + ([self.people_field] if self.people_field else [])).encode())
        try:
            with open(path, "rb") as file:
                while part := file.read(1 << 20):  # a country's squares are a gigabyte
                    together.update(part)
        except OSError as error:
            raise Unopened.because(path, error) from error
        return together.hexdigest()


@dataclass
class Draft:
    """A file that has been read. frame: code, name, row (number in the file), given, geometry; in the order of codes."""

    kind: str
    frame: geopandas.GeoDataFrame
    report: dict = field(default_factory=dict)


AS_IT_COMES = Ask()


def read(kind, path, ask=AS_IT_COMES):
    """The Draft of a file: outlines with codes, valid, small gaps closed, and a report of all of it. Raises BadFile."""
    frame, report = _opened(kind, path, ask)
    frame = _widened(frame, report["columns"], path) if kind == EditionKind.ZONES else frame
    _on_earth(frame, path)
    frame, repairs = seams.repaired(frame, ask.snap)
    frame = with_codes(kind, frame, report, path)
    report["repairs"] = [_told(fault, list(frame["code"])) for fault in repairs]
    frame = _joined(frame)
    return Draft(kind, *_surveyed(kind, frame, report, ask.snap))


def _opened(kind, path, ask):
    """(frame in WGS84, the beginnings of a report). Raises BadFile."""
    rule = KINDS[kind]
    outline = county_outline() if rule.fills else None
    try:
        frame, crs, fits = _read(path, ask.crs or _by_standard(kind, path), outline, rule.shapes)
        names = {what: matching.column(frame.columns, what, getattr(ask, f"{what}_field", None)) for what in _asked(rule)}
    except OSError as error:
        raise Unopened.because(path, error) from error
    except outlines.Unreadable as error:
        raise bad(path, str(WHY[error.reason]) % error.facts) from error
    except KeyError as error:
        there = "、".join(str(name) for name in frame.columns if name not in ("geometry", outlines.ROW))
        raise bad(path, _("没有“%(field)s”这一列，文件里有：%(there)s") % {"field": error.args[0], "there": there}) from error
    if names["code"] is None and names["name"] is None:
        names["name"] = _likeliest(frame, kind)
    told = "given" if ask.crs else "file" if not fits else "tried" if max(fits.values()) >= outlines.FITS else "none"
    return frame, {"crs": crs, "crs_from": told, "fits": fits, "columns": names, "snap": ask.snap}


def _read(path, crs, outline, shapes):
    """As outlines.read; what lies elsewhere in every system is read as degrees where it can be: to be looked at, not used."""
    try:
        return outlines.read(path, crs, outline, shapes)
    except outlines.Unreadable as error:
        if error.reason != "no-fit":
            raise
        frame, crs, _none = outlines.read(path, "EPSG:4326", None, shapes)
        if np.abs(frame.total_bounds).max() > 180:
            raise
        return frame, crs, error.facts["fits"]


def _asked(rule):
    return ("code", "name", "synthetic", *rule.columns)


def _by_standard(kind, path):
    """GeoJSON is WGS84 by its standard; only where the outlines can be laid onto the county is that not taken on trust."""
    plain = Path(path).suffix.lower() in (".json", ".geojson") and not KINDS[kind].fills
    return "EPSG:4326" if plain and not outlines.says_system(path) else None


def _likeliest(frame, kind):
    """The column of words that names the most known areas, for files whose headers say nothing; None when none does."""
    known = known_areas(kind)
    words = [name for name in frame.columns if name not in ("geometry", outlines.ROW)]
    counts = {name: sum(m.code is not None for m in matching.match(pairs_of(frame, None, name, None), known)) for name in words}
    best = max(counts, key=counts.get, default=None)
    return best if best is not None and counts[best] else None


def _widened(frame, columns, path):
    """Street lines made into areas as wide as the file says, in metres."""
    widths = pandas.Series(STREET, index=frame.index)
    if columns["width"]:
        widths = pandas.to_numeric(frame[columns["width"]], errors="coerce").fillna(STREET)
    if not widths.between(1, 1000).all():
        row = frame.loc[~widths.between(1, 1000), outlines.ROW].iloc[0]
        raise bad(path, _("宽度要在 1 到 1000 米之间"), row)
    lines = frame.geom_type.isin(outlines.LINES)
    level = flat(frame.geometry.to_numpy())
    wide = np.where(lines, shapely.buffer(level, widths.to_numpy() / 2, cap_style="flat"), level)
    return frame.set_geometry(geopandas.GeoSeries(list(round_again(wide)), index=frame.index, crs=4326))


def _on_earth(frame, path):
    """Raises BadFile at the first outline whose numbers are no longitudes and latitudes, or that has no area."""
    box = frame.geometry.bounds
    off = ~((box["minx"] >= -180) & (box["maxx"] <= 180) & (box["miny"] >= -90) & (box["maxy"] <= 90))
    if off.any():
        raise bad(path, _("经度要在 ±180 内，纬度要在 ±90 内"), frame.loc[off, outlines.ROW].iloc[0])
    for shape, row in zip(frame.geometry, frame[outlines.ROW], strict=True):
        if not np.isfinite(shapely.get_coordinates(shape)).all() or not shapely.area(shapely.make_valid(shape)) > 0:
            raise bad(path, _("这一块没有面积"), row)


def _joined(frame):
    """Parts of one area as one outline; in the order of codes, since the lower code wins an overlap."""
    joined = [
        {"code": code, "name": part["name"].iloc[0], "given": part["given"].iloc[0], "row": int(part["row"].iloc[0])}
        | {"geometry": shapely.union_all(part.geometry.to_numpy()) if len(part) > 1 else part.geometry.iloc[0]}
        for code, part in frame.groupby("code", sort=True)
    ]
    whole = geopandas.GeoDataFrame(joined, crs=4326)
    return whole.set_geometry(geopandas.GeoSeries([_multi(shape) for shape in whole.geometry], crs=4326))


def _multi(shape):
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _surveyed(kind, frame, report, snap):
    """(the frame with small gaps and overlaps closed, the report with what was closed and what is left)."""
    rule, outline, codes = KINDS[kind], county_outline(), list(frame["code"])
    before, was = seams.survey(frame, outline, gaps=rule.fills), frame
    if kind != EditionKind.ZONES:
        frame = seams.closed(frame, outline, snap, faults=before if rule.fills else None)
    left = before if frame is was else seams.survey(frame, outline, gaps=rule.fills)
    thin, small = seams.narrow(before, snap), seams.narrow(left, snap)
    report["closed"] = _sums([fault for fault, is_thin in zip(before, thin, strict=True) if is_thin])
    report["narrow"] = _sums([fault for fault, is_small in zip(left, small, strict=True) if is_small])
    report["faults"] = [_told(fault, codes) for fault, is_small in zip(left, small, strict=True) if not is_small][:LISTED]
    report["sums"] = _sums([fault for fault, is_small in zip(left, small, strict=True) if not is_small])
    wrong = _code_faults(frame) if kind == EditionKind.UNIT_GRIDS else []
    report["faults"] += wrong[:LISTED]
    found = report["sums"].keys() | {fault["kind"] for fault in wrong}  # of all, not only of those that are listed
    report["hard"] = sorted(found & set(rule.hard))
    report["hard"] += ["system"] if report["crs_from"] == "none" else []
    areas = flat(frame.geometry.to_numpy())
    report["areas"] = {code: round(float(area)) for code, area in zip(codes, shapely.area(areas), strict=True)}
    return frame, report


def _code_faults(frame):
    """What is wrong with the codes, sizes and places of unit grids; across communities only where those have outlines."""
    found = faults(list(frame["code"]), frame.geometry.to_numpy(), communities_in_use())
    told = [fault._asdict() | {"codes": [fault.code], "width": 0} for fault in found if fault.kind not in ("overlap", "unknown")]
    known = set(Village.objects.values_list("code", flat=True))
    strange = frame[~frame["code"].str[:12].isin(known)] if known else frame[:0]
    spots = strange.geometry.representative_point()
    told += [
        {"kind": "unknown", "m2": 0, "lon": at.x, "lat": at.y, "codes": [code], "width": 0}
        for code, at in zip(strange["code"], spots, strict=True)
    ]
    return sorted(told, key=lambda fault: fault["kind"] == "size")  # sizes last: they are only odd


def communities_in_use():
    """The village outlines in use as a GeoDataFrame of codes, or None."""
    rows = list(Boundary.objects.filter(edition=in_use(EditionKind.VILLAGES)))
    if not rows:
        return None
    return geopandas.GeoDataFrame({"code": [row.code for row in rows]}, geometry=list(outlines_of(rows)), crs=4326)


def _sums(faults):
    """{kind: [how many, m² of them together]}."""
    kinds = {}
    for fault in faults:
        number, m2 = kinds.get(fault.kind, (0, 0.0))
        kinds[fault.kind] = (number + 1, m2 + fault.m2)
    return {kind: [number, round(m2)] for kind, (number, m2) in kinds.items()}


def _told(fault, codes):
    """A fault for a report: numbers rounded, areas by code, its shape drawn simply."""
    told = {"kind": fault.kind, "m2": round(fault.m2, 1), "lon": round(fault.lon, 6), "lat": round(fault.lat, 6)}
    told |= {"codes": [codes[row] for row in fault.rows], "width": round(fault.width, 1)}
    if fault.shape is not None and fault.kind != "outside":
        told["shape"] = json.loads(shapely.to_geojson(shapely.set_precision(shapely.simplify(fault.shape, DRAWN), DRAWN / 10)))
    return told


@cache
def _outline(path, changed):
    return geopandas.read_file(path).geometry.iloc[0]


def county_outline():
    """The county's outline, WGS84, from its file."""
    path = settings.FIXTURES / "county.geojson"
    return _outline(path, path.stat().st_mtime_ns)


def boundaries_of(draft):
    """Boundary rows of a draft, without their edition."""
    return [
        Boundary(
            code=row.code,
            name=row.name,
            outline=GEOSGeometry(memoryview(shapely.to_wkb(row.geometry)), srid=4326),
            synthetic=row.given.get("synthetic", False),
            given=row.given,
        )
        for row in draft.frame.itertuples(index=False)
    ]
