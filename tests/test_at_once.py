"""Many at once, in real threads with connections of their own: one wins, the others hear so, and nothing counts twice."""

import datetime as dt
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from gis_app import stats, tally
from gis_app.models import CellCount, Event, Member, Notice, Photo, Report, Submission, Ticket, Unit, Visit
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, Person, photo
from tests.ledger import UTC8, counted, in_the_row, recounted, told_by_events
from tests.walks import moves_from

MANY, CROWD = 20, 50
THREADS, TRIES, TICKETS = 16, 8, 3  # of the storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(county):
    """The people, in a database where things really commit; reference data is read already, not by every thread anew."""
    cast = Cast()
    cast.reporter.client.get("/api/v1/route", {"category": "0401", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]})
    cast.reporter.client.get("/api/v1/classify", {"text": "茶镇路灯不亮"})
    return cast


def at_once(*calls):
    """Run every call in a thread of its own, all let go together; their results in order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait(timeout=30)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def crew(size):
    """People of 茶镇's government, each with a browser of their own."""
    unit = Unit.objects.get(code="chazhen")
    users = [User.objects.create_user(f"crew-{number}") for number in range(size)]
    Member.objects.bulk_create([Member(user=user, role="worker", unit=unit) for user in users])
    return [Person(user.username) for user in users]


# ---- one ticket, many people


@pytest.mark.parametrize("size", [2, CROWD])
def test_of_many_who_start_one_ticket_at_once_one_wins_and_the_others_hear_who_and_when(cast, size):
    ticket = cast.dispatched()
    people = crew(size)
    answers = at_once(*[lambda one=one: one.tries(ticket, "start", seen=ticket["version"]) for one in people])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (size - 1)
    started = Event.objects.get(ticket=ticket["id"], step="start")
    assert answers[[one.name for one in people].index(started.user.username)].status_code == 200
    for told in (answer.json() for answer in answers if answer.status_code == 409):
        assert (told["type"], told["state"], told["version"]) == ("stale-ticket", "working", ticket["version"] + 1)
        assert "茶镇人民政府" in told["detail"] and "处理" in told["detail"]
        assert started.at.astimezone(dt.UTC).astimezone(UTC8).strftime("%H:%M") in told["detail"]


def test_two_different_steps_from_one_screen_never_both_happen(cast):
    ticket = cast.dispatched()
    start = lambda: cast.worker.tries(ticket, "start", seen=3)  # noqa: E731
    back = lambda: cast.officer.tries(ticket, "return", seen=3, reason="不是我们的")  # noqa: E731
    assert sorted(answer.status_code for answer in at_once(start, back)) == [200, 409]
    row = Ticket.objects.get(pk=ticket["id"])
    assert (row.version, row.state, row.unit_id is None) in [(4, "working", False), (4, "accepted", True)]


def test_comments_at_once_are_all_kept_and_numbered_one_after_the_other(cast):
    ticket = cast.dispatched()
    cast.leader.signs_in()
    answers = at_once(*[lambda n=n: cast.leader.tries(ticket, "comment", seen=None, note=f"第 {n} 句") for n in range(8)])
    assert {answer.status_code for answer in answers} == {200}
    assert list(Event.objects.filter(ticket=ticket["id"]).values_list("seq", flat=True)) == list(range(1, 12))
    call_command("verify_audit")


def test_a_comment_that_waits_for_a_move_to_another_town_is_kept(cast):
    ticket = cast.dispatched()
    moved = threading.Event()

    def move():
        with transaction.atomic():
            cast.dispatcher.takes(ticket, "relocate", lon=str(LOTUS_LANE[0]), lat=str(LOTUS_LANE[1]))
            moved.set()
            somebody_waits()

    def comment():
        moved.wait(timeout=10)
        return cast.leader.tries(ticket, "comment", seen=None, note="看过")

    cast.dispatcher.signs_in(), cast.leader.signs_in()
    _none, told = at_once(move, comment)
    assert (told.status_code, told.json()["town"]["name"]) == (200, "城北街道"), told.content.decode()
    assert told.json()["events"][-1]["note"] == "看过"


def somebody_waits():
    """Return as soon as another connection waits for a lock that this one holds."""
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(blocked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


# ---- one key, many times


def test_a_report_sent_twenty_times_under_one_key_is_one_report(cast):
    answers = at_once(*[lambda: Person().says("路灯不亮", TEA_TOWN, key="k-1", category="0401")] * MANY)
    assert sorted(answer.status_code for answer in answers) == [200] * (MANY - 1) + [201]
    assert len({answer.json()["code"] for answer in answers}) == 1
    made = (Report, Ticket, Event, Notice, CellCount, Submission)
    assert {model.__name__: model.objects.count() for model in made} == {model.__name__: 1 for model in made}
    assert cast.leader.counts(TEA_TOWN) == 1


def test_of_two_reports_under_one_key_one_is_taken_in_and_the_other_refused(cast):
    answers = at_once(*[lambda n=n: Person().says(f"路灯不亮 {n}", TEA_TOWN, key="k-1") for n in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {answer.json().get("type") for answer in answers} == {None, "key-reused"}
    assert Report.objects.count() == Ticket.objects.count() == 1


def test_a_step_sent_fifty_times_under_one_key_is_taken_once(cast):
    ticket = cast.dispatched()
    cast.worker.takes(ticket, "start")
    sent = {"key": "k-1", "seen": 4, "note": "换了灯泡"}
    answers = at_once(*[lambda: cast.worker.tries(ticket, "finish", photos=[photo()], **sent)] * CROWD)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1 and answers[0].json()["version"] == 5
    assert Event.objects.filter(ticket=ticket["id"], step="finish").count() == 1
    assert Photo.objects.filter(event__ticket=ticket["id"]).count() == 1
    assert Notice.objects.filter(event__step="finish", audience="reporter").count() == 1


# ---- one place, many reports


def test_twenty_reports_of_one_place_at_once_are_twenty_on_its_square(cast):
    answers = at_once(*[lambda: Person().says("路灯不亮", LOTUS_LANE)] * MANY)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["code"] for answer in answers}) == MANY
    assert cast.leader.counts(LOTUS_LANE) == MANY
    assert sum(Visit.objects.values_list("count", flat=True)) == MANY, "each is counted against the limit of its address"


def test_of_many_at_once_from_one_address_exactly_as_many_are_heard_as_a_minute_allows(cast, settings, monkeypatch):
    settings.RATE_LIMIT, now = MANY - 5, timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # the same minute for all
    answers = at_once(*[lambda: Person().says("路灯不亮", LOTUS_LANE)] * MANY)
    assert Counter(answer.status_code for answer in answers) == {201: MANY - 5, 429: 5}
    assert Report.objects.count() == Visit.objects.get().count == MANY - 5


def test_two_folders_at_once_do_not_count_twice(cast):
    for _ in range(6):
        cast.reporter.reports("路灯不亮", TEA_TOWN)
    before = counted()
    at_once(*[tally.fold] * 4)
    assert counted() == before == recounted()
    assert not CellCount.objects.exists()


def test_counts_are_the_tickets_at_every_moment_while_they_are_folded_and_counted_anew(cast):
    cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    writing = lambda: [Person().says("路灯不亮", TEA_TOWN, category="0401").status_code for _ in range(TRIES)]  # noqa: E731
    folding = lambda: [tally.fold() for _ in range(TRIES)]  # noqa: E731
    anew = lambda: [tally.rebuild() for _ in range(TRIES // 2)]  # noqa: E731
    reading = lambda: [found for seed in range(TRIES) for found in stats.check(4, seed)]  # noqa: E731
    before = deadlocks()
    told = at_once(writing, writing, writing, folding, folding, anew, reading, reading)
    assert told[:3] == [[201] * TRIES] * 3 and told[-2:] == [[], []]
    assert counted() == recounted() and cast.leader.counts(TEA_TOWN) == 3 * TRIES + 1
    assert deadlocks() == before


# ---- a storm


def storm(tickets, seed):
    """Look at some ticket and try something that its state allows, as seen, over and over; the statuses that came of it."""
    dice, desk, statuses = random.Random(seed), Person("dispatcher"), []
    units = {code: Person(f"unit-{code}") for code in ("chazhen", "gongdian")}
    for _ in range(TRIES):
        ticket = dice.choice(tickets)
        shown = desk.opens(ticket).json()
        role, step, given = dice.choice(moves_from(shown["state"]))
        who = units[shown["unit"]["code"]] if role == "unit" else desk
        pictures = {"photos": [photo(size=(32, 32))]} if step == "finish" else {}
        statuses.append(who.tries(ticket, step, seen=shown["version"], **given, **pictures).status_code)
    return statuses


def test_after_a_storm_of_steps_rows_chains_and_counts_agree(cast):
    tickets = [cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"] for _ in range(TICKETS)]
    tickets = list(Report.objects.filter(code__in=tickets).values_list("ticket", flat=True))
    before = deadlocks()
    folding = [lambda: [tally.fold() for _ in range(TRIES)]]
    told = at_once(*[lambda seed=seed: storm(tickets, seed) for seed in range(THREADS)], *folding)
    statuses = [status for thread in told[:THREADS] for status in thread]
    assert {200, 409} <= set(statuses) <= {200, 409, 404}, "404: sent back by another while the unit's officer was looking"
    assert deadlocks() == before
    assert Event.objects.exclude(step="open").count() == statuses.count(200)
    for ticket in tickets:
        events = told_by_events(ticket)
        assert in_the_row(ticket, events) == events
    call_command("verify_audit")
    assert counted() == recounted()


def deadlocks():
    """How often the server has had to end a transaction because two waited for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
