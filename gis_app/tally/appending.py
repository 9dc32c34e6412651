"""What a ticket stands for in the counts, and what a step appends to them when that changes."""

from collections import Counter

from gis_app.clock import SHANGHAI
from gis_app.models import CellCount
from gis_app.words import UNCOUNTED, State

FIGURES = ("opened", "closed", "late", "voices")


def standing(ticket, voices):
    """The rows ({column: value}) that a ticket with so many voices is worth as it stands: none, one, or one more once closed.

    It is late when it was finished after it was due, which is counted when it is closed. Who asks how many are late while
    they are open asks the tickets: no step is taken when a due date passes (stats.late_now).
    """
    if ticket.state in UNCOUNTED:
        return []
    rows = [_row(ticket, ticket.opened_at, opened=1, voices=voices)]
    if ticket.state == State.CLOSED:
        rows.append(_row(ticket, ticket.ended_at, closed=1, late=int(ticket.finished_at > ticket.due_at)))
    return rows


def _row(ticket, at, opened=0, closed=0, late=0, voices=0):
    where = {"cell": ticket.cell, "town_id": ticket.town_id, "category_id": ticket.category_id, "unit_id": ticket.unit_id}
    figures = {"opened": opened, "closed": closed, "late": late, "voices": voices}
    return {"day": at.astimezone(SHANGHAI).date()} | where | figures


def moved(before, after, voices=1):
    """The CellCounts that lead from a ticket as it was to what it has become; before or after: None when it is not there.

    Empty when the step changed nothing that is counted.
    """
    sums = Counter()
    for ticket, sign in ((before, -1), (after, 1)):
        for row in standing(ticket, voices) if ticket else ():
            share = tuple((name, value) for name, value in row.items() if name not in FIGURES)
            for name in FIGURES:
                sums[share, name] += sign * row[name]
    changed = {share: {name: sums[share, name] for name in FIGURES} for share, _figure in sums}
    return [CellCount(**dict(share), **figures) for share, figures in changed.items() if any(figures.values())]


def heard_there(ticket, voices):
    """The CellCounts that give a ticket so many voices more, or fewer."""
    return [CellCount(**row | {"opened": 0, "voices": voices}) for row in standing(ticket, 0)[:1]]


def append(rows):
    """Append CellCounts."""
    CellCount.objects.bulk_create(rows)
