"""From what is owed to what is sent: each delivery at least once, by any number of workers, however they end."""

import datetime as dt
import logging
import random
import time
from collections import Counter

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from gis_app import audit, redact
from gis_app.errors import NotFound
from gis_app.models import Contact, Delivery, Notice
from gis_app.notify import quiet, texts
from gis_app.notify.channels import CHANNELS
from gis_app.notify.message import Failed, Refused
from gis_app.notify.receivers import Book, deliveries
from gis_app.words import UNSENT, ActName, Audience, ChannelName, DeliveryState

BATCH = 500  # notices that are addressed in one transaction
TRIES = 10  # with the waits between them: seventeen hours, so that a night without a server is outlived
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=6)
RUN_SECONDS = 30  # that one run may take: other jobs wait meanwhile
KEPT = dt.timedelta(days=180)
ABOUT = (
    *("event__ticket__category", "event__ticket__town", "event__ticket__village", "event__ticket__unit"),
    *("event__ticket__proposed", "escalation__ticket__category", "escalation__ticket__town", "escalation__ticket__village"),
    *("escalation__ticket__unit", "escalation__ticket__proposed", "report"),
)
logger = logging.getLogger(__name__)


def address():
    """Find out who hears of the notices that are new, and on which ways. Returns how many notices that were."""
    total = 0
    while done := address_batch():
        total += done
    return total


@transaction.atomic
def address_batch():
    """One batch: its deliveries are made and it is marked in one transaction; another worker takes other rows."""
    new = Notice.objects.filter(addressed_at__isnull=True).order_by("pk").select_related(*ABOUT)
    rows, now = list(new.select_for_update(skip_locked=True, of=("self",))[:BATCH]), timezone.now()
    if rows:
        book = Book.read()
        made = [row for notice in rows for row in deliveries(notice, book, now)]
        Delivery.objects.bulk_create(made, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(addressed_at=now)
    return len(rows)


def deliver(seconds=RUN_SECONDS):
    """Send what is due, until nothing is or the time is up. Returns {outcome: how many}."""
    until, told, broken = time.monotonic() + seconds, Counter(), set()
    while time.monotonic() < until and (outcome := deliver_one(broken)):
        told[outcome] += 1
    return dict(told)


@transaction.atomic
def deliver_one(broken=None):
    """Send the delivery that has waited longest. Returns its state afterwards, or None when there is nothing to send.

    The row is held until it is marked: another worker passes it over, and when this one is killed between sending and
    marking, the row is free again and is sent a second time under the same id. broken: (channel, to) that failed in this
    run; they are passed over and added to.
    """
    now, broken = timezone.now(), set() if broken is None else broken
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now)
    for channel, to in broken:
        due = due.exclude(Q(channel=channel, to=to) if to else Q(channel=channel))
    row = due.order_by("next_at").select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return None
    notice = Notice.objects.select_related(*ABOUT).get(pk=row.notice_id)
    channel = CHANNELS[row.channel]
    if channel.rings and (later := quiet.awake(notice.audience, now, notice.ticket.danger)) > now:
        return settled(row, DeliveryState.WAITING, next_at=later)
    try:
        reference = channel.send(texts.message(notice, to_of(row, notice), row.language))
    except Refused as error:
        return settled(row, DeliveryState.FAILED, error=said(error, row))
    except Exception as error:  # a fault of ours must not stop what waits behind it
        if not isinstance(error, Failed):
            logger.exception("delivery %s could not be sent", row.pk)
        broken.add((row.channel, channel.beyond(row.to)))
        return put_off(row, notice, error, now)
    return settled(row, DeliveryState.SENT, reference=reference[:120], sent_at=timezone.now())


def to_of(row, notice):
    """The address. A reporter's is read here alone, and that is remembered when the attempt is."""
    if notice.audience != Audience.REPORTER:
        return row.to
    contact = Contact.objects.filter(report=notice.report_id, way=row.channel).first()
    if contact is None:
        raise Refused("the sender's contact is no longer kept")
    return contact.read().strip()


def settled(row, state, next_at=None, sent_at=None, reference="", error=""):
    """Mark what came of an attempt, and that a reporter's address was read for it. Returns the state."""
    tried = row.tries + (next_at is None or bool(error))
    values = {"state": state, "tries": tried, "next_at": next_at, "sent_at": sent_at, "reference": reference, "error": error}
    Delivery.objects.filter(pk=row.pk).update(**values)
    if not row.to and tried > row.tries:  # last: the log of acts is one chain for all
        audit.remember(ActName.REACH, row.notice.ticket.number, channel=row.channel, delivery=row.pk, state=state)
    return state


def put_off(row, notice, error, now):
    """Try again later: twice as long each time, with some chance in it, or as long as the other side asks; or give up."""
    if row.tries + 1 >= TRIES:
        return settled(row, DeliveryState.DEAD, error=said(error, row))
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**row.tries) * random.uniform(0.75, 1.25)
    later = now + max(wait, dt.timedelta(seconds=getattr(error, "after", 0)))
    if CHANNELS[row.channel].rings:
        later = quiet.awake(notice.audience, later, notice.ticket.danger)
    return settled(row, DeliveryState.WAITING, next_at=later, error=said(error, row))


def said(error, row):
    """Why it could not be sent, in a line without addresses."""
    text = str(error) if isinstance(error, Failed | Refused) else type(error).__name__
    return redact.mask(text.replace(row.to, "…") if row.to else text)[:300]


# ---- what was given up


def given_up():
    """Deliveries that nothing more happens to by itself, the newest first."""
    return Delivery.objects.filter(state__in=UNSENT).order_by("-pk").select_related(*(f"notice__{name}" for name in ABOUT))


@transaction.atomic
def resend(by=None, pk=None, state=None):
    """Put back what was given up: one by its number, or all in a state. Returns how many. Raises NotFound for a number."""
    chosen = Delivery.objects.filter(state__in=[state] if state else UNSENT)
    chosen = chosen.filter(pk=pk) if pk else chosen
    again = {"state": DeliveryState.WAITING, "tries": 0, "next_at": timezone.now(), "error": ""}
    number = chosen.update(**again)
    if pk and not number:
        raise NotFound
    if number:
        audit.remember(ActName.REACH, f"delivery {pk}" if pk else "deliveries", by, again=number)
    return number


def figures():
    """{channel: {waiting, failed, dead, sent (of the last day), last (sent in the last month)}} of the ways out of the house."""
    left = Delivery.objects.filter(state__in=[DeliveryState.WAITING, *UNSENT]).order_by()
    month, day = (timezone.now() - dt.timedelta(days=days) for days in (30, 1))
    sent = Delivery.objects.filter(state=DeliveryState.SENT, sent_at__gte=month).exclude(channel=ChannelName.INBOX).order_by()
    sums = sent.values_list("channel").annotate(day=Count("pk", filter=Q(sent_at__gte=day)), last=Max("sent_at"))
    found = {name: {"waiting": 0, "failed": 0, "dead": 0, "sent": 0, "last": None} for name in CHANNELS}
    for channel, state, number in left.values_list("channel", "state").annotate(Count("pk")):
        found[channel][state] = number
    for channel, number, last in sums:
        found[channel] |= {"sent": number, "last": last}
    return found


def forget_old(most=1000):
    """Remove the oldest deliveries that were sent half a year ago. Returns how many."""
    oldest = Delivery.objects.order_by("pk").values_list("pk", "state", "sent_at")[:most]
    old = [pk for pk, state, sent in oldest if state == DeliveryState.SENT and sent < timezone.now() - KEPT]
    return Delivery.objects.filter(pk__in=old).delete()[0]
