"""The county's cells as shapes, for the views that map programs read: made when there is a reader, and kept up from then on."""

import shapely
from django.contrib.gis.geos import GEOSGeometry, Point

from gis_app.models import Boundary, Cell, Ticket
from gis_app.words import EditionKind
from layers import cells

BATCH, WGS84 = 2000, 4326


def lay_cells():
    """Add what is missing of the cells that touch the county, and of those that hold tickets. Returns how many were added.

    None is taken away: a ticket of an earlier boundary keeps its cell.
    """
    wanted = {res: _wanted(res) for res in (cells.DRAWN, cells.STORED)}
    there = set(Cell.objects.values_list("pk", flat=True))
    missing = [(int(cell), res) for res, found in wanted.items() for cell in found if cell not in there]
    shapes = cells.polygons([cell for cell, _res in missing])
    rows = [
        Cell(pk=cell, res=res, point=Point(*cells.centre(cell), srid=WGS84), outline=GEOSGeometry(shape.wkb_hex, srid=WGS84))
        for (cell, res), shape in zip(missing, shapes, strict=True)
    ]
    Cell.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def lay_cells_anew(edition):
    """After another edition of towns came into use, where cells are kept at all."""
    if edition.kind == EditionKind.TOWNS and Cell.objects.exists():
        lay_cells()


def _wanted(res):
    active = Boundary.objects.filter(edition__kind=EditionKind.TOWNS, edition__active=True)
    county = shapely.union_all([shapely.from_wkb(bytes(row.outline.wkb)) for row in active])
    held = list(Ticket.objects.filter(cell__isnull=False).order_by().values_list("cell", flat=True).distinct())
    found = set(cells.county_cells(county, res).tolist()) if not county.is_empty else set()
    return sorted(found | set(cells.parents(held, res).tolist()))
