"""Tickets of two years, of every state, merged, split, and in many places: made in their tables, counted in no other way."""

import datetime as dt
import random

from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.utils import timezone

from gis_app.models import Category, Edition, Report, Ticket, Town, Unit, Words
from layers.cells import cell_of

PLACES = [(107.757, 32.987), (107.758, 32.988), (107.766, 32.993), (107.771, 32.985), (108.045, 32.960), (107.901, 33.020)]
DAYS = 730


def make(number, seed, kinds=12):
    """So many tickets, opened at any time of the last two years, each with up to three reports. Returns nothing."""
    dice = random.Random(seed)
    among = {
        "category": [None, *Category.objects.order_by("code")[:: max(1, Category.objects.count() // kinds)]],
        "town": list(Town.objects.order_by("code")[:3]),
        "unit": list(Unit.objects.order_by("code")[:4]),
        "person": User.objects.order_by("pk").first(),
        "edition": Edition.objects.filter(active=True).first(),
    }
    tickets = Ticket.objects.bulk_create([_ticket(dice, among) for _ in range(number)])
    _merged_and_split(dice, tickets)
    said = Words.objects.create(text="路灯不亮")
    whole = [each for each in tickets if not each.split_from_id]
    Report.objects.bulk_create([_report(each, said, f"{each.pk}-{one}") for each in whole for one in range(_heard(dice))])


def _heard(dice):
    return dice.choice((1, 1, 1, 2, 3))


def _ticket(dice, among):
    now = timezone.now()
    at = now - dt.timedelta(days=DAYS * dice.random())
    kind = dice.choice(among["category"])
    state = dice.choice(("new", "accepted", "working", "closed", "closed", "closed", "rejected")) if kind else "new"
    where = {"point": Point(*dice.choice(PLACES), srid=4326), "precision": "point"}
    where["cell"] = cell_of(*where["point"].coords)
    if dice.random() < 0.15:
        where = {"point": None, "precision": "town", "cell": None}
    row = {"state": state, "category": kind, "town": dice.choice(among["town"]), "edition": among["edition"], **where}
    row |= {"proposed": among["unit"][0], "opened_at": at, "triage_due_at": at}
    if state in ("accepted", "working", "closed"):
        row |= {"accepted_at": at, "due_at": at + dt.timedelta(days=3)}
    if state in ("working", "closed"):
        row |= {"unit": dice.choice(among["unit"]), "dispatched_at": at, "unit_due_at": at + dt.timedelta(days=2)}
    if state == "closed":
        row |= {"finished_at": at + dt.timedelta(days=6 * dice.random()), "finished_by": among["person"]}
        row |= {"ended_at": row["finished_at"] + dt.timedelta(days=40 * dice.random())}
    if state == "rejected":
        row |= {"ended_at": at + dt.timedelta(hours=3)}
    return Ticket(**row)


def _merged_and_split(dice, tickets):
    """Some new ones are merged into others, over up to three steps; some are parts of others."""
    fresh = [each for each in tickets if each.state == "new"]
    for one, other in zip(fresh[::4], fresh[1::4], strict=False):
        one.state, one.merged_into, one.resume_to, one.ended_at = "merged", other, "new", one.opened_at
    for one, other in zip(fresh[1::8], fresh[2::8], strict=False):
        one.state, one.merged_into, one.resume_to, one.ended_at = "merged", other, "new", one.opened_at
    for one in fresh[3::4]:
        one.split_from = tickets[0]
    Ticket.objects.bulk_update(fresh, ["state", "merged_into", "resume_to", "ended_at", "split_from"])


def _report(ticket, said, ref):
    told = {name: getattr(ticket, name) for name in ("point", "precision", "town", "edition", "category")}
    told |= {"due_at": ticket.opened_at, "said_at": ticket.opened_at}
    return Report(source="web", source_ref=ref, ticket=ticket, said=said, **told)
