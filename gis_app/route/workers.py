"""Who of a unit: the worker of the ticket's grid first, else the one with the fewest open tickets; who goes to look."""

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from gis_app.models import Grid, Member, Ticket, Unit
from gis_app.words import Role, State

IN_HAND = (State.DISPATCHED, State.WORKING)


def workers_of(unit_id, grid_id=None):
    """[User] of a unit's workers, each with `in_hand`, their open tickets there: the grid's own first, then by that number.

    One query; what it reads grows with the unit's open tickets alone.
    """
    posts = Member.objects.filter(user=OuterRef("pk"), role=Role.WORKER, unit=unit_id)
    held = Ticket.objects.filter(unit=unit_id, state__in=IN_HAND, worker=OuterRef("pk")).order_by()
    number = held.values(every=Value(1)).annotate(n=Count("pk")).values("n")
    own = Grid.objects.filter(pk=grid_id, worker=OuterRef("pk"))
    found = User.objects.filter(Exists(posts), is_active=True)
    found = found.annotate(in_hand=Coalesce(Subquery(number), 0), own=Exists(own))
    return list(found.order_by("-own", "in_hand", "username"))


def lookers_of(town_id, grid_id=None, finisher_id=None):
    """As workers_of, for those of a town who may be sent to look: never the one who did the work."""
    unit = Subquery(Unit.objects.filter(town=town_id).values("pk")[:1])
    return [each for each in workers_of(unit, grid_id) if each.pk != finisher_id]
