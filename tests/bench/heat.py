"""A leader's map of a year over five million reports, against GROUP BY over the tickets, and against itself at a tenth of them.

The peer asks the table of tickets for the same cells and towns by its own indexes, and does not ask for voices, which ours tells.
"""

import datetime as dt
import sys
import time

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from gis_app import frames, stats, tally
from gis_app.clock import SHANGHAI
from gis_app.models import Category, Ticket, Town, Words
from layers.cells import county_cells
from tests.bench.million import own_database
from tests.bench.turns import compare, seconds

FEW, MANY = 500_000, 5_000_000
TASK, VIEW = "六", (107.74, 32.97, 107.79, 33.00)  # the view: the county's seat, as a screen shows it close
QUICK = "a year of a task"  # what must be:
LEAST, MOST = 20, 2  # times as fast as the peer; times its own time at a tenth
USED = ("tickets_by_day", "tickets_by_category_and_day", "merged_tickets", "desk_ended")


def run():
    """Lines of the bench `heat`."""
    with own_database("bench_heat"):
        spots()
        fill(FEW)
        before = {name: min(seconds(ours) for _ in range(5)) for name, ours, _theirs in questions()}
        yield from lines(FEW)
        fill(MANY)
        after = {name: min(seconds(ours) for _ in range(5)) for name, ours, _theirs in questions()}
        yield from lines(MANY)
        for name in before:
            yield growth(name, before[name], after[name])


def questions():
    """[(what, ours, the peer's)], each side a call that answers."""
    end = timezone.localdate()
    year, month = (end - dt.timedelta(days=364), end), (end - dt.timedelta(days=29), end)
    kind = Category.objects.get(code="0401")
    return [
        (QUICK, lambda: stats.counts(*year, TASK, res=8), lambda: grouped(*year, f"task = '{TASK}'")),
        ("a year of all tasks", lambda: stats.counts(*year, res=8), lambda: grouped(*year, "true")),
        ("30 days of a task", lambda: stats.counts(*month, TASK, res=8), lambda: grouped(*month, f"task = '{TASK}'")),
        ("a year of a category", lambda: stats.counts(*year, None, kind.code, 8), lambda: grouped(*year, f"kind.id = {kind.pk}")),
    ]


def lines(tickets):
    """One line a question, and one for each whole map with its hexagons."""
    for name, ours, theirs in questions():
        what = f"{name} over {tickets:,} tickets: counts by cell and town"
        agree = lambda ours=ours, theirs=theirs: sorted(row[:3] for row in ours() if row.cell) == sorted(theirs())  # noqa: E731
        turns = (lambda side=side: seconds(side) for side in (ours, theirs))
        told = compare(what, "GROUP BY", *turns, 1, "maps/s", agree)
        quick = tickets < MANY or name != QUICK or told["ratio"] >= LEAST
        yield told | {"ms": round(1000 / told["ours"], 1), "agree": told["agree"] and quick}
    end = timezone.localdate()
    for name, view in (("the whole county in cells of 8", {}), ("a view in cells of 9", {"bbox": VIEW, "res": 9})):
        draw = lambda view=view: seconds(lambda: frames.heat(TASK, end - dt.timedelta(days=364), end, **view))  # noqa: E731
        took = min(draw() for _ in range(3))
        told = {"what": f"{name} with shapes, over {tickets:,} tickets", "ours": round(1 / took, 2), "unit": "maps/s"}
        yield told | {"theirs": None, "peer": None, "ratio": None, "agree": True, "ms": round(1000 * took, 1)}


def growth(name, before, after):
    """How its own time grows with ten times the tickets."""
    told = {"what": f"{name}: ten times the tickets", "ours": round(1 / after, 1), "theirs": round(1 / before, 1)}
    told |= {"unit": "maps/s", "peer": f"itself at {FEW:,}", "ratio": round(before / after, 2)}
    return told | {"agree": name != QUICK or before / after >= 1 / MOST}


def grouped(start, end, which):
    """[(cell, town, tickets)] by GROUP BY over the tickets."""
    days = [dt.datetime.combine(day, dt.time(), SHANGHAI) for day in (start, end + dt.timedelta(days=1))]
    with connection.cursor() as cursor:
        cursor.execute(GROUPED.format(cell=tally.parent("cell", 8), which=which), days)
        return cursor.fetchall()


GROUPED = """
SELECT told.cell, town.code, tickets FROM (
    SELECT {cell} AS cell, town_id, count(*) AS tickets FROM gis_app_ticket
    LEFT JOIN gis_app_category AS kind ON kind.id = category_id
    WHERE opened_at >= %s AND opened_at < %s AND state NOT IN ('rejected', 'merged') AND cell IS NOT NULL AND {which}
    GROUP BY 1, 2
) AS told JOIN gis_app_town AS town ON town.id = town_id
"""


# ---- filling


def spots():
    """A table of the county's cells of resolution 9, in an order in which the first are the busiest; each in one town."""
    towns = list(Town.objects.values_list("pk", flat=True))
    outline = frames.shapely.union_all([place.outline for place in frames._places()[0]])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE spot (place serial PRIMARY KEY, cell bigint, town_id bigint)")
        town = f"(%s::bigint[])[1 + mod({tally.parent('cell', 8)}, {len(towns)})]"
        rows = f"SELECT cell, {town} FROM unnest(%s::bigint[]) AS cell ORDER BY md5(cell::text)"
        cursor.execute(f"INSERT INTO spot (cell, town_id) {rows}", [towns, county_cells(outline, 9).tolist()])
        for table in ("gis_app_ticket", "gis_app_report"):
            cursor.execute(UNNEEDED, [table, list(USED)])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')


UNNEEDED = """
SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexname <> ALL (%s) AND indexdef NOT LIKE '%%(ticket_id)%%'
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""  # they would be filled for minutes, and nothing here asks for them


def fill(tickets):
    """So many tickets of the last 365 days in all, a report for each, counted and folded."""
    began, fresh = time.monotonic(), tickets - Ticket.objects.count()
    kinds = list(Category.objects.values_list("pk", flat=True))
    said, person = Words.objects.get_or_create(text="路灯不亮")[0].pk, User.objects.order_by("pk").first().pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(USED)])
        kept = cursor.fetchall()
        for name, _definition in kept:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET session_replication_role = replica")  # what the rows point to is there; not looked up for each
        cursor.execute("SELECT coalesce(max(id), 0) FROM gis_app_ticket")
        last = cursor.fetchone()[0]
        cursor.execute(TICKETS, {"tickets": fresh, "person": person, "kinds": kinds})
        cursor.execute(REPORTS, {"last": last, "said": said})
        cursor.execute("SET session_replication_role = origin")
        for _name, definition in kept:
            cursor.execute(definition)
        cursor.execute("ANALYZE gis_app_ticket, gis_app_report")
    filled = time.monotonic()
    told = tally.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    took = round(filled - began), round(time.monotonic() - filled)
    print(f"{tickets:,} tickets: filled in {took[0]} s, {told:,} counted in {took[1]} s", file=sys.stderr)


TICKETS = """
INSERT INTO gis_app_ticket (state, version, category_id, town_id, edition_id, point, precision, place_name, cell, proposed_id,
    receipt, danger, opened_at, triage_due_at, accepted_at, due_at, unit_id, dispatched_at, unit_due_at, finished_at,
    finished_by_id, ended_at, resume_to, released)
SELECT CASE WHEN rejected THEN 'rejected' ELSE 'closed' END, 3, kind, town_id, (SELECT min(id) FROM gis_app_edition),
    'SRID=4326;POINT(107.76 32.99)', 'point', '', cell, unit, '{}', false, at, at, CASE WHEN NOT rejected THEN at END,
    CASE WHEN NOT rejected THEN at + interval '3 days' END, CASE WHEN NOT rejected THEN unit END,
    CASE WHEN NOT rejected THEN at END, CASE WHEN NOT rejected THEN at + interval '2 days' END,
    CASE WHEN NOT rejected THEN least(now(), at + late * interval '4 days') END, CASE WHEN NOT rejected THEN %(person)s END,
    least(now(), at + late * interval '5 days'), '', false
FROM (
    SELECT (%(kinds)s::bigint[])[1 + floor(cardinality(%(kinds)s::bigint[]) * power(random(), 1.5))] AS kind, random() AS late,
        now() - (%(tickets)s - i) * interval '365 days' / %(tickets)s AS at, random() < 0.05 AS rejected,
        (SELECT min(id) FROM gis_app_unit) AS unit,
        1 + floor((SELECT count(*) FROM spot) * power(random(), 4))::integer AS which
    FROM generate_series(1, %(tickets)s) AS i
) AS drawn JOIN spot ON place = which
"""
REPORTS = """
INSERT INTO gis_app_report (code, source, source_ref, ticket_id, said_id, public_text, place_text, point, precision, town_id,
    edition_id, category_id, guessed, reading, due_at, said_at)
SELECT 'B' || id, 'web', 'bench-' || id, id, %(said)s, '', '', point, precision, town_id, edition_id, category_id, false, '{}',
    opened_at, opened_at
FROM gis_app_ticket WHERE id > %(last)s
"""
