"""Open tickets whose place would be another under other boundaries, and moving them there as a batch."""

from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Q

from gis_app import audit, clock, route, workflow
from gis_app.access import SYSTEM
from gis_app.errors import Problem
from gis_app.locate.points import Areas, active_edition, grids, index_of, village_areas, zones
from gis_app.models import Boundary, Grid, Ticket, Town, Unit, Village, Zone
from gis_app.words import OPEN_STATES, ActName, EditionKind, Precision

AREAS = {EditionKind.VILLAGES: village_areas, EditionKind.GRIDS: grids, EditionKind.ZONES: zones}
PART = {EditionKind.TOWNS: "town", EditionKind.VILLAGES: "village", EditionKind.GRIDS: "grid", EditionKind.ZONES: "zones"}


class Move(NamedTuple):
    """A ticket and where it would be. was, now: {town, village, grid, zones} by code; now["town"] None: outside every town."""

    ticket: Ticket
    was: dict
    now: dict
    unit_was: Unit
    unit_now: Unit | None

    @property
    def changes_unit(self):
        return self.unit_now is not None and self.unit_now.pk != self.unit_was.pk


def moves(edition=None):
    """[Move] of open tickets, by number, that would lie elsewhere. edition: tried in place of the one in use.

    A ticket known by the name of a village or town stays with it, since its place is what the words say and not a dot, as long
    as there is that town. One whose sender chose a side of a border stays on that side.
    """
    index = index_of(edition) if edition and edition.kind == EditionKind.TOWNS else active_edition().index
    tickets = list(
        Ticket.objects.filter(state__in=OPEN_STATES)
        .filter(Q(precision=Precision.POINT) | ~Q(town__code__in=index.codes))
        .select_related("town", "village", "grid", "category__major", "proposed", "unit")
        .order_by("pk")
    )
    lon, lat = (np.array([getattr(ticket.point, axis, np.nan) for ticket in tickets]) for axis in ("x", "y"))
    where = _where(lon, lat, edition, index) if tickets else []
    found = [_move(ticket, now, index) for ticket, now in zip(tickets, where, strict=True)]
    return [move for move in found if move.was != move.now]


def _where(lon, lat, edition, index):
    """[{part: code or codes}] of points under the boundaries in use, one kind of them tried. NaN lies nowhere."""
    kind = edition.kind if edition else None
    rows = [{"town": code} for code in index.codes_at(lon, lat)]
    for each, in_use in AREAS.items():
        areas = Areas(edition) if kind == each else in_use()
        if each == EditionKind.VILLAGES and not len(areas.codes):
            continue
        for row, held in zip(rows, areas.at_many(lon, lat), strict=True):
            codes = tuple(getattr(area, "code", area) for area in held)
            row[PART[each]] = codes if each == EditionKind.ZONES else (codes[0] if codes else None)
    return rows


def _move(ticket, now, index):
    was = {"town": ticket.town.code, "village": ticket.village and ticket.village.code, "grid": ticket.grid and ticket.grid.code}
    was["zones"] = tuple((ticket.receipt.get("where") or {}).get("zones", ()))
    now = was | now
    now["village"] = now["village"] or (was["village"] if now["town"] == was["town"] else None)  # known by its name
    if "side" in ticket.receipt and was["town"] in index.codes and now["town"] != was["town"]:
        now = was  # what lies around its point says nothing of the other side
    if was == now or now["town"] is None:
        return Move(ticket, was, now, ticket.proposed, None)
    unit = route.answer(ticket.category, route.Where(**now), ticket.opened_at.astimezone(clock.SHANGHAI).date()).unit
    return Move(ticket, was, now, ticket.proposed, unit)


def relocate(found, by=None, note=""):
    """Move tickets to where the boundaries in use say they are. Returns (moved, left): changed meanwhile, or outside.

    found: [Move] as they were reviewed. by: the member of staff who ordered it, None from the shell. Each ticket is moved by
    itself, with an event of its own; one that somebody has worked on since is left as it is.
    """
    now = {move.ticket.pk: move.now for move in moves()}
    moved, left = [], []
    try:
        for move in found:
            as_reviewed = move.now == now.get(move.ticket.pk)  # not when the boundaries have changed since
            (moved if as_reviewed and _moved(move, note) else left).append(move)
    finally:  # whatever ends it, what was moved is on record
        with transaction.atomic():
            numbers = [move.ticket.number for move in moved]
            audit.remember(ActName.RELOCATE, f"{len(moved)} tickets", by, moved=numbers, left=[m.ticket.number for m in left])
    return moved, left


def _moved(move, note):
    ticket = move.ticket
    if move.now["town"] is None:
        return False
    try:
        workflow.advance(ticket, "relocate", SYSTEM, seen=ticket.version, note=note)
    except Problem:
        return False
    return True


def names(edition=None):
    """{code: name} of every town, village, grid and zone, and of an edition's areas, for telling moves."""
    known = dict(Boundary.objects.filter(edition=edition).values_list("code", "name")) if edition else {}
    for model in (Zone, Grid, Village, Town):
        known |= model.objects.values_list("code", "name")
    return known
