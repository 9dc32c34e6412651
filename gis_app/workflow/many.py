"""Steps of many tickets at once: each in a transaction of its own, so that one refusal holds up nobody else's."""

from django.db import transaction

from gis_app.errors import NotFound, Problem, StepNeeds
from gis_app.words import State, StepName, UnitKind
from gis_app.workflow.advance import advance, digest_of
from gis_app.workflow.inputs import INPUTS

MOST_AT_ONCE = 100


def one_by_one(tickets, seen, act):
    """[(id, Event or Problem)] in the order asked for, after act(ticket, seen) for each.

    tickets: {id: row} of those that this person may see. seen: {id: version on screen, or None}. An id without a row is a
    NotFound of its own. What was done stays done when a later one is refused.
    """
    return [(pk, _tried(tickets.get(pk), version, act)) for pk, version in seen.items()]


def _tried(ticket, seen, act):
    try:
        if ticket is None:
            raise NotFound
        return act(ticket, seen)
    except Problem as problem:
        return problem


def as_proposed(ticket, by, seen, key="", unit=None):
    """Accept what is new and dispatch it, to the unit that routing proposes or to another: both or neither.

    Returns the last Event. key: the sender's own; a repeat answers as the first time. Raises as advance() does, and StepNeeds
    when no unit is proposed.
    """
    digest = digest_of("as proposed", unit and unit.code)
    with transaction.atomic():
        if ticket.state == State.NEW:
            event = advance(ticket, StepName.ACCEPT, by, seen, key and f"{key}accept", digest)
            ticket, seen = event.ticket, event.ticket.version
        unit = unit or sure_unit(ticket)
        return advance(ticket, StepName.DISPATCH, by, seen, key and f"{key}dispatch", digest, unit=unit)


def sure_unit(ticket):
    """The unit that is proposed for a ticket. Raises StepNeeds when that is the desk itself: somebody has to choose."""
    if ticket.proposed.kind == UnitKind.DESK:
        raise StepNeeds("unit", INPUTS["unit"].label)
    return ticket.proposed
