"""The database as it was before a test in which things really committed: only what the test wrote is put back.

Django empties every table after such a test, and the county would have to be loaded again each time, a second and a half of it.
"""

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

COPIES = "pristine"  # the schema that keeps what each filled table held
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
APART = {"spatial_ref_sys", "django_migrations"}
ATTEMPTS = 3  # a late request of a browser may stand in the way once
_empty_all = TransactionTestCase._fixture_teardown
_kept = {}  # {table: mark} of the database as it was kept; empty when there is no such database


def keep():
    """Remember what the database holds now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {COPIES} CASCADE")
        cursor.execute(f"CREATE SCHEMA {COPIES}")
        marks = _marks(cursor)
        for table, (rows, _newest) in marks.items():
            if rows:
                cursor.execute(f'CREATE TABLE {COPIES}."{table}" AS TABLE public."{table}"')
    _kept.update(marks)


def put_back(test_case):
    """Stands in for Django's own emptying after a test."""
    if not _kept:
        return _empty_all(test_case)
    for attempt in range(ATTEMPTS):
        try:
            return _put_back()
        except OperationalError:
            if attempt == ATTEMPTS - 1:
                raise


def _put_back():
    with transaction.atomic(), connection.cursor() as cursor:
        changed = [table for table, mark in _marks(cursor).items() if mark != _kept.get(table)]
        cursor.execute("SET LOCAL session_replication_role = replica")  # no order among tables, and events may go
        for table in changed:
            cursor.execute(f'DELETE FROM public."{table}"')
            if _kept[table][0]:
                cursor.execute(f'INSERT INTO public."{table}" TABLE {COPIES}."{table}"')
        marks = _marks(cursor)
        if late := [table for table, (rows, _newest) in _kept.items() if marks[table][0] != rows]:
            raise OperationalError(f"a late request wrote into {late}")
    _kept.update(marks)


def _marks(cursor):
    """{table: (rows, newest transaction that wrote one)}: any insert, update or delete changes the pair."""
    cursor.execute(TABLES)
    tables = [name for (name,) in cursor.fetchall() if name not in APART]
    cursor.execute(
        " UNION ALL ".join(f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM public.\"{name}\"" for name in tables)
    )
    return {name: (rows, newest) for name, rows, newest in cursor.fetchall()}
