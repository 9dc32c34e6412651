"""Several problems in one report: each becomes a ticket of its own, with clocks of its own."""

from django.utils.translation import gettext as _

from gis_app import clock, locate
from gis_app.errors import BadField
from gis_app.models import Ticket
from gis_app.words import ENDED
from gis_app.workflow import effects
from gis_app.workflow.inputs import INPUTS

SHARED = ("town", "village", "grid", "edition_id", "point", "precision", "place_name", "cell")


def part_of(ticket, part, at):
    """The ticket that one Part leads to; not stored. Raises BadField for what was split off before, OutsideArea."""
    _not_twice(ticket, part)
    if part.lon is None:
        row = {name: getattr(ticket, name) for name in SHARED}
        where = ticket.receipt.get("where") or {"town": ticket.town.code}
        where = {**where, "zones": tuple(where.get("zones", ()))}
    else:
        row, place = effects.place_at(part.lon, part.lat)
        where = locate.where_is(place)
    row |= effects.routed(part.category, where, row["town"], row["edition_id"], ticket.opened_at)
    due = clock.triage_due(at)
    return Ticket(category=part.category, split_from=ticket, opened_at=at, triage_due_at=due, **row)


def _not_twice(ticket, part):
    """Two people who split at once do not make the same part twice."""
    same = ticket.parts.filter(category=part.category).exclude(state__in=ENDED).first()
    if same and part.lon is None:
        raise BadField(field=INPUTS["parts"].label, why=_("“%(kind)s”已经拆成 %(number)s 了。") % {
            "kind": part.category.label, "number": same.number})
