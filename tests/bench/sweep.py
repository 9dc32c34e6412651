"""A look at the clocks of 200,000 open tickets, against asking each ticket's own clock one after another.

A look that finds as much as five minutes bring is timed, and the first of all, which finds what was reached long ago everywhere.
"""

import datetime as dt

import numpy as np
from django.db import connection
from django.utils import timezone

from gis_app import clock, escalation
from gis_app.models import Escalation, Ticket
from tests.bench.million import fill, own_database
from tests.bench.turns import compare, seconds

TICKETS, DAYS, SAMPLE = 200_000, 60, 2_000
MOST_SECONDS = 20  # that a look may take
FIVE_MINUTES = dt.timedelta(minutes=5)


def run():
    """Lines of the bench `sweep`."""
    with own_database("bench_sweep"):
        fill(TICKETS, DAYS, of=4)
        with connection.cursor() as cursor:
            cursor.execute(OPENED)
        now = timezone.now()
        took = seconds(lambda: escalation.sweep(now))
        yield line(f"the first look at {TICKETS:,} open tickets, {Escalation.objects.count():,} of them late already", took)
        while escalation.sweep(now)["told"]:  # what a minute of telling did not reach
            pass
        looks = iter(range(1, 100))
        ours = lambda: seconds(lambda: escalation.sweep(now + next(looks) * FIVE_MINUTES))  # noqa: E731
        what, peer = f"a look at {TICKETS:,} open tickets after five minutes", f"clock.standing one by one ({SAMPLE:,} tried)"
        told = compare(what, peer, ours, one_by_one, 1, "looks/s", alike)
        yield told | {"seconds": round(1 / told["ours"], 2), "agree": told["agree"] and 1 / told["ours"] <= MOST_SECONDS}


def line(what, took):
    """A line without a peer."""
    told = {"what": what, "ours": float(f"{1 / took:.3g}"), "theirs": None, "peer": None, "unit": "looks/s", "ratio": None}
    return told | {"seconds": round(took, 2), "agree": True}


def sample():
    """Some open tickets from all over, by their keys."""
    rows = Ticket.objects.filter(state__in=escalation.RUNNING).select_related("category").order_by("pk")
    return rows.extra(where=["gis_app_ticket.id %% %s = 0"], params=[TICKETS // SAMPLE])


def one_by_one():
    """Seconds that all would take at the pace of the sample."""
    now, rows = timezone.now(), list(sample())
    return seconds(lambda: [clock.standing(ticket, now).share for ticket in rows]) * TICKETS / len(rows)


def alike():
    """The shares of the sample, from the one and the other."""
    now, rows = timezone.now(), list(sample())
    all_rows = escalation.running()
    found = dict(zip(all_rows["pk"].tolist(), escalation.shares(all_rows, now).tolist(), strict=True))
    return np.allclose([found[ticket.pk] for ticket in rows], [clock.standing(ticket, now).share for ticket in rows], atol=1e-6)


# What a step goes on from. The chains of these tickets are not those of the county, and nobody verifies them here.
OPENED = """
INSERT INTO gis_app_event (seq, step, at, actor_kind, from_state, to_state, given, change, said_digest, before, hash, ticket_id)
SELECT 1, 'open', opened_at, 'citizen', '', 'new', '{}', '{}', '', '', md5(id::text) || md5(id::text), id
FROM gis_app_ticket AS ticket
WHERE NOT EXISTS (SELECT FROM gis_app_event WHERE ticket_id = ticket.id)
"""
