"""A county after many years: a million tickets, made by the database from a few hundred that came in through the doors."""

import sys
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from gis_app.intake import bulk, hotline_file
from gis_app.loading import accounts
from gis_app.models import Stamp, Ticket
from tests.hotline_files import Hotline

TICKETS, FEW = 1_000_000, 400


@contextmanager
def own_database(name):
    """A database beside the one in use, with the county's folder and its people, for as long as a bench takes."""
    kept, connection.settings_dict["TEST"]["NAME"] = connection.settings_dict["NAME"], name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    Stamp.forget()
    try:
        call_command("load_fixtures", stdout=sys.stderr)
        accounts.make_demo_accounts("a-bench-has-no-door")
        yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def fill(tickets=TICKETS, days=1000, of=100):
    """So many tickets of the last days; of each hundred one is in each open state, five are rejected, the others closed.

    of: 4 makes a quarter new, accepted, dispatched and at work each, and none is over.
    """
    rows = [hotline_file.heard(row.cells) for row in Hotline(2).rows(FEW)]
    bulk.take_in(list(enumerate(rows)), set())
    with connection.cursor() as cursor:
        cursor.execute(COPIES, {"tickets": tickets - Ticket.objects.count(), "days": days, "of": of})
        cursor.execute("ANALYZE")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM gis_app_ticket")


# Measured: a million in 60 to 90 s; 25 minutes through bulk_create.
COPIES = """
WITH few AS (
    SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many FROM gis_app_ticket
), drawn AS (
    SELECT few.*, i, now() - (%(tickets)s - i) * %(days)s * interval '1 day' / %(tickets)s AS at,
        CASE i %% %(of)s WHEN 0 THEN 'new' WHEN 1 THEN 'accepted' WHEN 2 THEN 'dispatched' WHEN 3 THEN 'working'
            WHEN 4 THEN 'done' ELSE CASE WHEN i %% 100 < 10 THEN 'rejected' ELSE 'closed' END END AS now_in
    FROM generate_series(1, %(tickets)s) AS i JOIN few ON few.place = (i * 7919::bigint) %% few.many
), told AS (
    SELECT *, now_in NOT IN ('new', 'rejected') AS taken, now_in IN ('dispatched', 'working', 'done', 'closed') AS sent,
        now_in IN ('done', 'closed') AS mended, now_in IN ('rejected', 'closed') AS over
    FROM drawn
)
INSERT INTO gis_app_ticket (state, version, category_id, town_id, village_id, grid_id, edition_id, point, precision, place_name,
    cell, proposed_id, receipt, danger, opened_at, triage_due_at, accepted_at, due_at, unit_id, dispatched_at, unit_due_at,
    finished_at, finished_by_id, ended_at, resume_to, released)
SELECT now_in, 3, coalesce(category_id, (SELECT min(id) FROM gis_app_category)), town_id, village_id, grid_id, edition_id, point,
    precision, place_name, cell, proposed_id, '{}', danger, at, at + interval '2 hours',
    CASE WHEN taken THEN at + interval '1 hour' END, CASE WHEN taken THEN at + interval '3 days' END,
    CASE WHEN sent THEN proposed_id END, CASE WHEN sent THEN at + interval '2 hours' END,
    CASE WHEN sent THEN at + interval '3 days' END, CASE WHEN mended THEN at + (3 + i %% 90) * interval '1 hour' END,
    CASE WHEN mended THEN (SELECT min(id) FROM auth_user) END, CASE WHEN over THEN at + interval '4 days' END, '', false
FROM told ORDER BY i
"""
