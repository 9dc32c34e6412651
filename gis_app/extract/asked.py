"""What an export is asked for: a format and filters, read once for every door."""

import datetime as dt
from typing import NamedTuple

from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext as _

from gis_app.clock import SHANGHAI
from gis_app.errors import BadField
from gis_app.extract.rows import centre
from gis_app.models import Category, Town, Unit
from gis_app.words import State, Task

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "parquet")
FILTERS = ("from", "to", "task", "category", "town", "unit", "state", "bbox")


class Asked(NamedTuple):
    """start, end: dates of the report in Asia/Shanghai, both included. bbox: (west, south, east, north) in WGS84."""

    format: str = "csv"
    start: dt.date | None = None
    end: dt.date | None = None
    task: str | None = None
    category: str | None = None
    town: str | None = None
    unit: str | None = None
    state: str | None = None
    bbox: tuple | None = None

    def told(self):
        """What was asked for, as the log of acts keeps it."""
        given = {name: value for name, value in self._asdict().items() if value is not None}
        return given | {name: given[name].isoformat() for name in ("start", "end") if name in given}


def read(given):
    """The Asked of {name: text}; a missing or empty one does not narrow. Raises BadField."""
    given = {name: text for name, text in given.items() if text}
    asked = Asked(
        format=one_of("format", given.get("format", "csv"), FORMATS),
        start=day("from", given.get("from")),
        end=day("to", given.get("to")),
        task=one_of("task", given.get("task"), Task.values),
        category=known("category", given.get("category"), Category),
        town=known("town", given.get("town"), Town),
        unit=known("unit", given.get("unit"), Unit),
        state=one_of("state", given.get("state"), State.values),
        bbox=box(given.get("bbox")),
    )
    if asked.start and asked.end and asked.start > asked.end:
        raise BadField(field="from", why=_("开始日期在结束日期之后。"))
    return asked


def one_of(field, text, values):
    """The text, which is one of these or nothing. Raises BadField."""
    if text is not None and text not in values:
        raise BadField(field=field, why=_("只能是：%s。") % "、".join(values))
    return text


def known(field, code, model):
    """The code, which somebody has. Raises BadField."""
    if code is not None and code not in set(model.objects.values_list("code", flat=True)):
        raise BadField(field=field, why=_("没有编号是“%s”的。") % code)
    return code


def day(field, text):
    """The date of a text, or None. Raises BadField."""
    try:
        found = dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadField(field=field, why=_("日期要写成 2026-11-25 这样。")) from error
    if found and not 2000 <= found.year <= 2200:
        raise BadField(field=field, why=_("日期要写成 2026-11-25 这样。"))
    return found


def box(text):
    """(west, south, east, north) of `lon,lat,lon,lat`, or None. Raises BadField."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadField(field="bbox", why=_("要四个数：西,南,东,北。")) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadField(field="bbox", why=_("西要小于东，南要小于北。"))
    return west, south, east, north


def chosen(tickets, asked, exact):
    """Those of the tickets that are asked for. exact: whether points are shown, and so may decide what lies in a box."""
    narrower = {
        "opened_at__gte": midnight(asked.start),
        "opened_at__lt": midnight(asked.end, after=1),
        "category__task": asked.task,
        "category__code": asked.category,
        "town__code": asked.town,
        "unit__code": asked.unit,
        "state": asked.state,
    }
    tickets = tickets.filter(**{lookup: value for lookup, value in narrower.items() if value is not None})
    if asked.bbox is None:
        return tickets
    if exact:
        return tickets.filter(point__coveredby=Polygon.from_bbox(asked.bbox))
    cells = tickets.filter(cell__isnull=False).order_by().values_list("cell", flat=True).distinct()
    return tickets.filter(cell__in=[cell for cell in cells if _holds(asked.bbox, *centre(cell))])  # else boxes find the point


def _holds(bbox, lon, lat):
    west, south, east, north = bbox
    return west <= lon <= east and south <= lat <= north


def midnight(date, after=0):
    """The moment at which a day, or one so many days later, begins in Asia/Shanghai; None for none."""
    return dt.datetime.combine(date + dt.timedelta(days=after), dt.time(), SHANGHAI) if date else None
