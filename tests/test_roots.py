"""The roots of days: what somebody with the database's password makes consistent again is found all the same, and named."""

import datetime as dt
import io
import json
import threading
import time
from importlib import import_module
from types import SimpleNamespace

import psycopg2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management import CommandError, call_command
from django.db import InternalError, close_old_connections, connection, transaction
from django.utils import timezone

from gis_app import audit, memory, tasks
from gis_app.errors import StillWriting
from gis_app.intake import bulk
from gis_app.memory import sealing
from gis_app.models import Act, Event, Leaf, Report, Root, Ticket
from gis_app.words import ActName
from tests.conftest import TEA_TOWN
from tests.test_memory import pair, tamper, verified  # noqa: F401

YESTERDAY = sealing.last_ended


@pytest.fixture
def days_later(monkeypatch):
    """A function after which it is so many days later for whoever seals."""

    def pass_by(days):
        then = SimpleNamespace(now=lambda: timezone.now() + dt.timedelta(days=days))
        monkeypatch.setattr(sealing, "timezone", then)

    return pass_by


def said(*options):
    """What verify_audit says is wrong, a line each; nothing when it finds nothing."""
    try:
        call_command("verify_audit", *options, stdout=io.StringIO())
    except CommandError as found:
        return str(found).split("\n")[1:]
    return []


def typed(*words):
    """What a command prints."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


# ---- sealing


def test_a_day_that_has_ended_is_sealed_once(cast, days_later):
    cast.dispatched()
    assert "No day is sealed yet" in verified()
    assert f"would seal {YESTERDAY()}" == typed("seal_day", "--dry-run") and not Root.objects.exists()
    assert f"sealed {YESTERDAY()}: 3 events, 1 reports" in typed("seal_day")
    assert typed("seal_day") == "every day that has ended is sealed" == typed("seal_day", "--dry-run")
    assert memory.seal() is None and Root.objects.count() == 1
    assert "1 roots of days" in verified() and said() == []


def test_every_event_is_in_exactly_one_root_whatever_time_it_tells(cast, days_later):
    old = cast.finished()
    first = memory.seal()
    cast.dispatcher.takes(old, "close", result="ok")
    days_later(1)
    second = memory.seal()
    days_later(4)  # the worker was down
    cast.dispatched()
    third = memory.seal()
    assert [root.events for root in (first, second, third)] == [5, 1, 3]
    assert [root.day - first.day for root in (second, third)] == [dt.timedelta(1), dt.timedelta(4)]
    assert (second.before, third.before, first.before) == (first.hash, second.hash, "")
    assert sum(root.events for root in Root.objects.all()) == Event.objects.count() and said() == []


def test_a_day_on_which_nothing_happened_is_sealed_too(db):
    root = memory.seal()
    assert (root.events, root.reports) == (0, 0) and Leaf.objects.count() == 0 and said() == []


def test_the_worker_seals_after_midnight(cast):
    cast.dispatched()
    assert tasks.seal_day in tasks.SELDOM
    assert tasks.seal_day.func() == str(YESTERDAY()) and tasks.seal_day.func() is None


def test_what_is_told_of_a_root_can_be_verified_with_the_public_key_alone(cast):
    cast.dispatched()
    memory.seal()
    _day, digest, signature = typed("seal_day", "--list").split()
    key = load_pem_public_key(typed("seal_day", "--public-key").encode())
    key.verify(bytes.fromhex(signature), digest.encode())


def test_a_long_day_has_many_leaves(cast, monkeypatch):
    monkeypatch.setattr(sealing, "PAGE", 2)
    tickets = [cast.dispatched()["id"] for _ in range(5)]
    memory.seal()
    assert list(Leaf.objects.filter(of="tickets").values_list("number", flat=True)) == [0, 1, 2] and said() == []
    tamper(f"DELETE FROM gis_app_notice; DELETE FROM gis_app_event WHERE ticket_id = {tickets[4]} AND seq = 3")
    assert f"X{tickets[4]:07d}, event 3: is missing (sealed on {YESTERDAY()})" in said()


def own_connection():
    """Another program's connection to the same database."""
    told = connection.get_connection_params()
    return psycopg2.connect(**{name: told[name] for name in ("dbname", "user", "password", "host", "port") if name in told})


def test_the_seal_waits_for_who_is_writing_and_nobody_waits_for_the_seal(county):
    other = own_connection()
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE gis_app_event IN ROW EXCLUSIVE MODE")  # as an INSERT takes it; its id is given out already
        with pytest.raises(StillWriting):
            memory.seal(patience=0.2)
        assert not Root.objects.exists()
        sealed = threading.Thread(target=in_a_thread(lambda: memory.seal(patience=20)))
        sealed.start()
        time.sleep(0.2)
        third = own_connection()
        with third.cursor() as late:
            late.execute("SET lock_timeout = '1s'; LOCK TABLE gis_app_event IN ROW EXCLUSIVE MODE")  # comes later: not waited for
            assert sealed.is_alive() and not Root.objects.exists()
            other.rollback()
            sealed.join(10)
            assert Root.objects.count() == 1
        third.close()
    other.close()


def in_a_thread(act):
    """The same with a database connection of its own, closed behind it."""

    def acted():
        try:
            act()
        finally:
            connection.close()

    return acted


def test_two_that_seal_at_once_make_one_root(county):
    threads = [threading.Thread(target=in_a_thread(memory.seal)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Root.objects.count() == 1 and len(sealing.noted()) == 1


def test_keys_that_a_batch_has_got_are_waited_for(county):
    with transaction.atomic():
        bulk.fresh_keys(Event, 3)
        other = own_connection()
        with other.cursor() as cursor:
            held = "SELECT count(*) FROM pg_locks WHERE relation = 'gis_app_event'::regclass AND mode = 'RowExclusiveLock'"
            cursor.execute(held)
            assert cursor.fetchone()[0] >= 1
        other.close()
    close_old_connections()


# ---- what is sealed cannot be made consistent again


def rechained(ticket, change):
    """Rewrite a ticket's events and all their hashes, and its row, as somebody would who has read the program."""
    tamper(f"UPDATE gis_app_event SET hash = hash WHERE ticket_id = {ticket}")
    before = None
    for event in Event.objects.filter(ticket=ticket).select_related("said").order_by("seq"):
        change(event)
        event.before = before.hash if before else ""
        event.hash = audit.hash_of(event)
        event.save()
        before = event
    assert audit.unbroken(Event.objects.filter(ticket=ticket).order_by("seq"))


def earlier(event):
    """A finish that comes a day earlier."""
    if event.step == "finish":
        event.at -= dt.timedelta(days=1)
        event.change["finished_at"] = event.at.astimezone(dt.UTC).isoformat()
        Ticket.objects.filter(pk=event.ticket_id).update(finished_at=event.at)


def swapped(one, other, seq):
    """Each has the other's event of a number."""
    return f"""
        UPDATE gis_app_event SET ticket_id = {other}, seq = 99 WHERE ticket_id = {one} AND seq = {seq};
        UPDATE gis_app_event SET ticket_id = {one} WHERE ticket_id = {other} AND seq = {seq};
        UPDATE gis_app_event SET seq = {seq} WHERE ticket_id = {other} AND seq = 99"""


WITHOUT = """DELETE FROM gis_app_notice; DELETE FROM gis_app_contact; DELETE FROM gis_app_photo;
    DELETE FROM gis_app_report WHERE ticket_id = {0}; DELETE FROM gis_app_event WHERE ticket_id = {0};
    DELETE FROM gis_app_ticket WHERE id = {0}"""


@pytest.fixture
def sealed(pair):  # noqa: F811
    """The ids of two tickets with six events each, sealed."""
    audit.remember(ActName.LOAD, "第 1 件事", source="a")
    audit.remember(ActName.LOAD, "第 2 件事", source="b")
    memory.seal()
    assert said() == []
    return [each["id"] for each in pair]


def named(ticket):
    return f"X{ticket:07d}"


def test_a_chain_that_was_wholly_rewritten_is_found(sealed):
    rechained(sealed[0], earlier)
    assert said() == [
        f"{named(sealed[0])}, event 6 (finish): was altered (it and what it follows, since it was sealed on {YESTERDAY()})"
    ]


def test_two_tickets_whose_events_were_swapped_are_both_named(sealed):
    tamper(swapped(*sealed, 4))
    told = said()
    for ticket in sealed:
        assert f"{named(ticket)}, event 4 (start): was inserted" in told


def test_the_last_event_taken_off_is_missed_although_the_row_was_put_back(sealed):
    ticket = sealed[0]
    tamper(f"DELETE FROM gis_app_notice; DELETE FROM gis_app_event WHERE ticket_id = {ticket} AND seq = 6")
    tamper(f"""UPDATE gis_app_ticket SET state = 'working', version = version - 1, finished_at = NULL, finished_by_id = NULL
        WHERE id = {ticket}""")
    assert f"{named(ticket)}, event 6: is missing (sealed on {YESTERDAY()})" in said()


def test_a_ticket_that_was_deleted_with_all_is_missed(sealed):
    report = Report.objects.get(ticket=sealed[0]).pk
    tamper(WITHOUT.format(sealed[0]))
    told = said()
    assert [f"{named(sealed[0])}, event {seq}: is missing (sealed on {YESTERDAY()})" in told for seq in range(1, 7)] == [True] * 6
    assert f"a ticket that is not known, report {report}: is missing (since it was sealed on {YESTERDAY()})" in told


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("UPDATE gis_app_words SET text = '别的话' WHERE id = {said}", "its words were changed"),
        ("UPDATE gis_app_report SET said_at = said_at - interval '1 hour' WHERE id = {pk}", "was altered"),
        ("UPDATE gis_app_report SET point = ST_Translate(point, 0.01, 0) WHERE id = {pk}", "was altered"),
    ],
)
def test_what_a_citizen_said_is_sealed_too(sealed, how, kind):
    report = Report.objects.get(ticket=sealed[0])
    tamper(how.format(pk=report.pk, said=report.said_id))
    assert said() == [f"{named(sealed[0])}, report {report.pk}: {kind} (since it was sealed on {YESTERDAY()})"]


def test_an_event_slipped_into_a_sealed_day_is_found_although_the_chain_is_whole(sealed):
    tamper(f"DELETE FROM gis_app_notice; DELETE FROM gis_app_event WHERE ticket_id = {sealed[1]} AND seq = 6")
    comment = Event(ticket_id=sealed[0], step="comment", at=timezone.now(), actor_kind="system", to_state="done")
    comment.pk = Root.objects.get().events_upto  # which is free now
    audit.seal(comment, "", Event.objects.filter(ticket=sealed[0]).last()).save(force_insert=True)
    told = said()
    assert f"{named(sealed[0])}, event 7 (comment): was inserted (after it was sealed on {YESTERDAY()})" in told
    assert f"{named(sealed[1])}, event 6: is missing (sealed on {YESTERDAY()})" in told


def test_an_act_that_was_altered_is_named(sealed):
    seq = Act.objects.get(about="第 1 件事").seq
    tamper(f"UPDATE gis_app_act SET about = '别的' WHERE seq = {seq}")
    assert said() == [f"act {seq}: was altered"]


def test_an_act_that_was_taken_out_is_named(sealed):
    seq = Act.objects.get(about="第 1 件事").seq
    tamper(f"DELETE FROM gis_app_act WHERE seq = {seq}")
    assert said() == [f"act {seq}: is missing"]


def test_the_last_act_taken_off_is_missed(sealed):
    seq = Act.objects.get(about="第 2 件事").seq
    tamper(f"DELETE FROM gis_app_act WHERE seq = {seq}")
    assert said() == [f"act {seq}: is missing (sealed on {YESTERDAY()})"]


def test_a_log_of_acts_that_was_wholly_rewritten_is_found(sealed):
    tamper("UPDATE gis_app_act SET about = '别的' WHERE about = '第 1 件事'")
    before = ""
    for act in Act.objects.order_by("seq"):
        act.before, act.hash = before, ""
        act.hash = before = audit.act_hash(act)
        act.save()
    assert said() == [f"act {act.seq}: was altered (it or one before, since it was sealed on {YESTERDAY()})"]


@pytest.mark.parametrize(
    "change", ["made_at = made_at - interval '1 s'", "events = events + 1", "before = md5('a')", "acts_upto = acts_upto - 1"]
)
def test_a_root_that_was_changed_is_named(sealed, change):
    tamper(f"UPDATE gis_app_root SET {change}")
    assert any(line.startswith(f"{YESTERDAY()}: the day's root is broken") for line in said())


def test_a_root_signed_with_another_key_is_named(sealed, settings):
    kept, settings.ROOT_KEY = settings.ROOT_KEY, Ed25519PrivateKey.generate().private_bytes_raw().hex()
    rechained(sealed[0], earlier)
    root = Root.objects.get()
    remade(root)
    settings.ROOT_KEY = kept
    assert set(said()) == {
        f"{YESTERDAY()}: the day's root bears a wrong signature",
        f"{YESTERDAY()}: the day's root is broken (another one was made that day)",  # than the file beside the database says
    }


def remade(root):
    """Make a root anew from what is there now, leaves and all."""
    tamper("DELETE FROM gis_app_leaf")
    fresh = sealing.made(root.day, None, {Event: root.events_upto, Report: root.reports_upto})
    Root.objects.filter(pk=root.pk).delete()
    fresh.save()


def test_a_root_that_even_the_key_made_anew_is_not_the_one_that_was_noted(sealed):
    rechained(sealed[0], earlier)
    remade(Root.objects.get())
    assert said() == [f"{YESTERDAY()}: the day's root is broken (another one was made that day)"]


def test_a_root_that_was_taken_away_is_missed(sealed, days_later):
    days_later(1)
    memory.seal()
    tamper(f"DELETE FROM gis_app_root WHERE day = '{YESTERDAY()}'")
    assert f"{YESTERDAY()}: is missing (the day's root)" in said()


def test_a_leaf_that_was_changed_is_found(sealed):
    tamper("UPDATE gis_app_leaf SET heads = overlay(heads placing '\\x00'::bytea from 20 for 1) WHERE of = 'tickets'")
    assert f"{YESTERDAY()}: the day's root is broken (it is not made of what it lists)" in said()


def test_what_a_killed_process_could_not_note_is_noted_by_the_next(sealed, days_later):
    sealing.noted_in().unlink()
    days_later(1)
    memory.seal()
    assert [digest for _day, digest in sealing.noted()] == list(Root.objects.values_list("hash", flat=True)) and said() == []


# ---- how it is told


def test_since_a_day_only_what_came_after_is_looked_through(sealed, cast, days_later):
    tamper(f"UPDATE gis_app_event SET at = at - interval '1 day' WHERE ticket_id = {sealed[0]} AND seq = 6")
    days_later(1)
    fresh = cast.dispatched()["id"]
    memory.seal()
    day = str(YESTERDAY())
    assert said("--since", day) == [] and "1 tickets, every chain unbroken: 3 events" in typed("verify_audit", "--since", day)
    tamper(f"UPDATE gis_app_event SET at = at - interval '1 day' WHERE ticket_id = {fresh} AND seq = 3")
    assert said("--since", day) == [f"{named(fresh)}, event 3 (dispatch): was altered"]
    assert len(said()) == 2
    with pytest.raises(CommandError, match="write it like 2026-11-25"):
        call_command("verify_audit", "--since", "yesterday")


def test_a_program_gets_all_of_it_as_json(sealed):
    tamper(f"UPDATE gis_app_event SET at = at - interval '1 day' WHERE ticket_id = {sealed[0]} AND seq = 6")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["faults"] == [{"kind": "altered", "ticket": named(sealed[0]), "seq": 6, "step": "finish"}]
    assert (told["count"], told["tickets"], told["events"], told["roots"]) == (1, 2, 12, 1)


def test_fifty_faults_are_listed_and_the_rest_counted(cast):
    tickets = [cast.reporter.reports("路灯不亮", TEA_TOWN)["code"] for _ in range(52)]
    tamper("UPDATE gis_app_event SET at = at - interval '1 day'")
    told = said()
    assert len(tickets) == 52 and len(told) == 51 and told[-1] == "and 2 more; --json lists all"


# ---- nobody changes what is sealed


@pytest.mark.parametrize(
    ("table", "what"), [("event", "an event"), ("act", "an act"), ("root", "a root"), ("leaf", "a leaf")]
)
@pytest.mark.parametrize("how", ["UPDATE gis_app_{} SET id = id", "DELETE FROM gis_app_{}"])
def test_the_database_refuses_to_change_or_remove(sealed, table, what, how):
    with pytest.raises(InternalError, match=f"{what} is never changed or removed"), transaction.atomic():
        connection.cursor().execute(how.format(table))


def test_the_tables_of_the_memory_are_emptied_in_databases_of_tests_alone(db):
    """The trigger as the migration makes it, in a database with another name."""
    refuse = import_module("gis_app.migrations.0002_what_is_written_stays").REFUSE
    admin = own_connection()
    admin.autocommit = True
    name = f"memory_{connection.settings_dict['NAME']}"[:60]
    with admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        refuses_to_empty(name, refuse)
    finally:
        with admin.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')
        admin.close()


def refuses_to_empty(name, refuse):
    """In a database of that name, TRUNCATE of each table is refused."""
    told = connection.get_connection_params()
    other = psycopg2.connect(**{key: told[key] for key in ("user", "password", "host", "port") if key in told}, dbname=name)
    other.autocommit = True
    with other.cursor() as cursor:
        stay = ("event", "act", "root", "leaf", "bulletin", "appeal")
        cursor.execute("".join(f"CREATE TABLE gis_app_{table} (id int, answered_at timestamptz);" for table in stay))
        cursor.execute(refuse)
        for table in stay:
            with pytest.raises(psycopg2.Error, match="is never emptied"):
                cursor.execute(f"TRUNCATE gis_app_{table}")
    other.close()
