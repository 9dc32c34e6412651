"""Who sees what people said: masked for everybody, the original for staff who ask for it, and that look is remembered.

Floor: beside intake.
"""

from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils import timezone

from gis_app import audit
from gis_app.access import hats
from gis_app.clock import SHANGHAI
from gis_app.errors import ContactUnread, NotForYou
from gis_app.models import Act, Contact, Report
from gis_app.redact import mask
from gis_app.words import ActName, Retained, Role


@dataclass(frozen=True)
class Shown:
    """A report's words as they are shown. hides: whether what is personal is left out of them, or would be; gone: all of it."""

    report: Report
    text: str
    place_text: str
    hides: bool
    gone: bool = False


def shown(report, original=False):
    """The words of a report, masked unless the original is asked for; whoever asks owes a `look`."""
    said = report.said.text, report.place_text
    masked = tuple(map(mask, said))
    return Shown(report, *(said if original else masked), hides=masked != said, gone=bool(report.said.gone))


def look(ticket, user, once_a_day=False):
    """Remember that somebody saw the original words of a ticket. once_a_day: a page that always shows them tells it once."""
    if once_a_day and seen_today(ticket, user):
        return
    with transaction.atomic():
        audit.hold()
        if not (once_a_day and seen_today(ticket, user)):  # the same page twice at once
            audit.remember(ActName.LOOK, ticket.number, user)


def may_reach(ticket, actor):
    """Whether this actor may see how to reach a ticket's senders: who triages, and the officers of the unit that has it."""
    return bool(hats(actor, ticket) & {Role.DISPATCHER, Role.UNIT})


def contacts(ticket, actor):
    """{report's id: how to reach its sender}; that they were looked at is remembered first. Raises NotForYou, ContactUnread."""
    if not may_reach(ticket, actor):
        raise NotForYou
    try:
        found = {row.report_id: row.read() for row in Contact.objects.filter(report__ticket=ticket).order_by("report")}
    except InvalidToken as error:
        raise ContactUnread from error
    if found:
        with transaction.atomic():
            audit.remember(ActName.LOOK, ticket.number, actor.user, what=Retained.CONTACT, reports=list(found))
    return found


def seen_today(ticket, user):
    """Whether a look of this person at this ticket is remembered since midnight in Shanghai."""
    midnight = timezone.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    looks = Act.objects.filter(about=ticket.number, act=ActName.LOOK, user=user, at__gte=midnight)
    return looks.exclude(given__has_key="what").exists()  # at the words; what else was looked at is named
