"""Ten thousand steps of every kind by sixteen threads on a few hundred tickets, against the least that a step could be.

The peer's transaction is one UPDATE and one INSERT by the same threads over the same kind of connection. Ours checks who may,
holds the row, chains the event, owes notices, keeps the key and moves the counts. Tickets are merged and taken apart, split,
moved, mended and reopened, so that they live as long as the storm; `steps` says how many of each kind were taken. Ours alone
looks at the ticket before each try, and tries again where another thread was faster, nobody could take the step, or something
stood against it; the time of both counts against us, and `tries` says how many there were for each step taken. After the storm
the events of each ticket must give its row, the chains must hold, the counts must agree, and no two transactions may have waited
for each other.
"""

import random
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from multiprocessing import get_context

from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test import override_settings

from gis_app import workflow
from gis_app.intake import Said, receive
from gis_app.models import Ticket
from tests.any_step import NEVER, all_told, moves, people, pictures, steps_among, told_apart
from tests.bench.million import own_database
from tests.bench.turns import compare, seconds
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.ledger import counted, in_the_row, recounted, told_by_events

STEPS, PROCESSES, THREADS, TICKETS = 10_000, 2, 8, 300
TURNS = 3
KINDS = (("0401", TEA_TOWN), ("0101", LOTUS_LANE), ("0307", TEA_TOWN))  # of problem, and where
EACH = STEPS // (TURNS + 1) // (PROCESSES * THREADS)  # of a thread in a turn; one more turn warms
LIKE_AN_EVENT = "at timestamptz NOT NULL, step varchar(12) NOT NULL, to_state varchar(10) NOT NULL, change jsonb NOT NULL"
BARE = (  # of the peer: what any ticket system must write
    f"CREATE TABLE bare_ticket (id bigint PRIMARY KEY, state varchar(10) NOT NULL, version integer NOT NULL, {LIKE_AN_EVENT})",
    f"CREATE TABLE bare_event (id bigserial PRIMARY KEY, ticket_id bigint NOT NULL REFERENCES bare_ticket, {LIKE_AN_EVENT})",
)
AS_MANY = "INSERT INTO bare_ticket SELECT id, state, 1, now(), '', '', '{}' FROM gis_app_ticket ON CONFLICT DO NOTHING"


def run():
    """Lines of the bench `storm`."""
    with own_database("bench_storm"), tempfile.TemporaryDirectory() as media, override_settings(MEDIA_ROOT=media):
        warm_up()
        for number in range(TICKETS):
            receive(said(*KINDS[number % len(KINDS)]))
        with connection.cursor() as cursor:
            for sql in BARE:
                cursor.execute(sql)
        before, told, brought = (deadlocks(), told_apart()), [], pictures()
        what = f"{STEPS:,} steps of every kind on {TICKETS} tickets by {PROCESSES * THREADS} threads of {PROCESSES} processes"
        amount = EACH * PROCESSES * THREADS
        connections.close_all()
        with get_context("fork").Pool(PROCESSES, begin) as pool:
            turns = (lambda: storm(pool, steps, brought, told), lambda: storm(pool, bare, brought, []))
            line = compare(what, "UPDATE; INSERT", *turns, amount, "steps/s", lambda: sound(told, before), TURNS)
        told = sum(told, Counter())
        taken = steps_among(told)
        yield line | {"tries": round(told.total() / taken.total(), 3), "steps": dict(taken.most_common())}


def said(kind, at):
    """What a citizen says about a kind of problem at a place."""
    return Said(text="路灯不亮", lon=at[0], lat=at[1], category=kind)


def warm_up():
    """One ticket from end to end, so that the processes inherit reference data that has been read, as a server's have it."""
    row = receive(said(*KINDS[0]))[0].ticket
    unit, (desk, *others) = row.proposed, people()
    [officer] = [by for by in others if by.posts[0].unit_id == unit.pk and by.posts[0].role == "unit"]
    for step, by, given in (("accept", desk, {}), ("dispatch", desk, {"unit": unit}), ("start", officer, {})):
        row = workflow.advance(row, step, by, row.version, **given).ticket


def storm(pool, work, brought, told):
    """Seconds that all threads of all processes take. work: (tickets, dice, pictures) → {what one thread did: how often}.

    told: to which it is added what all of them did.
    """
    with connection.cursor() as cursor:
        cursor.execute(AS_MANY)  # those that were split off so far, for the peer too
    tickets = list(Ticket.objects.values_list("pk", flat=True))
    seeds = [random.randrange(2**32) for _ in range(PROCESSES)]
    each = zip(repeat(work), repeat(tickets), seeds, repeat(brought), strict=False)
    return seconds(lambda: told.extend(pool.starmap(threads, each, chunksize=1)))


def begin():
    """A process begins. Its threads live as long as it does, each with a connection of its own, as those of a server do."""
    global workers
    workers = ThreadPoolExecutor(THREADS)


def threads(work, tickets, seed, brought):
    """What all threads of this process did."""
    doing = [workers.submit(work, tickets, seed + number, brought) for number in range(THREADS)]
    return sum((done.result() for done in doing), Counter())


def steps(tickets, seed, brought):
    """Try one thing after another, until EACH steps have been taken."""
    return moves(seed, tickets, people(), brought, lambda told: steps_among(told).total() == EACH)


def bare(tickets, seed, _brought):
    """The same number of the least transactions."""
    dice = random.Random(seed)
    for _ in range(EACH):
        pk = dice.choice(tickets)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE bare_ticket SET state = 'working', version = version + 1, at = now() WHERE id = %s", [pk])
            cursor.execute(
                "INSERT INTO bare_event (ticket_id, at, step, to_state, change) VALUES (%s, now(), 'start', 'working', %s)",
                [pk, '{"state": "working"}'],
            )
    return Counter(bare=EACH)


def deadlocks():
    """How often the server has had to end a transaction because two waited for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def sound(told, before):
    """Whether the storm has left everything as it must be, and every step that was taken. before: deadlocks, events told."""
    taken = steps_among(sum(told, Counter()))
    events = {ticket: told_by_events(ticket) for ticket in Ticket.objects.values_list("pk", flat=True)}
    rows = all(in_the_row(ticket, names) == names for ticket, names in events.items())
    whole = taken.total() == EACH * PROCESSES * THREADS * (TURNS + 1) and all_told(taken, before[1])
    try:
        call_command("verify_audit", verbosity=0)
    except CommandError:
        return False
    every = all(taken[step] for step in workflow.STEPS.keys() - NEVER)
    return rows and whole and every and counted() == recounted() and deadlocks() == before[0]
