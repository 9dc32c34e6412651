"""Exports that are sent while they are read: CSV for tables, GeoJSON for maps. Each yields bytes, a chunk of rows at a time."""

import csv
import io
import json

from gis_app.extract.columns import NAMES

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a text for a formula
LON, LAT = NAMES.index("lon"), NAMES.index("lat")


def as_csv(chunks):
    """CSV with a byte order mark; empty where there is nothing, true and false in small letters."""
    yield "\ufeff".encode() + _lines([NAMES])
    for rows in chunks:
        yield _lines([[_cell(value) for value in row] for row in rows])


def _lines(rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _cell(value):
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return plain(value)


def plain(value):
    """A value as JSON and CSV write it: moments to the second with their offset."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value


def as_geojson(chunks):
    """A GeoJSON FeatureCollection (WGS84, lon first), a feature a line; a ticket known by its town alone has no geometry."""
    before = b'{"type":"FeatureCollection","name":"tickets","features":[\n'
    for rows in chunks:
        yield before + ",\n".join(map(_feature, rows)).encode()
        before = b",\n"
    yield (b"" if before == b",\n" else before) + b"\n]}\n"


def _feature(row):
    told = {name: value if isinstance(value, bool) else plain(value) for name, value in zip(NAMES, row, strict=True)}
    shape = None if row[LON] is None else {"type": "Point", "coordinates": [row[LON], row[LAT]]}
    feature = {"type": "Feature", "id": told["number"], "geometry": shape, "properties": told}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
