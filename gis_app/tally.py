"""How many: the counts that a step or an intake changes, appended as the last statements of its transaction."""

from gis_app.clock import SHANGHAI
from gis_app.models import CellCount
from gis_app.words import UNCOUNTED


def share_of(ticket):
    """What a ticket stands for in the counts: (day, cell, town, category), or None when it is not counted."""
    if ticket.state in UNCOUNTED:
        return None
    return ticket.opened_at.astimezone(SHANGHAI).date(), ticket.cell, ticket.town_id, ticket.category_id


def deltas(before, after, voices):
    """The rows that move a ticket with this many voices from one share to another; none when nothing moves."""
    if before == after:
        return []
    return [_row(share, sign, voices) for share, sign in ((before, -1), (after, 1)) if share]


def _row(share, sign, voices):
    day, cell, town, category = share
    return CellCount(day=day, cell=cell, town_id=town, category_id=category, count=sign, voices=sign * voices)


def count(before, after, voices=1):
    """Append what changed. Last in its transaction: a hot place is then held for the shortest time."""
    if rows := deltas(before, after, voices):
        CellCount.objects.bulk_create(rows)
