"""What is known near a place: open tickets as strangers may see them, by bands of distance and never as dots.

Floor: beside stats.
"""

import datetime as dt
import math
from dataclasses import dataclass

from django.contrib.gis.geos import Polygon
from django.utils import timezone

from gis_app import locate, redact
from gis_app.clock import SHANGHAI
from gis_app.models import Category, Report, Ticket
from gis_app.words import OPEN_STATES, Precision, Reading
from layers import cells
from layers.crs import to_metres

BANDS = (25, 50, 100)  # metres
MOST = 30
BLURRED = 11  # H3: a ticket is taken to lie in the middle of its cell, 29 m across a side, so that asking often tells no more
REACH = BANDS[-1] + 30  # metres from a place to the farthest ticket whose cell's middle is near
METRES_OF_A_DEGREE = 110_800  # of latitude, the fewest in the county: the box is rather too wide than too narrow


@dataclass(frozen=True)
class Known:
    """An open ticket as strangers may see it. within_m: one of BANDS, or None for one that is known by its village or town.

    words, photo (its id): of its first report, once the desk has released them.
    """

    category: Category | None
    state: str
    since: dt.date
    within_m: int | None = None
    words: str = ""
    photo: int | None = None

    @property
    def days(self):
        """How many days ago it was reported."""
        return (timezone.now().astimezone(SHANGHAI).date() - self.since).days


def around(lon, lat, category=None):
    """The open tickets within 100 m, nearest band first and newest first in it, at most MOST. Distances are to a ticket's cell.

    lon, lat: degrees, WGS84. category: only of this kind.
    """
    here, within = to_metres(lon, lat), {}
    found = _open().filter(point__bboverlaps=_box(lon, lat))
    for ticket in found.filter(category=category) if category else found:
        far = math.dist(here, to_metres(*cells.centre(cells.cell_of(ticket.point.x, ticket.point.y, BLURRED))))
        if far <= BANDS[-1]:
            within[ticket] = next(band for band in BANDS if far <= band)
    return _known(sorted(within, key=lambda ticket: (within[ticket], -ticket.pk))[:MOST], within)


def _box(lon, lat):
    """What holds every point within REACH, in degrees: the index of points answers it."""
    high = REACH / METRES_OF_A_DEGREE
    wide = high / math.cos(math.radians(lat))
    return Polygon.from_bbox((lon - wide, lat - high, lon + wide, lat + high))


def by_name(text):
    """(Place, where, rows): the open tickets near an address, else in the village or the town that words name, newest first.

    where: what was looked at, for people; a village of which nothing is known is looked at as its town, since a pin knows
    its village only where boundaries of villages are loaded.
    """
    place = locate.in_words(text)
    if place.reading != Reading.ONE:
        return place, "", []
    if place.precision == Precision.ADDRESS:
        return place, place.name, around(place.lon, place.lat)
    if place.village and (rows := _newest(village=place.village)):
        return place, place.name, rows
    return place, place.town, _newest(town=place.town)


def _newest(**there):
    return _known(list(_open().filter(**there).order_by("-pk")[:MOST]), {})


def _open():
    return Ticket.objects.filter(state__in=OPEN_STATES).select_related("category")


def _known(tickets, within):
    released = [ticket.pk for ticket in tickets if ticket.released]
    first = {}
    if released:
        rows = Report.objects.filter(ticket__in=released).select_related("said").prefetch_related("photos").order_by("-pk")
        first = {report.ticket_id: report for report in rows}  # the eldest last, so that it stands
    return [_as_known(ticket, within.get(ticket), first.get(ticket.pk)) for ticket in tickets]


def _as_known(ticket, band, report):
    since = ticket.opened_at.astimezone(SHANGHAI).date()
    words = redact.mask(report.said.text) if report else ""
    photo = min((photo.pk for photo in report.photos.all()), default=None) if report else None
    return Known(ticket.category, ticket.state, since, band, words, photo)
