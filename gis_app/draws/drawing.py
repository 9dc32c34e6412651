"""The draw itself: a seed, two lists, and nothing else."""

import unicodedata

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import audit
from gis_app.draws.announcing import sha, today
from gis_app.draws.lists import in_conflict, rows_of
from gis_app.errors import BadField, DrawnAlready, NumberNotYet
from gis_app.models import Draw, DrawnCheck, Unit
from gis_app.words import ActName

LONGEST_NUMBER, LONGEST_SOURCE = 60, 200


def ordered(tickets, seed):
    """Tickets in the order of the lot: by SHA-256 of seed:number."""
    return sorted(tickets, key=lambda ticket: sha(f"{seed}:{ticket['ticket']}"))


def checker_of(ticket, checkers, seed):
    """Who looks at a ticket: of those who are not in conflict, the first by SHA-256 of seed:number:checker."""
    free = [checker["checker"] for checker in checkers if not in_conflict(ticket, checker)]
    return min(free, key=lambda name: sha(f"{seed}:{ticket['ticket']}:{name}"))


def lot(tickets, checkers, seed, size):
    """[(ticket, checker's name)] in the order of the lot. Every ticket has somebody who is not in conflict."""
    return [(ticket, checker_of(ticket, checkers, seed)) for ticket in ordered(tickets, seed)[:size]]


def tidied(number):
    """A public number as it goes into the seed: half-width, one space between its parts. Raises BadField."""
    number = " ".join(unicodedata.normalize("NFKC", number).split())
    if not 1 <= len(number) <= LONGEST_NUMBER or not any(sign.isdigit() for sign in number):
        raise BadField(field=_("公布的数"), why=_("照公布的样子写，要有数字，最多 %d 字。") % LONGEST_NUMBER)
    return number


def draw(row, number, source, by):
    """Draw what was announced, once. number: the public number as published; source: where it can be read. by: a User.

    Returns the Draw as it is now. Raises DrawnAlready, NumberNotYet, BadField; then nothing is written.
    """
    number, source = tidied(number), " ".join(source.split())
    if not 2 <= len(source) <= LONGEST_SOURCE:
        raise BadField(field=_("在哪里公布的"), why=_("写明在哪里能查到这个数，最多 %d 字。") % LONGEST_SOURCE)
    with transaction.atomic():
        held = Draw.objects.select_for_update().get(pk=row.pk)  # of two who draw at once the second waits here
        if held.drawn_at:
            raise DrawnAlready
        if today() < held.number_on:
            raise NumberNotYet(day=held.number_on.isoformat())
        held.number, held.number_source, held.seed = number, source, sha(held.announcement + number)
        held.drawn_at, held.drawn_by = timezone.now(), by
        held.save()
        DrawnCheck.objects.bulk_create(checks_of(held))
        audit.remember(ActName.DRAW, f"draw {held.pk}", by, number=number, seed=held.seed)
    return held


def checks_of(held):
    """The rows of a draw whose seed is known, not stored."""
    people = {checker.label: checker for checker in held.checkers.all()}
    units = {unit.code: unit for unit in Unit.objects.all()}
    drawn = lot(rows_of(held.tickets_csv), rows_of(held.checkers_csv), held.seed, held.size)
    return [
        DrawnCheck(
            draw=held,
            order=order,
            ticket_id=int(ticket["ticket"].lstrip("X")),
            unit=units[ticket["unit"]],
            checker=people[name],
        )
        for order, (ticket, name) in enumerate(drawn, 1)
    ]
