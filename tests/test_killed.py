"""Killed in the middle: wherever a process dies, nothing is half there, and the same request sent again is one thing, once.

The process is a child of the test that sends the request through the real code and is killed at a marked statement; what it
wrote, it wrote for real.
"""

import hashlib
import os
import time
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, connections

from gis_app import photos
from gis_app.models import CellCount, Contact, Event, Notice, Photo, Report, Submission, Ticket, Town, Visit, Words
from tests.conftest import TEA_TOWN, Cast, Person, load_county, photo
from tests.dying import Point, die, inserted, killed_at
from tests.ledger import counted, in_the_row, recounted, told_by_events
from tests.test_at_once import at_once
from tests.test_step_pages import form_of

pytestmark = pytest.mark.django_db

WRITTEN = (Submission, Ticket, Event, Notice, CellCount, Words, Report, Photo, Contact)
LEFT_BY_A_REPORT = dict.fromkeys((model.__name__ for model in WRITTEN), 1)
LEFT_BY_A_FINISH = {"Submission": 1, "Event": 1, "Notice": 2, "Words": 1, "Photo": 1}


ENDS = {
    "before the commit": Point(after=False),
    "after the commit": Point(),
    "after the answer": None,
}
OF_A_REPORT = {
    "before anything": Point('INSERT INTO "gis_app_submission"', after=False),
    "after the key": inserted("submission"),
    "after the ticket": inserted("ticket"),
    "after all other rows": inserted("event"),
    "after the photo": inserted("photo"),
    "after the contact": inserted("contact"),
    **ENDS,
}
OF_A_STEP = {
    "before anything": Point("FOR UPDATE", after=False),
    "after the lock": Point("FOR UPDATE"),
    "after all rows": inserted("event"),
    "after the photo": inserted("photo"),
    **ENDS,
}


# ---- what is there


def rows():
    """{table: rows}."""
    return {model.__name__: model.objects.count() for model in WRITTEN}


def added(before):
    """{table: rows more than before}, the others left out."""
    return {name: count - before[name] for name, count in rows().items() if count != before[name]}


def pictures():
    """Names of the stored pictures."""
    root = Path(default_storage.path(""))
    return {str(path.relative_to(root)) for path in root.rglob("*.jpg")}


def all_is_well(ticket):
    """Events give the row, chains hold, counts agree, each picture has its row and each row its picture."""
    events = told_by_events(ticket)
    assert in_the_row(ticket, events) == events
    call_command("verify_audit")
    assert counted() == recounted()
    assert pictures() == set(Photo.objects.values_list("file", flat=True))


# ---- a county of their own


@pytest.fixture(scope="module")
def committed(django_db_setup, django_db_blocker):
    """The county in a database where things really commit, once for all tests of this file."""
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith("test_"), "what is written here is removed again"
        if not Town.objects.exists():
            load_county()
        yield
        empty()
        connections.close_all()


@pytest.fixture
def _django_db_helper(committed):
    """In place of the mark's own, which would wrap each test in a transaction, or empty every table after it."""


def empty():
    """Nobody has said anything."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in (*WRITTEN, Visit))} CASCADE")


@pytest.fixture
def cast(committed, settings):
    settings.RATE_LIMIT = 1_000_000
    empty()
    return Cast()


# ---- a report


def by_api(sent):
    answer = Person().client.post("/api/v1/reports", sent | {"photos": photo()}, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code in (200, 201), answer.content.decode()
    return answer.json()["code"]


def by_page(sent):
    answer = Person().client.post("/", sent | {"photos": photo(), "key": "k-1"})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].partition("/r/")[2].partition("?")[0]


SAID = {"text": "路灯不亮", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1], "category": "0401", "contact": "13900000000"}


@pytest.mark.parametrize("point", OF_A_REPORT)
@pytest.mark.parametrize("door", [by_api, by_page])
def test_a_report_whose_sender_is_not_answered_is_sent_again_and_is_one(cast, door, point):
    nothing = rows()
    killed_at(OF_A_REPORT[point], partial(door, SAID))
    assert added(nothing) in ({}, LEFT_BY_A_REPORT), "half a report"
    assert bool(added(nothing)) == (point in ("after the commit", "after the answer"))
    first, again = door(SAID), door(SAID)
    assert first == again
    assert added(nothing) == LEFT_BY_A_REPORT
    all_is_well(Report.objects.get(code=first).ticket_id)


# ---- a step


def step_by_api(officer, pk):
    answer = officer.tries(pk, "finish", key="k-1", seen=4, note="换了灯泡", photos=[photo()])
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["version"]


def step_by_page(officer, pk):
    asked = {"step": "finish", "seen": 4, "note": "换了灯泡", "photos": photo(), "key": "k-1"}
    answer = officer.client.post(f"/tickets/{pk}/steps", asked)
    assert answer.status_code == 302, answer.content.decode()
    return Ticket.objects.get(pk=pk).version


@pytest.mark.parametrize("point", OF_A_STEP)
@pytest.mark.parametrize("door", [step_by_api, step_by_page])
def test_a_step_whose_taker_is_not_answered_is_sent_again_and_is_one(cast, door, point):
    pk = cast.officer.takes(cast.dispatched(), "start")["id"]
    before = rows()
    killed_at(OF_A_STEP[point], partial(door, cast.officer, pk))
    assert added(before) in ({}, LEFT_BY_A_FINISH), "half a step"
    assert (door(cast.officer, pk), door(cast.officer, pk)) == (5, 5)
    assert added(before) == LEFT_BY_A_FINISH
    all_is_well(pk)


# ---- a step from a worker's phone


def at_work(cast):
    """(ticket, the version that a finish gives it) of one that a worker is at."""
    return cast.worker.takes(cast.dispatched(), "start")["id"], 5


def sent_to_look(cast):
    """(ticket, the version that a check gives it) of one that a worker is to look at, mended by the officer."""
    pk = cast.finished()["id"]
    return cast.dispatcher.takes(pk, "send_check", worker=cast.worker.name)["id"], 7


LON, LAT = map(str, TEA_TOWN)
ON_THE_PHONE = {  # step: what came before it, what is typed, what it leaves
    "finish": (at_work, {"note": "换了灯泡"}, LEFT_BY_A_FINISH),
    "check": (
        sent_to_look,
        {"result": "ok", "lon": LON, "lat": LAT},
        {"Submission": 1, "Event": 1, "Notice": 1, "Photo": 1},
    ),
}


def taps(worker, form, typed):
    """Send the form that the phone has on screen, its key with it."""
    answer = worker.client.post(form["action"], form["fields"] | typed | {"photos": photo()})
    assert answer.status_code == 302, answer.content.decode()


@pytest.mark.parametrize("point", OF_A_STEP)
@pytest.mark.parametrize("step", ON_THE_PHONE)
def test_a_step_sent_twice_at_once_from_a_phone_that_got_no_answer_is_one(cast, step, point):
    before_it, typed, left = ON_THE_PHONE[step]
    pk, version = before_it(cast)
    form, nothing = form_of(cast.worker, pk, step), rows()
    assert form["fields"]["key"], "the page brings the key"
    again = partial(taps, cast.worker, form, typed)
    killed_at(OF_A_STEP[point], again)
    assert added(nothing) in ({}, left), "half a step"
    assert bool(added(nothing)) == (point in ("after the commit", "after the answer"))
    at_once(again, again)
    again()
    assert added(nothing) == left
    assert Event.objects.filter(ticket=pk, step=step).count() == 1 and Ticket.objects.get(pk=pk).version == version
    all_is_well(pk)


# ---- pictures of those who never came back


def test_a_picture_whose_sender_never_came_back_is_removed_a_day_later(cast):
    killed_at(OF_A_REPORT["after the photo"], partial(by_api, SAID))
    assert len(pictures()) == 1 and not Photo.objects.exists()
    assert photos.sweep() == 0 and len(pictures()) == 1, "they may still be sending"
    assert photos.sweep(time.time() + photos.ABANDONED + 1) == 1
    assert pictures() == set() == unfinished()


def test_a_picture_that_somebody_else_has_sent_as_well_stays(cast):
    killed_at(OF_A_REPORT["after the photo"], partial(by_api, SAID))
    killed_at(OF_A_REPORT["after the commit"], partial(by_page, SAID))
    assert len(unfinished()) == 2
    photos.sweep(time.time() + photos.ABANDONED + 1)
    assert pictures() == set(Photo.objects.values_list("file", flat=True)) and unfinished() == set()


def unfinished():
    """Names in the folder of the unfinished."""
    return {path.name for path in Path(default_storage.path(photos.UNFINISHED)).iterdir()}


def test_a_picture_that_was_cut_off_while_it_was_written_is_not_taken_for_a_whole_one(cast):
    with patch.object(os, "fsync", lambda number: die()):  # the last that happens before a picture gets its name
        killed_at(None, partial(by_api, SAID))
    assert pictures() == set() and len(unfinished()) == 1
    by_api(SAID)
    row = Photo.objects.get()
    assert hashlib.sha256(row.file.open("rb").read()).hexdigest() == row.digest
