"""Counting while many write: sixteen at once on one cell against sixteen on different ones, and how fast a job folds.

Writers do nothing but count, each time in a transaction of its own, which hides least who waits for whom; then whole reports.
"""

from itertools import repeat
from multiprocessing import get_context
from types import SimpleNamespace

from django.db import connection, connections, transaction
from django.utils import timezone

from gis_app import stats, tally
from gis_app.intake import Said, receive
from gis_app.models import Category, CellCount, Ticket, Town, Unit
from layers.cells import cell_of
from tests.bench.million import own_database
from tests.bench.turns import compare, seconds
from tests.conftest import TEA_TOWN

WRITERS, EACH, REPORTS = 16, 400, 15  # transactions of a writer in a turn
WAITING, CELLS = 200_000, 30_000  # deltas to be folded, of so many cells of resolution 9
MOST_LOST = 0.20
MOST_SECONDS = 120  # of a turn; a writer that dies would keep the others waiting for ever


def run():
    """Lines of the bench `rollup`."""
    with own_database("bench_rollup"):
        say(0)  # so that the writers inherit reference data that has been read, as a server's have it
        for name, work, each, sound in (("counts", count, EACH, lambda: True), ("whole reports", say, REPORTS, agreed)):
            one, apart = (lambda w=work, n=each: storm(w, n, [0] * WRITERS)), (lambda w=work, n=each: storm(w, n, range(WRITERS)))
            what, peer = f"{WRITERS} writers of {name} on one cell", f"{WRITERS} writers on {WRITERS} cells"
            told = compare(what, peer, one, apart, WRITERS * each, f"{name}/s", sound)
            yield told | {"agree": told["agree"] and told["ratio"] >= 1 - MOST_LOST}
            tally.rebuild()  # what was counted by itself has no tickets
        yield folding()


def storm(work, each, cells):
    """Seconds in which every writer, a process with a connection of its own, has written so often; all begin together."""
    connections.close_all()
    with get_context("fork").Pool(WRITERS, ready, [get_context("fork").Barrier(WRITERS)]) as pool:
        return max(pool.starmap_async(write, zip(repeat(work), repeat(each), cells, strict=False), 1).get(MOST_SECONDS))


def ready(gate):
    """A writer that has begun and is connected."""
    global GATE
    GATE = gate
    connection.ensure_connection()


def write(work, each, number):
    """One writer's seconds."""
    GATE.wait()
    return seconds(lambda: [work(number) for _ in range(each)])


def count(number):
    """A transaction that does nothing but count a ticket in one of the cells."""
    where = {"cell": cell_of(*place(number)), "town_id": 1, "category_id": 1, "unit_id": None}
    with transaction.atomic():
        tally.append(tally.moved(None, SimpleNamespace(state="new", opened_at=timezone.now(), **where)))


def say(number):
    """A whole report at one of the places."""
    lon, lat = place(number)
    receive(Said(text="路灯不亮", lon=lon, lat=lat, category="0401"))


def place(number):
    """Places in as many cells."""
    return TEA_TOWN[0] - number * 0.006, TEA_TOWN[1]


def agreed():
    """Whether what was counted is what was reported, before it is folded and after."""
    today, told = timezone.localdate(), Ticket.objects.count()
    before = sum(row.count for row in stats.counts(today, today, res=8))
    tally.fold()
    return told == before == sum(row.count for row in stats.counts(today, today, res=8)) and not stats.check(5)


def folding():
    """How many deltas are folded in a second; theirs: written into the same tables, one row each, and not added up."""
    filled = lambda: fill() or seconds(tally.fold)  # noqa: E731
    appended = lambda: seconds(fill)  # noqa: E731
    what = f"fold {WAITING:,} deltas of {CELLS:,} cells into four grains"
    told = compare(what, "INSERT of the deltas", filled, appended, WAITING, "deltas/s", lambda: tally.fold() or True)
    return told | {"agree": told["agree"] and not CellCount.objects.exists()}


def fill():
    """Deltas of 90 days, every category and unit, some opened and some closed."""
    among = [list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in (Category, Town, Unit)]
    with connection.cursor() as cursor:
        cursor.execute(DELTAS, [CELLS, WAITING, cell_of(*TEA_TOWN), *among])


DELTAS = """
INSERT INTO gis_app_cellcount (day, cell, town_id, category_id, unit_id, opened, closed, late, voices)
SELECT current_date - floor(90 * random())::integer, told.base + floor(told.cells * power(random(), 3))::integer * 7,
    towns[1 + i %% cardinality(towns)], kinds[1 + i %% cardinality(kinds)], units[1 + i %% cardinality(units)],
    i %% 2, 1 - i %% 2, 0, i %% 2
FROM (SELECT %s AS cells, %s AS waiting, %s::bigint AS base, %s::bigint[] AS kinds, %s::bigint[] AS towns, %s::bigint[] AS units)
    AS told, generate_series(1, told.waiting) AS i
"""
