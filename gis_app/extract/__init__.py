"""Tickets as files for analysts: every column explained, nothing personal, and who took what is remembered.

Floor: beside exports.
"""

import gzip
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from gis_app import audit
from gis_app.access import export_for
from gis_app.extract import asked as asking
from gis_app.extract import files, text
from gis_app.extract.asked import FILTERS, FORMATS, Asked, box, read
from gis_app.extract.columns import COLUMNS, KINDS, LEFT_OUT, NAMES
from gis_app.extract.rows import chunks
from gis_app.models import Ticket
from gis_app.words import ActName

STREAMED = {"csv": text.as_csv, "geojson": text.as_geojson}
WRITTEN = {"xlsx": files.as_xlsx, "gpkg": files.as_gpkg, "parquet": files.as_parquet}
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
}


class Export(NamedTuple):
    """What somebody takes: asked for how, which tickets, how many, and whether with their points or their cells' centres."""

    asked: Asked
    tickets: object  # a queryset
    rows: int
    exact: bool


def of(user, asked):
    """The Export of what this person may take. Raises NotForYou, BadField."""
    tickets, exact = export_for(user)
    return _export(tickets, exact, asked)


def whole(asked, exact=False):
    """The Export of all tickets, for whoever has the shell."""
    return _export(Ticket.objects.all(), exact, asked)


def _export(tickets, exact, asked):
    tickets = asking.chosen(tickets, asked, exact)
    rows = tickets.order_by().count()
    if asked.format == "xlsx":
        files.refuse_too_many(rows)
    return Export(asked, tickets, rows, exact)


def taken(export, user=None):
    """Remember who takes what. user: None from the shell."""
    with transaction.atomic():
        audit.remember(ActName.EXPORT, "tickets", user, rows=export.rows, exact=export.exact, **export.asked.told())


def stream(export):
    """A streamed format as an iterator of bytes, read from the database as it goes."""
    return STREAMED[export.asked.format](_chunks(export))


def write(export, path, seen=lambda rows: None, packed=False):
    """Write an export into a new file. seen: is told how many rows are read so far. packed: by gzip, a streamed format."""
    counted = _counted(_chunks(export), seen)
    if export.asked.format in WRITTEN:
        WRITTEN[export.asked.format](counted, path)
        return
    with (gzip.open if packed else open)(path, "wb") as file:
        file.writelines(STREAMED[export.asked.format](counted))


def _chunks(export):
    return chunks(export.tickets, export.exact, timezone.now())


def _counted(rows, seen):
    """The same chunks, counted as they pass."""
    done = 0
    for some in rows:
        yield some
        done += len(some)
        seen(done)


__all__ = [
    "COLUMNS",
    "FILTERS",
    "FORMATS",
    "KINDS",
    "LEFT_OUT",
    "MEDIA",
    "NAMES",
    "STREAMED",
    "WRITTEN",
    "Asked",
    "Export",
    "box",
    "of",
    "read",
    "stream",
    "taken",
    "whole",
    "write",
]
