"""A storm of every step by everybody, on tickets that are merged, split and moved meanwhile: no deadlock, and all adds up."""

import datetime as dt
import random
import threading
from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gis_app import access, photos, tally, workflow
from gis_app.errors import Problem
from gis_app.models import Event, Report, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, photo
from tests.ledger import counted, in_the_row, recounted, told_by_events
from tests.test_at_once import at_once, deadlocks, somebody_waits

THREADS, TRIES, TICKETS = 16, 50, 12
PEOPLE = ("dispatcher", "leader", "unit-chazhen", "unit-gongdian", "worker-610724110", "worker-610724114")
ENDS = ("close", "reject")  # taken less often: what has ended has few steps left
TWO = ("merge", "unmerge", "relocate", "reclassify", "split")  # steps that touch two tickets, or the place where voices count

pytestmark = pytest.mark.django_db(transaction=True)


def given_to(dice, step, tickets):
    """What a step needs, as a form would send it."""
    until = (timezone.now() + dt.timedelta(days=dice.choice([1, 5]))).isoformat()
    kind, where = dice.choice(["0401", "0307", "0101"]), map(str, dice.choice([TEA_TOWN, LOTUS_LANE]))
    given = {
        "accept": {"category": kind},
        "reject": {"reason": "double"},
        "merge": {"other": str(dice.choice(tickets))},
        "split": {"parts": f'[{{"category": "{kind}"}}]'},
        "dispatch": {"unit": dice.choice(["gongdian", "chazhen"])},
        "assign": {"worker": "worker-610724110"},
        "finish": {"note": "办好了"},
        "send_check": {"worker": "worker-610724114"},
        "check": {"result": "ok", "lon": str(TEA_TOWN[0]), "lat": str(TEA_TOWN[1])},
        "close": {"result": "ok"},
        "ask_extension": {"reason": "等灯杆", "until": until},
        "suspend": {"reason": "等修路", "until": until},
        "supervise": {"order": "快", "until": until},
        "answer": {"note": "周三到"},
        "reclassify": {"category": kind},
        "relocate": dict(zip(("lon", "lat"), where, strict=True)),
        "rate": {"stars": 3},
        "comment": {"note": "看过"},
    }
    return given.get(step, {"reason": "这样"} if "reason" in workflow.STEPS[step].needs else {})


def storm(tickets, seed, pictures):
    """Look at some ticket and try something that somebody may do, over and over; {step taken, or why not: how often}."""
    dice, told = random.Random(seed), Counter()
    members = [access.actor_of(User.objects.get(username=name)) for name in PEOPLE]
    for _ in range(TRIES):
        row = Ticket.objects.get(pk=dice.choice(tickets))
        senders = [access.sender_of(report) for report in row.reports.all()]
        by = dice.choice([*members, *senders, access.SYSTEM, members[0], members[0]])
        may = [step for step in workflow.may(row, by) if step not in ENDS or dice.random() < 0.3]
        if not may:
            continue
        step = dice.choice([step for step in may if step in TWO] or may if dice.random() < 0.35 else may)
        try:
            given = workflow.read_given(step, workflow.STEPS[step], given_to(dice, step, tickets))
            given |= {"photos": pictures} if step in ("check", "finish") else {}
            workflow.advance(row, step, by, row.version, f"{dice.random()}", "digest", **given)
            told[step] += 1
        except Problem as problem:
            told[problem.slug] += 1
    return told


def test_after_a_storm_of_every_step_by_everybody_rows_chains_and_counts_agree(county):
    cast, kinds = Cast(), [("0401", TEA_TOWN), ("0101", LOTUS_LANE), ("0307", TEA_TOWN)]
    codes = [cast.reporter.reports("路灯不亮", at, category=kind)["code"] for kind, at in kinds * (TICKETS // 3)]
    tickets = list(Report.objects.filter(code__in=codes).values_list("ticket", flat=True))
    before, pictures = deadlocks(), photos.prepare([SimpleUploadedFile("photo", photo(size=(32, 32)).read())])
    folding = lambda: [tally.fold() for _ in range(10)]  # noqa: E731
    told = at_once(*[lambda seed=seed: storm(tickets, seed, pictures) for seed in range(THREADS)], folding)
    steps = sum(told[:-1], Counter())
    taken = Counter({name: number for name, number in steps.items() if name in workflow.STEPS})
    assert set(TWO) <= set(taken) and len(taken) > 15, steps
    assert "stale-ticket" in steps and deadlocks() == before
    assert Event.objects.exclude(step__in=["open", "recall"]).count() == taken.total() - taken["recall"]
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
