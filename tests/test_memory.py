"""The memory: events that add up to the ticket, cannot be changed, and show it when somebody has changed them."""

import io

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis_app.intake import demo
from gis_app.models import Event, Ticket
from tests.conftest import Cast
from tests.ledger import in_the_row, told_by_events
from tests.scenes import scene
from tests.walks import STARTS, turns, walk

ROW = (  # what steps write of a ticket; what no event has told of is empty
    *("state", "version", "category_id", "proposed_id", "unit_id", "worker_id", "accepted_at", "due_at", "dispatched_at"),
    *("unit_due_at", "finished_at", "finished_by_id", "ended_at", "town_id", "village_id", "cell", "precision", "opened_at"),
)


def verified():
    """What `manage verify_audit` says. Raises CommandError, with which the command exits."""
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    return out.getvalue()


def remembers(ticket):
    """Whether a ticket's events add up to its row."""
    told = told_by_events(ticket)
    return in_the_row(ticket, ROW) == {name: told.get(name) for name in ROW}


# ---- events add up to the row


@settings(max_examples=25)
@given(start=st.sampled_from(STARTS), turns=turns)
@example(start=STARTS[0], turns=[0, 1, 0, 0, 1, 0, 0])  # reworked once, then closed
@example(start=STARTS[0], turns=[1, 0, 0, 1, 1, 1])  # another kind than reported, and sent back twice
def test_the_events_of_a_ticket_add_up_to_its_row_whatever_happened(cast, start, turns):
    with transaction.atomic():
        ticket = walk(cast, start, turns)
        assert remembers(ticket)
        assert Event.objects.filter(ticket=ticket).count() == len(turns) + 1
        assert "1 tickets, every chain unbroken" in verified()
        transaction.set_rollback(True)


def test_what_is_written_in_bulk_is_remembered_as_if_it_had_been_lived(db):
    demo.write(django_settings.FIXTURES, 40, 7, timezone.now())
    assert Ticket.objects.exclude(state="new").count() > 20
    assert all(map(remembers, Ticket.objects.values_list("pk", flat=True)))
    assert "40 tickets, every chain unbroken" in verified()


# ---- nobody changes an event


@pytest.mark.parametrize(
    "change",
    [
        lambda: Event.objects.filter(seq=2).update(at=timezone.now()),
        lambda: Event.objects.filter(seq=2).update(given={}),
        lambda: Event.objects.order_by("-seq")[0].delete(),
        lambda: connection.cursor().execute("UPDATE gis_app_event SET hash = hash"),
        lambda: connection.cursor().execute("DELETE FROM gis_app_event WHERE step = 'comment'"),
    ],
)
def test_the_database_refuses_to_change_or_remove_an_event(cast, change):
    ticket = cast.finished()
    cast.leader.takes(ticket, "comment", note="好")
    before = list(Event.objects.values())
    with pytest.raises(InternalError, match="an event is never changed or removed"), transaction.atomic():
        change()
    assert list(Event.objects.values()) == before


# ---- when somebody with the database's password has

TAMPERED = {  # what was tampered with: how, by somebody who may write to the tables; what is then said of it
    "a word that was said": (
        "UPDATE gis_app_words w SET text = '别的话' FROM gis_app_event WHERE said_id = w.id AND {it} AND step = 'comment'",
        ["event 5 (comment): its words were changed"],
    ),
    "a word never said": (
        "UPDATE gis_app_event SET said_id = (SELECT max(id) FROM gis_app_words) WHERE {it} AND step = 'start'",
        ["event 4 (start): its words were changed"],
    ),
    "a word taken away": (
        "UPDATE gis_app_event SET said_id = NULL WHERE {it} AND step = 'comment'",
        ["event 5 (comment): its words were changed"],
    ),
    "a word blackened as if by law": (
        "UPDATE gis_app_words w SET text = '', gone = said_digest FROM gis_app_event WHERE said_id = w.id AND {it} AND seq = 5",
        ["event 5 (comment): its words were changed (removed, and no act tells of it)"],
    ),
    "when it was": (
        "UPDATE gis_app_event SET at = at - interval '1 day' WHERE {it} AND step = 'finish'",
        ["event 6 (finish): was altered"],
    ),
    "who it was": (
        "UPDATE gis_app_event SET user_id = (SELECT max(id) FROM auth_user) WHERE {it} AND step = 'start'",
        ["event 4 (start): was altered"],
    ),
    "what it was": (
        "UPDATE gis_app_event SET step = 'rework' WHERE {it} AND step = 'start'",
        ["event 4 (rework): was altered"],
    ),
    "why it was": (
        """UPDATE gis_app_event SET given = '{{"unit": "shizheng"}}' WHERE {it} AND step = 'dispatch'""",
        ["event 3 (dispatch): was altered"],
    ),
    "what became of it": (
        "UPDATE gis_app_event SET change = change || '{{\"due_at\": null}}' WHERE {it} AND step = 'accept'",
        ["event 2 (accept): was altered", "row is not what its events made of it (due_at)"],
    ),
    "the first one": (
        "UPDATE gis_app_event SET change = change || '{{\"danger\": true}}' WHERE {it} AND seq = 1",
        ["event 1 (open): was altered", "row is not what its events made of it (danger)"],
    ),
    "a hash": ("UPDATE gis_app_event SET hash = md5('a') || md5('b') WHERE {it} AND seq = 4", ["event 4 (start): was altered"]),
    "what it follows": ("UPDATE gis_app_event SET before = md5('a') WHERE {it} AND seq = 4", ["event 4 (start): was altered"]),
    "one taken out": ("DELETE FROM gis_app_event WHERE {it} AND step = 'comment'", ["event 5: is missing"]),
    "two taken out": ("DELETE FROM gis_app_event WHERE {it} AND seq IN (2, 4)", ["event 2: is missing", "event 4: is missing"]),
    "one taken out and the gap closed": (
        """DELETE FROM gis_app_event WHERE {it} AND step = 'comment';
        UPDATE gis_app_event SET seq = seq - 1 WHERE {it} AND seq > 5;
        UPDATE gis_app_event SET before = (SELECT hash FROM gis_app_event WHERE {it} AND seq = 4) WHERE {it} AND seq = 5""",
        ["event 5 (finish): was altered"],
    ),
    "one put in": (
        """UPDATE gis_app_event SET seq = seq + 100 WHERE {it} AND seq > 4;
        UPDATE gis_app_event SET seq = seq - 99 WHERE {it} AND seq > 4;
        INSERT INTO gis_app_event
            (ticket_id, seq, step, at, actor_kind, from_state, to_state, given, change, said_digest, before, hash)
        SELECT ticket_id, 5, 'comment', at, 'system', to_state, to_state, '{{}}', '{{}}', '', hash, repeat('e', 64)
        FROM gis_app_event WHERE {it} AND seq = 4""",
        ["event 5 (comment): was inserted", "event 6 (comment): stands out of order", "event 7 (finish): stands out of order"],
    ),
    "the order": (
        "UPDATE gis_app_event SET seq = 100 - seq WHERE {it} AND seq > 1",
        ["event 94 (finish): stands out of order", "event 98 (accept): stands out of order"],
    ),
    "two in each other's place": (
        """UPDATE gis_app_event SET seq = 99 WHERE {it} AND seq = 2; UPDATE gis_app_event SET seq = 2 WHERE {it} AND seq = 4;
        UPDATE gis_app_event SET seq = 4 WHERE {it} AND seq = 99""",
        ["event 2 (start): stands out of order", "event 4 (accept): stands out of order"],
    ),
    "the last one taken off": (
        "DELETE FROM gis_app_event WHERE {it} AND step = 'finish'",
        ["row is not what its events made of it (finished_at, finished_by_id, state, version)"],
    ),
    "all of them": ("DELETE FROM gis_app_event WHERE {it}", ["event 1 (open): is missing (every event of the ticket is)"]),
    "the row without an event": ("UPDATE gis_app_ticket SET version = version + 1 WHERE id = {ticket}", ["made of it (version)"]),
    "the row's state": (
        "UPDATE gis_app_ticket SET state = 'closed', ended_at = now() WHERE id = {ticket}",
        ["row is not what its events made of it (ended_at, state)"],
    ),
    "the row's worker": (
        "UPDATE gis_app_ticket SET worker_id = (SELECT max(id) FROM auth_user) WHERE id = {ticket}",
        ["row is not what its events made of it (worker_id)"],
    ),
    "the row's due date": (
        "UPDATE gis_app_ticket SET due_at = due_at + interval '9 days' WHERE id = {ticket}",
        ["row is not what its events made of it (due_at)"],
    ),
}


def tamper(text):
    """Write to the tables past what they refuse."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("event", "act", "root", "leaf"):
            cursor.execute(f"ALTER TABLE gis_app_{table} DISABLE TRIGGER USER")
        cursor.execute(text)
        assert cursor.rowcount > 0


@scene
def pair():
    """Two tickets with six events each."""
    cast = Cast()
    tickets = cast.dispatched(), cast.dispatched()
    for ticket in tickets:
        cast.officer.takes(ticket, "start")
        cast.leader.takes(ticket, "comment", note="请快一点")
        cast.officer.takes(ticket, "finish", note="换了灯泡")
    return tickets


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found_and_the_row_named(pair, what):
    ticket, sound = (f"X{each['id']:07d}" for each in pair)
    assert "2 tickets, every chain unbroken" in verified()
    how, said = TAMPERED[what]
    tamper("DELETE FROM gis_app_notice;" + how.format(it=f"ticket_id = {pair[0]['id']}", ticket=pair[0]["id"]))
    with pytest.raises(CommandError) as told:
        verified()
    assert told.value.returncode == 1
    _count, *lines = str(told.value).split("\n")
    assert sound not in str(told.value) and all(line.startswith(ticket) for line in lines)
    assert [line for line in said if line not in str(told.value)] == []


def test_nothing_more_is_named_than_what_was_tampered_with(pair):
    tamper(TAMPERED["when it was"][0].format(it=f"ticket_id = {pair[0]['id']}"))
    with pytest.raises(CommandError, match="^1 faults in the memory of 2 tickets"):
        verified()
