"""Which other tickets one has to do with: what it was merged or split with, and open ones close by of the same kind."""

from dataclasses import dataclass, field

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Polygon
from django.db.models import Q

from gis_app.words import OPEN_STATES
from layers import crs

NEAR_M = 100  # metres within which another report of the same kind may be of the same thing
MOST = 6  # of those close by, how many are offered


@dataclass
class Others:
    """merged: went into this one. parts: were split off from this one. near: [Ticket] with `metres`, the nearest first."""

    merged: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    above: dict = field(default_factory=dict)  # {id: Ticket} of what this one went into or came from
    near: list = field(default_factory=list)


def others(ticket, among, near=False):
    """The Others of a ticket, out of those that somebody may see, in one query. near: with what it may be merged into.

    among: a queryset of tickets. Each branch of the query has an index; close by is first a box, then metres on the sphere.
    """
    related = Q(merged_into=ticket.pk) | Q(split_from=ticket.pk)
    related |= Q(pk__in=[pk for pk in (ticket.merged_into_id, ticket.split_from_id) if pk])
    if near and ticket.point:
        related |= close_by(ticket)
    rows = among.filter(related).exclude(pk=ticket.pk).select_related("category", "town").order_by("-pk")
    if ticket.point:
        rows = rows.annotate(away=Distance("point", ticket.point))
    found = Others()
    for row in rows[:100]:
        row.metres = round(row.away.m) if getattr(row, "away", None) is not None else None
        _sort_in(found, row, ticket, near)
    found.near = sorted(found.near, key=lambda row: (row.metres, row.pk))[:MOST]
    return found


def close_by(ticket):
    """Open tickets in a box of NEAR_M around one, of its kind where that is known."""
    east, north = crs.to_metres(ticket.point.x, ticket.point.y)
    (west_lon, south_lat), (east_lon, north_lat) = (crs.from_metres(east + d, north + d) for d in (-NEAR_M, NEAR_M))
    box = Polygon.from_bbox((west_lon, south_lat, east_lon, north_lat))
    box.srid = 4326
    kind = Q(category=ticket.category_id) if ticket.category_id else Q()
    return kind & Q(point__bboverlaps=box, state__in=OPEN_STATES)


def _sort_in(found, row, ticket, near):
    if row.pk in (ticket.merged_into_id, ticket.split_from_id):
        found.above[row.pk] = row
    if row.merged_into_id == ticket.pk:
        found.merged.append(row)
    if row.split_from_id == ticket.pk:
        found.parts.append(row)
    alike = not ticket.category_id or row.category_id == ticket.category_id
    if near and alike and row.state in OPEN_STATES and row.metres is not None and row.metres <= NEAR_M:
        found.near.append(row)
