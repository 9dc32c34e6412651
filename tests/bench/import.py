"""A whole export of the hotline against Django's own ways, in a database of its own: one report at a time, and bulk_create.

Both sides read, place, classify and route by the same rules; the peer stores what comes of it as Django does.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from gis_app import sheets
from gis_app.errors import Problem
from gis_app.intake import bulk, hotline, hotline_file, receive
from gis_app.models import Contact, Report, Stamp
from gis_app.words import Source
from tests.bench.turns import compare, seconds
from tests.hotline_files import Hotline, write

ROWS, FEW = 8_000, 200  # of the file; of those that the peer takes in, one by one
TOGETHER = 1000  # stored at once
SAME = (  # what must be the same whoever stored it
    *("said__text", "public_text", "town__code", "village__code", "category__code", "guessed", "reading", "due_at", "said_at"),
    *("ticket__state", "ticket__proposed__code", "ticket__receipt", "ticket__cell", "ticket__triage_due_at", "ticket__danger"),
)


def run():
    """Lines of the bench `import`."""
    with own_database(), tempfile.TemporaryDirectory() as folder:
        call_command("load_fixtures", stdout=sys.stderr)
        call_command("train", stdout=sys.stderr)
        path = write(Path(folder) / "export.csv", Hotline(1).rows(ROWS))
        yield whole(path)
        yield storing(path)


@contextlib.contextmanager
def own_database():
    """A database beside the one in use, for as long as the bench takes."""
    kept, connection.settings_dict["TEST"]["NAME"] = connection.settings_dict["NAME"], "test_bench_import"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    Stamp.forget()
    try:
        yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def emptied():
    """No report is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in bulk.TABLES)} CASCADE")


def kept():
    """{number: what was stored under it}."""
    rows = Report.objects.filter(source=Source.HOTLINE).order_by("source_ref").values_list("source_ref", *SAME)
    contacts = {each.report.source_ref: each.read() for each in Contact.objects.select_related("report")}
    return {number: [*row, contacts.get(number)] for number, *row in rows}


def whole(path):
    """From the file to the tables, by as many processes as there are processors; the peer takes in the first rows."""
    answer = {}

    def mine():
        emptied()
        done = hotline_file.import_file(path, Path(path).with_name("refused.csv"))
        answer["ours"] = kept()
        return done.seconds

    def other():
        emptied()
        took = seconds(lambda: one_by_one(path))
        answer["theirs"] = kept()
        return took * ROWS / FEW

    def agree():
        return answer["theirs"] and all(answer["ours"][number] == row for number, row in answer["theirs"].items())

    what = f"{ROWS:,} dirty rows from a CSV to tickets; the peer {FEW} of them, each by itself"
    return compare(what, "django", mine, other, ROWS, "rows/s", agree)


def one_by_one(path):
    """The first rows, each in a transaction of its own through the ORM."""
    for count, (_number, row) in enumerate(sheets.read(path, hotline.COLUMNS, hotline.NEEDED)):
        if count == FEW:
            return
        with contextlib.suppress(Problem):
            receive(hotline.said_of(row))


def storing(path):
    """Only the last part: rows that are ready into seven tables; the peer is bulk_create."""
    heard = ready(path)
    answer = {}

    def stored(name, store):
        emptied()
        with transaction.atomic():
            rows = bulk.built(heard)  # it takes keys, under a lock
            took = seconds(lambda: store(rows))
        answer[name] = kept()
        return took

    def created(rows):
        for model in bulk.TABLES:
            columns = {each.attname for each in model._meta.concrete_fields}
            model.objects.bulk_create([model(**{name: row[name] for name in row.keys() & columns}) for row in rows[model]])

    turns = (lambda: stored("ours", bulk.copy_all)), (lambda: stored("theirs", created))
    what = f"{len(heard):,} reports that are ready into {len(bulk.TABLES)} tables"
    return compare(what, "django", *turns, len(heard), "rows/s", lambda: answer["ours"] == answer["theirs"])


def ready(path):
    """Reports that were understood, with what they are about."""
    heard = {}
    for _number, row in sheets.read(path, hotline.COLUMNS, hotline.NEEDED):
        with contextlib.suppress(Problem):
            said = hotline.said_of(row)
            heard.setdefault(said.ref, bulk.understood(said))
        if len(heard) == TOGETHER:
            break
    return bulk.judged(list(heard.values()))
