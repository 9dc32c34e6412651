"""Ten thousand steps by sixteen threads on a few hundred tickets, against the least that a step could be: a row and a line.

The peer's transaction is one UPDATE and one INSERT by the same threads over the same kind of connection. Ours checks who may,
holds the row, chains the event, owes notices, keeps the key and moves the counts. Ours alone looks at the ticket before each
try, and tries again where another thread was faster or the kind asks for a photo; the time of both counts against us, and
`tries` says how many there were for each step taken. After the storm the events of each ticket must give its row, the chains
must hold, the counts must agree, and no two transactions may have waited for each other.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import repeat
from multiprocessing import get_context

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from gis_app import access, workflow
from gis_app.errors import Problem
from gis_app.intake import Said, receive
from gis_app.models import Event, Ticket
from tests.bench.million import own_database
from tests.bench.turns import compare, seconds
from tests.conftest import TEA_TOWN
from tests.ledger import counted, in_the_row, recounted, told_by_events
from tests.walks import moves_from

STEPS, PROCESSES, THREADS, TICKETS = 10_000, 2, 8, 300
TURNS = 3
EACH = STEPS // (TURNS + 1) // (PROCESSES * THREADS)  # of a thread in a turn; one more turn warms
LIKE_AN_EVENT = "at timestamptz NOT NULL, step varchar(12) NOT NULL, to_state varchar(10) NOT NULL, change jsonb NOT NULL"
BARE = (  # of the peer: what any ticket system must write
    f"CREATE TABLE bare_ticket (id bigint PRIMARY KEY, state varchar(10) NOT NULL, version integer NOT NULL, {LIKE_AN_EVENT})",
    f"CREATE TABLE bare_event (id bigserial PRIMARY KEY, ticket_id bigint NOT NULL REFERENCES bare_ticket, {LIKE_AN_EVENT})",
    "INSERT INTO bare_ticket SELECT id, state, 1, now(), '', '', '{}' FROM gis_app_ticket",
)


def run():
    """Lines of the bench `storm`."""
    with own_database("bench_storm"):
        warm_up()
        for _ in range(TICKETS):
            receive(Said(text="路灯不亮", lon=TEA_TOWN[0], lat=TEA_TOWN[1], category="0401"))
        with connection.cursor() as cursor:
            for sql in BARE:
                cursor.execute(sql)
        tickets, before, tries = list(Ticket.objects.values_list("pk", flat=True)), (deadlocks(), taken()), []
        what = f"{STEPS:,} random steps on {TICKETS} tickets by {PROCESSES * THREADS} threads of {PROCESSES} processes"
        turns = (lambda: storm(steps, tickets, tries), lambda: storm(bare, tickets, []))
        amount = EACH * PROCESSES * THREADS
        line = compare(what, "UPDATE; INSERT", *turns, amount, "steps/s", lambda: sound(tickets, before), TURNS)
        yield line | {"tries": round(sum(tries) / len(tries) / amount, 3)}


def warm_up():
    """One ticket from end to end, so that the processes inherit reference data that has been read, as a server's have it."""
    report, _fresh = receive(Said(text="路灯不亮", lon=TEA_TOWN[0], lat=TEA_TOWN[1], category="0401"))
    row, unit = report.ticket, report.ticket.proposed
    for step, who, given in (("accept", None, {}), ("dispatch", None, {"unit": unit}), ("start", unit.pk, {})):
        row = workflow.advance(row, step, people()[who], row.version, **given).ticket


def storm(work, tickets, tries):
    """Seconds that all threads of all processes take. work: (tickets, dice) → what one thread does, and how often it tried.

    tries: to which it is added how often all of them tried.
    """
    connections.close_all()
    with get_context("fork").Pool(PROCESSES) as pool:
        pool.map(idle, range(PROCESSES))
        seeds = [random.randrange(2**32) for _ in range(PROCESSES)]
        each = zip(repeat(work), repeat(tickets), seeds, strict=False)
        return seconds(lambda: tries.append(sum(pool.starmap(threads, each, chunksize=1))))


def idle(_number):
    """A process that has begun."""


def threads(work, tickets, seed):
    """One process's threads, each with a connection of its own. Returns how often they tried."""
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(done.result() for done in [pool.submit(alone, work, tickets, seed + number) for number in range(THREADS)])


def alone(work, tickets, seed):
    """One thread's work."""
    try:
        return work(tickets, random.Random(seed))
    finally:
        connections.close_all()


def steps(tickets, dice):
    """Look at a ticket, try something that its state allows, over and over, until EACH steps have been taken."""
    left, tries = EACH, 0
    while left:
        tries += 1
        row = Ticket.objects.get(pk=dice.choice(tickets))
        who, step, given = dice.choice(moves_from(row.state))
        actor = people()[row.unit_id if who == "unit" else None]
        given = workflow.read_given(step, workflow.STEPS[step], given)
        try:
            workflow.advance(row, step, actor, row.version, f"{dice.random()}", "digest", **given)
            left -= 1
        except Problem:
            continue  # another thread was faster, or this kind asks for a photo
    return tries


@cache
def people():
    """{unit's key: its officer as one who acts, None: the dispatcher}."""
    desk = {None: access.actor_of(User.objects.get(username="dispatcher"))}
    return desk | {user.posts.get().unit_id: access.actor_of(user) for user in User.objects.filter(posts__role="unit")}


def bare(tickets, dice):
    """The same number of the least transactions."""
    for _ in range(EACH):
        pk = dice.choice(tickets)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE bare_ticket SET state = 'working', version = version + 1, at = now() WHERE id = %s", [pk])
            cursor.execute(
                "INSERT INTO bare_event (ticket_id, at, step, to_state, change) VALUES (%s, now(), 'start', 'working', %s)",
                [pk, '{"state": "working"}'],
            )
    return EACH


def taken():
    """How many steps are told, openings apart."""
    return Event.objects.exclude(step="open").count()


def deadlocks():
    """How often the server has had to end a transaction because two waited for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def sound(tickets, before):
    """Whether the storm has left everything as it must be, and every step that was taken. before: deadlocks, steps taken."""
    told = {ticket: told_by_events(ticket) for ticket in tickets}
    rows = all(in_the_row(ticket, events) == events for ticket, events in told.items())
    whole = taken() - before[1] == EACH * PROCESSES * THREADS * (TURNS + 1)
    try:
        call_command("verify_audit", verbosity=0)
    except CommandError:
        return False
    return rows and whole and counted() == recounted() and deadlocks() == before[0]
