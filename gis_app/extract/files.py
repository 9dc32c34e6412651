"""Exports that are written whole before they are sent: spreadsheets, GeoPackage, GeoParquet; a chunk of rows at a time."""

import itertools
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
import xlsxwriter
from django.utils.translation import gettext as _

from gis_app.errors import BadField
from gis_app.extract.columns import COLUMNS, HEAD, NAMES, dictionary
from gis_app.extract.text import LAT, LON

SHEET_ROWS = 1_048_575  # a spreadsheet holds, below its head
TYPES = {"text": pa.string(), "number": pa.float64(), "whole": pa.int32(), "yes_no": pa.bool_()}
ZONE, WORLD = "Asia/Shanghai", "UTC"  # of moments: as people read them, and as a GeoPackage must keep them
POINTS = {"encoding": "WKB", "geometry_types": ["Point"]}
GEO = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": POINTS}}
TOGETHER = 25  # chunks in a row group of Parquet: 50,000 rows
WIDTHS = {"text": 14, "moment": 19, "number": 12, "whole": 9, "yes_no": 10}


def as_xlsx(chunks, path):
    """A workbook of the rows and the dictionary; what people wrote stays text. Raises BadField for more than a sheet holds."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    options |= {"default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(path, options) as book:
        head = book.add_format({"bold": True, "bottom": 2})
        sheet = _sheet(book, _("案件"), NAMES, [WIDTHS[column.kind] for column in COLUMNS], head)
        line = 0
        for rows in chunks:
            for row in rows:
                line += 1
                sheet.write_row(line, 0, [_cell(value) for value in row])
        words = _sheet(book, _("数据字典"), HEAD, [16, 10, 14, 48, 48, 32, 8], head)
        for line, row in enumerate(dictionary(), 1):
            words.write_row(line, 0, row)


def refuse_too_many(rows):
    """Raises BadField for more rows than a spreadsheet holds."""
    if rows > SHEET_ROWS:
        why = _("一张表最多 %(most)d 行，这里有 %(rows)d 行；换 csv，或者少选一些。")
        raise BadField(field="format", why=why % {"most": SHEET_ROWS, "rows": rows})


def _sheet(book, name, heads, widths, look):
    sheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, heads, look)
    return sheet


def _cell(value):
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value  # a spreadsheet knows no offsets: county time


def as_parquet(chunks, path):
    """GeoParquet 1.1 (WKB, WGS84), each column with its meaning; no geometry where only the town is known."""
    schema = _schema(ZONE).with_metadata({"geo": json.dumps(GEO)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held = []
        for rows in chunks:
            held.append(_table(rows, schema))
            if len(held) == TOGETHER:
                writer.write_table(pa.concat_tables(held))
                held = []
        if held:
            writer.write_table(pa.concat_tables(held))


def as_gpkg(chunks, path):
    """A GeoPackage: the layer `tickets`, and the dictionary as the table `columns`."""
    schema, more = _schema(WORLD), {}
    for rows in itertools.chain([next(chunks, [])], chunks):  # of no tickets there is a layer, too
        _append(_table(rows, schema), path, "tickets", more)
        more = {"append": True}
    words = pa.table(list(map(list, zip(*dictionary(), strict=True))), names=list(HEAD))
    pyogrio.write_arrow(words, path, layer="columns", driver="GPKG", append=True)


def _append(table, path, layer, more):
    placed = {"geometry_name": "geometry", "geometry_type": "Point", "crs": "EPSG:4326"}
    pyogrio.write_arrow(table, path, layer=layer, driver="GPKG", **placed, **more)


def _schema(zone):
    """The columns of a table with a geometry at its end."""
    types = TYPES | {"moment": pa.timestamp("ms", tz=zone)}
    meanings = {row[0]: {"meaning_zh": row[3], "meaning_en": row[4], "unit": row[2]} for row in dictionary()}
    fields = [
        pa.field(column.name, types[column.kind], nullable=column.empty, metadata=meanings[column.name]) for column in COLUMNS
    ]
    return pa.schema([*fields, pa.field("geometry", pa.binary())])


def _table(rows, schema):
    """Rows as an Arrow table."""
    columns = list(zip(*rows, strict=True)) or [()] * len(NAMES)
    lon, lat = (np.array(columns[axis], dtype=float) for axis in (LON, LAT))
    points = shapely.to_wkb(np.where(np.isnan(lon), None, shapely.points(lon, lat)))
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=False)]
    return pa.Table.from_arrays([*arrays, pa.array(points.tolist(), pa.binary())], schema=schema)
