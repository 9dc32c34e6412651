"""Rows held from here to the end of the transaction, always in the order of their numbers: nobody waits for each other."""

from django.db import transaction

from gis_app.models import Blank, Spelled, Ticket

HOLD = Spelled(Ticket.objects.select_for_update().filter(pk=Blank("ticket")).values_list("pk"))


def hold(ticket, other=None):
    """Lock these rows in the order of their numbers, so that two who merge never wait for each other; `other` is read anew."""
    for pk in sorted({ticket.pk} if other is None else {ticket.pk, other.pk}):
        HOLD.ask(ticket=pk)
    if other:
        other.refresh_from_db()


def hold_with_those_above(ticket):
    """Lock a ticket and all those that it went into, one through the other: their counts hold its voices.

    Where the way up has grown meanwhile the locks are let go and all are taken anew, so that the order of numbers is kept.
    """
    known = {ticket.pk, ticket.merged_into_id} - {None}
    while True:
        before = transaction.savepoint()
        rows = Ticket.objects.select_for_update().filter(pk__in=known).order_by("pk").values_list("pk", "merged_into")
        above = {into for _pk, into in rows if into} - known
        if not above:
            return transaction.savepoint_commit(before)
        transaction.savepoint_rollback(before)
        known |= above
