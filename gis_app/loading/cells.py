"""The county's cells as shapes, for the views that map programs read: made when there is a reader, and kept up from then on."""

import shapely
from django.db import connection

from gis_app.models import Boundary, Cell, Ticket
from gis_app.words import EditionKind
from layers import cells

BATCH = 5000


def lay_cells():
    """Add what is missing of the cells that touch the county, and of those that hold tickets. Returns how many were added.

    None is taken away: a ticket of an earlier boundary keeps its cell.
    """
    wanted = {res: _wanted(res) for res in (cells.DRAWN, cells.STORED)}
    there = set(Cell.objects.values_list("pk", flat=True))
    missing = [(int(cell), res) for res, found in wanted.items() for cell in found if cell not in there]
    for start in range(0, len(missing), BATCH):
        _store(missing[start : start + BATCH])
    return len(missing)


def lay_cells_anew(edition):
    """After another edition of towns came into use, where cells are kept at all."""
    if edition.kind == EditionKind.TOWNS and Cell.objects.exists():
        lay_cells()


def _store(rows):
    """Cells as rows: [(key, res)]. One that somebody has stored meanwhile stays."""
    keys, levels = (list(each) for each in zip(*rows, strict=True))
    lon, lat = (list(each) for each in zip(*map(cells.centre, keys), strict=True))
    outlines = [memoryview(shape) for shape in shapely.to_wkb(cells.polygons(keys))]
    # Measured: all 40,624 cells of the county in 3 s; 16 s by bulk_create, which turns each shape into a text and back.
    with connection.cursor() as cursor:
        cursor.execute(LAID, [keys, levels, lon, lat, outlines])


LAID = """
INSERT INTO gis_app_cell (id, res, point, outline)
SELECT key, level, ST_SetSRID(ST_MakePoint(lon, lat), 4326), ST_GeomFromWKB(shape, 4326)
FROM unnest(%s::bigint[], %s::integer[], %s::float8[], %s::float8[], %s::bytea[]) AS row (key, level, lon, lat, shape)
ON CONFLICT DO NOTHING
"""


def _wanted(res):
    active = Boundary.objects.filter(edition__kind=EditionKind.TOWNS, edition__active=True)
    county = shapely.union_all([shapely.from_wkb(bytes(row.outline.wkb)) for row in active])
    held = list(Ticket.objects.filter(cell__isnull=False).order_by().values_list("cell", flat=True).distinct())
    found = set(cells.county_cells(county, res).tolist()) if not county.is_empty else set()
    return sorted(found | set(cells.parents(held, res).tolist()))
