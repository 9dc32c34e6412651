"""Workers that are killed and workers that run at once, in a database where things really commit: nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings
from django.db import connections

from gis_app import notify
from gis_app.models import Delivery, QuietHours, Stamp, Unit
from tests import other_side
from tests.conftest import Cast
from tests.test_new_edition import url_of_the_test_database
from tests.test_notify import hears

pytestmark = pytest.mark.django_db(transaction=True)
NOTICES = 12


@pytest.fixture
def cast(county):
    QuietHours.objects.all().delete()
    Stamp.bump("rules")
    return Cast()


@pytest.fixture
def far():
    with other_side.http() as posts:
        yield posts


@pytest.fixture
def worker(monkeypatch):
    """Starts real worker processes; those that are left are ended."""
    monkeypatch.setenv("DATABASE_URL", url_of_the_test_database())
    running = []

    def start():
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running.append(subprocess.Popen([sys.executable, "-m", "gis_app", "worker"], cwd=settings.ROOT, **quiet))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def soon(happened, seconds=60):
    """Wait until something has happened."""
    until = time.monotonic() + seconds
    while not happened() and time.monotonic() < until:
        time.sleep(0.05)
    assert happened()


def test_a_worker_killed_between_sending_and_marking_loses_nothing_and_the_receiver_knows_the_second_by_its_id(cast, far, worker):
    hears(Unit.objects.get(code="chazhen"), "webhook", far.url)
    for _ in range(3):
        cast.dispatched()
    far.go_on.clear()  # the receiver has it, and the worker waits for the answer
    first = worker()
    assert far.arrived.wait(60)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    far.go_on.set()
    assert set(Delivery.objects.filter(channel="webhook").values_list("state", "tries")) == {("waiting", 0)}
    worker()
    soon(lambda: not Delivery.objects.filter(state="waiting").exists())
    kept = [str(pk) for pk in Delivery.objects.filter(channel="webhook").values_list("notice_id", flat=True)]
    assert sorted(set(far.ids())) == sorted(kept) and len(kept) == 3
    twice = [one for one in kept if far.ids().count(one) > 1]
    assert twice == [far.ids()[0]] and len(far.got) == 4


def test_two_workers_at_once_send_each_notice_once(cast, far):
    hears(Unit.objects.get(code="chazhen"), "webhook", far.url)
    for _ in range(NOTICES):
        cast.dispatched()
    gate, told = threading.Barrier(3), []

    def run():
        try:
            gate.wait(30)
            told.append((notify.address(), notify.deliver()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notify.deliver()
    assert len(far.got) == len(set(far.ids())) == NOTICES
    assert Delivery.objects.filter(channel="webhook", state="sent").count() == NOTICES
    assert Delivery.objects.filter(person=cast.officer.user).count() == NOTICES


def test_a_delivery_that_is_under_way_is_passed_over_by_another_worker(cast, far):
    hears(Unit.objects.get(code="chazhen"), "webhook", far.url)
    cast.dispatched()
    notify.address()
    far.go_on.clear()

    def run():
        notify.deliver()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert far.arrived.wait(30)
    assert notify.deliver() == {}  # at once, without waiting for the other
    far.go_on.set()
    thread.join()
    assert len(far.got) == 1 and Delivery.objects.get(channel="webhook").state == "sent"
