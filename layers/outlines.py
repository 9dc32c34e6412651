"""A file of outlines, as it came, in WGS84: what it is, how its letters are written, and in which system its numbers are."""

import json
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile, is_zipfile

import geopandas
import numpy as np
import pandas
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.crs import to_wgs84

SHIFTED = ("gcj02", "bd09")
SPELLED = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490", "bd09ll": "bd09", "gcj02ll": "gcj02"}  # without case, dash and blank
CANDIDATES = (  # CGCS2000 degrees equal WGS84 here
    *("EPSG:4326", "gcj02", "bd09"),
    *("EPSG:4545", "EPSG:4544", "EPSG:4546"),  # three-degree zones, 108°, 105° and 111° E
    *("EPSG:4524", "EPSG:4523", "EPSG:4525"),  # the same with the number of the zone before the easting: 36, 35, 37
    *("EPSG:32648", "EPSG:32649"),  # UTM, which would lie on the zones of 105° and 111° but for a kilometre
)
FITS = 0.5  # a system in which less of the county is met than this is not the file's
ROW = "_row"  # the column that keeps which feature of the file a row was, from 1
POLYGONS, LINES = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString")
JSON = (".json", ".geojson")
MAPS = (*JSON, ".gpkg", ".kml", ".shp")
FOLDERED = (".kml", ".kmz")  # their layers are folders of one map
BROKEN, FEW = "\ufffd", 0.1  # what stands for a letter that cannot be read; the share of words that may be cut in a letter


REASONS = {
    "no-map": "the file cannot be read as a map: %(why)s",
    "no-shx": "a Shapefile is .shp, .shx and .dbf together, and the .shx is missing",
    "packed": "the shapes are packed for a chart (UTF8Encoding): plain GeoJSON is needed",
    "layers": "several layers have such shapes, and which is meant is not said: %(layers)s",
    "no-shapes": "the file has no shapes",
    "kinds": "%(wanted)s are needed, and the file has %(kinds)s",
    "no-system": "the file does not say its coordinate system: give one",
    "no-fit": "none of %(tried)s puts these outlines onto the county: give the coordinate system",
    "unknown-system": "unknown coordinate system %(crs)s: an EPSG number, gcj02 or bd09",
}


class Unreadable(ValueError):
    """The file is no map file, or its coordinate system cannot be told. reason: a key of REASONS; facts fill its sentence."""

    def __init__(self, reason, **facts):
        self.reason, self.facts = reason, facts
        super().__init__(REASONS[reason] % facts)


def read(path, crs=None, county=None, kinds=POLYGONS):
    """(GeoDataFrame in WGS84, the system it was in, {candidate: share of the county met} when it had to be found).

    path: GeoJSON, Shapefile, GeoPackage or KML, also zipped with whatever else; attributes in UTF-8 or GBK. crs: its system
    (anything that pyproj knows, gcj02, bd09), else what the file says. county: shapely outline in WGS84, to try candidates on
    when neither says. kinds: the kinds of shapes that may be in it. Layers without any are left out, the folders of a KML put
    together. Z and M are dropped, features without a shape left out; the column ROW says which feature a row was.
    Raises Unreadable.
    """
    with TemporaryDirectory() as folder:
        path = _alone(Path(path), folder)
        frame = _read(path, kinds)
        said = named(crs) if crs else _said(path, frame)
    fits = {}
    if said is None:
        if county is None:
            raise Unreadable("no-system")
        fits = {name: _met(frame, name, county) for name in CANDIDATES}
        said = max(fits, key=fits.get)
        if fits[said] < FITS:
            raise Unreadable("no-fit", tried=", ".join(CANDIDATES), fits=fits)
    return _in_wgs84(frame, said), str(said), fits


def _read(path, kinds):
    """The rows of the layers that have such shapes. Raises Unreadable where those are none, or several without a word which."""
    try:
        with TemporaryDirectory() as folder:
            layers = [layer for source in _sources(path, folder) for layer in _layers(source)]
    except Unreadable:
        raise
    except Exception as error:  # GDAL, zipfile and codecs each have their own
        raise Unreadable("no-map", why=str(error)) from error
    if not layers:
        raise Unreadable("no-shapes")
    layers = [(name, _shapes(frame, kinds)) for name, frame in layers]
    meant = [(name, frame) for name, frame in layers if _kinds(frame) & set(kinds)]
    others = {kind for _name, frame in meant or layers for kind in _kinds(frame)} - set(kinds)
    if not meant and is_packed(path):
        raise Unreadable("packed")
    if others or not meant:
        raise Unreadable("kinds", wanted=", ".join(kinds), kinds=", ".join(sorted(others)) or "none")
    if len(meant) > 1 and Path(path).suffix.lower() not in FOLDERED:
        raise Unreadable("layers", layers=", ".join(name for name, _frame in meant))
    frames = [frame for _name, frame in meant]
    return _numbered(pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0])


def _numbered(frame):
    """The rows that have a shape, each with its number among all."""
    frame[ROW] = np.arange(1, len(frame) + 1)
    return frame[_filled(frame)].reset_index(drop=True)


def _alone(path, folder):
    """The only map of a zip, unpacked: GDAL opens no zip in which something lies beside it. Any other path, a Shapefile's too."""
    if path.suffix.lower() == ".zip" and is_zipfile(path):
        with ZipFile(path) as zipped, suppress(RuntimeError, NotImplementedError, BadZipFile):  # who opens it next says why not
            ends = {name: Path(name).suffix.lower() for name in zipped.namelist() if "__MACOSX" not in name}
            maps = [name for name, end in ends.items() if end in MAPS]
            if len(maps) == 1 and ends[maps[0]] != ".shp":
                own = Path(folder, f"map{ends[maps[0]]}")
                own.write_bytes(zipped.read(maps[0]))
                return own
    return path


def _sources(path, folder):
    """What GDAL is to open: the file, or the Shapefiles of a zip, unpacked: GDAL cannot find names in GBK. Raises Unreadable."""
    path = Path(path)
    packed = _unpacked(path, folder) if path.suffix.lower() == ".zip" else []
    for source in packed or [path]:
        if source.suffix.lower() == ".shp" and not any(source.with_suffix(end).exists() for end in (".shx", ".SHX")):
            raise Unreadable("no-shx")
    return packed or [path]


def _unpacked(path, folder):
    """Paths of the .shp files of a zip, each in a folder of its own with those that belong to it."""
    found = []
    with ZipFile(path) as zipped:
        members = [(Path(_as_written(member)), member) for member in zipped.infolist() if not member.is_dir()]
        members = [(name, member) for name, member in members if "__MACOSX" not in name.parts]
        for shp in [name for name, _member in members if name.suffix.lower() == ".shp"]:
            own = Path(folder, str(len(found)))
            own.mkdir()
            for name, member in members:
                if name.with_suffix("") == shp.with_suffix(""):
                    (own / (name.stem + name.suffix.lower())).write_bytes(zipped.read(member))
            found.append(own / f"{shp.stem}.shp")
    return found


def _as_written(member):
    """A member's name; where the zip does not say UTF-8, Chinese Windows wrote GBK and zipfile took it for cp437."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return name.replace("\\", "/")


def _layers(source):
    """[(name, frame as the file has it, its letters right)] of the layers that can have shapes."""
    names = pyogrio.list_layers(source)
    return [(name, _layer(source, number)) for number, (name, kind) in enumerate(names) if kind is not None]


def _layer(source, number):
    """A layer by its number, since two folders may have one name."""
    read_as = partial(pyogrio.read_dataframe, source, layer=number, force_2d=True)
    if Path(source).suffix.lower() == ".shp":
        return _lettered(read_as(encoding="ISO-8859-1"), _said_letters(source))
    try:
        return read_as()
    except UnicodeDecodeError:
        return read_as(encoding="GB18030")


def _said_letters(shapefile):
    """How a Shapefile's words are written by its own account; None when that is wrong already for the headers."""
    with suppress(UnicodeDecodeError):
        return pyogrio.read_info(shapefile)["encoding"]


def _lettered(frame, said):
    """A frame whose words are bytes read as latin, read as what they are.

    What can be read as UTF-8 is UTF-8, whatever the file says: GBK cannot be. Names cut in the middle of a letter happen.
    """
    words = [name for name in frame.columns if name != "geometry" and not pandas.api.types.is_numeric_dtype(frame[name])]
    samples = [text for name in words for text in (name, *frame[name]) if isinstance(text, str) and not text.isascii()]
    codecs = ["utf-8", *([said] if said and said.upper() != "ISO-8859-1" else []), "gb18030"]
    codec = next((codec for codec in codecs if _readable(samples, codec)), "gb18030")
    frame = frame.assign(**{name: [_again(text, codec) for text in frame[name]] for name in words})
    return frame.rename(columns={name: _again(name, codec) for name in frame.columns})


def _readable(samples, codec):
    try:
        broken = sum(BROKEN in _again(text, codec) for text in samples)
    except LookupError:  # a .cpg may say anything
        return False
    return broken <= FEW * len(samples)


def _again(text, codec):
    return text.encode("latin-1").decode(codec, errors="replace").rstrip(BROKEN) if isinstance(text, str) else text


def _shapes(frame, kinds):
    """A frame in which a collection of shapes is its polygons, else its lines, as far as they are wanted."""
    shapes = frame.geometry.to_numpy().copy()
    for row in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = [one for part in shapely.get_parts(shapes[row]) for one in shapely.get_parts(part)]
        areas = [one for one in parts if one.geom_type == "Polygon"]
        lines = [one for one in parts if one.geom_type == "LineString" and "LineString" in kinds]
        shapes[row] = shapely.MultiPolygon(areas) if areas else shapely.MultiLineString(lines) if lines else shapes[row]
    return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _kinds(frame):
    """The kinds of shapes that a frame has; what is empty has none."""
    return set(frame.geom_type[_filled(frame)])


def _filled(frame):
    shapes = frame.geometry.to_numpy()
    return ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _said(path, frame):
    """What the file itself says. GeoJSON without `crs` says nothing: a standard calls it WGS84, and many writers do not care."""
    if frame.crs is None or not _on_earth(frame.crs):
        return None
    return frame.crs if says_system(path) else None


def says_system(path):
    """Whether a file that has a system says so itself, which GeoJSON does only in its former `crs`."""
    whole = _json(path)
    if whole is None or "spatialReference" in whole:  # the second is how Esri says it
        return True
    try:
        return bool(CRS.from_user_input(whole["crs"]["properties"]["name"]))
    except (KeyError, TypeError, CRSError):
        return False


def is_packed(path):
    """Whether a file is a chart's GeoJSON whose coordinates are squeezed into letters."""
    return bool((_json(path) or {}).get("UTF8Encoding"))


def _json(path):
    """What a GeoJSON says, {} where it is JSON line by line; None for another kind of file."""
    with TemporaryDirectory() as folder:
        path = _alone(Path(path), folder)
        raw = path.read_bytes() if path.suffix.lower() in JSON else None
    if raw is None:
        return None
    try:
        whole = json.loads(raw.decode("utf-8-sig", errors="replace"))  # names in GBK are of no interest here
    except ValueError:
        return {}
    return whole if isinstance(whole, dict) else {}


def named(crs):
    """A system by the name that pyproj has for it, however it is written: 4545, epsg:4545, GCJ-02, WGS 84."""
    plain = re.sub(r"[\s_:-]", "", str(crs).casefold())
    if number := re.fullmatch(r"(?:epsg)?(\d+)", plain):
        return f"EPSG:{number[1]}"
    return plain if plain in SHIFTED else SPELLED.get(plain, str(crs).strip())


def _on_earth(system):
    """Whether a system has places in it: not heights, not a drawing's own corner."""
    return system.is_geographic or system.is_projected


def _in_wgs84(frame, crs):
    if str(crs) in SHIFTED:
        shapes = shapely.transform(frame.geometry.to_numpy(), lambda at: np.column_stack(to_wgs84(*at.T, crs=str(crs))))
        return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index), crs=None).set_crs(4326, allow_override=True)
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise Unreadable("unknown-system", crs=crs) from error
    if not _on_earth(system):
        raise Unreadable("unknown-system", crs=crs)
    return frame.set_crs(system, allow_override=True).to_crs(4326)


def _met(frame, crs, county):
    """How well the outlines, or the best of them, lie on the county: what both share, of what either covers."""
    shapes = _in_wgs84(frame, crs).geometry.to_numpy()
    box = shapely.total_bounds(shapes)
    if not np.isfinite(box).all() or not shapely.intersects(shapely.box(*box), county):
        return 0.0
    shapes = shapely.make_valid(shapes)
    each = [shapely.union_all(shapes), *shapes]
    both = shapely.area(shapely.intersection(each, county))
    return round(float(max(both / (shapely.area(each) + shapely.area(county) - both))), 4)
