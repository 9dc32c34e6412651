"""A storm of every step by everybody, on tickets that are merged, split and moved meanwhile: no deadlock, and all adds up."""

import threading
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import transaction

from gis_app import access, tally, workflow
from gis_app.models import Report, Ticket
from tests.any_step import TWO, all_told, moves, people, pictures, steps_among
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast
from tests.ledger import counted, in_the_row, recounted, told_by_events
from tests.test_at_once import at_once, deadlocks, somebody_waits

THREADS, TRIES, TICKETS = 16, 50, 12

pytestmark = pytest.mark.django_db(transaction=True)


def storm(tickets, seed, brought):
    """One thread's moves; {step taken, or why not: how often}."""
    return moves(seed, tickets, people(), brought, lambda told: told.total() == TRIES)


def test_after_a_storm_of_every_step_by_everybody_rows_chains_and_counts_agree(county):
    cast, kinds = Cast(), [("0401", TEA_TOWN), ("0101", LOTUS_LANE), ("0307", TEA_TOWN)]
    codes = [cast.reporter.reports("路灯不亮", at, category=kind)["code"] for kind, at in kinds * (TICKETS // 3)]
    tickets = list(Report.objects.filter(code__in=codes).values_list("ticket", flat=True))
    before, brought = deadlocks(), pictures()
    folding = lambda: [tally.fold() for _ in range(10)]  # noqa: E731
    told = at_once(*[lambda seed=seed: storm(tickets, seed, brought) for seed in range(THREADS)], folding)
    steps = sum(told[:-1], Counter())
    taken = steps_among(steps)
    assert set(TWO) <= set(taken) and len(taken) > 15, steps
    assert "stale-ticket" in steps and deadlocks() == before
    assert all_told(taken)
    for ticket in Ticket.objects.values_list("pk", flat=True):
        events = told_by_events(ticket)
        assert in_the_row(ticket, events) == events
    call_command("verify_audit")
    assert counted() == recounted()


def test_voices_leave_the_place_where_the_other_is_when_it_is_moved_meanwhile(county):
    cast = Cast()
    here, gone = cast.dispatched(), cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(gone, "merge", other=str(here["id"]))
    moves, desk = Ticket.objects.get(pk=here["id"]), access.actor_of(cast.dispatcher.user)
    lon, lat = LOTUS_LANE

    def move():
        with transaction.atomic():
            workflow.advance(moves, "relocate", desk, moves.version, lon=lon, lat=lat)
            ready.wait(timeout=10)
            somebody_waits()

    def take_apart():
        ready.wait(timeout=10)
        merged = Ticket.objects.get(reports__code=gone)
        return workflow.advance(merged, "unmerge", desk, merged.version)

    ready = threading.Barrier(2)
    at_once(move, take_apart)
    assert counted() == recounted()
