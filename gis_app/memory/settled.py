"""Up to which number rows are all there: whoever was writing lower ones has finished."""

import time

from django.db import connection
from django.db.models import Max

from gis_app.errors import StillWriting

LOOK_AGAIN = 0.05  # seconds


def settled(models, patience):
    """{model: id} up to which its rows are final: none with a lower id, or this one, will be committed after this returns.

    Ids are given out before they are committed, so the highest one says nothing by itself. But whoever has one holds the lock
    that every INSERT takes first, to the end of the transaction: it is enough to wait for those who hold it now, and nobody is
    kept from writing meanwhile. patience: seconds. Raises StillWriting.
    """
    upto = {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in models}
    until, tables = time.monotonic() + patience, [model._meta.db_table for model in models]
    writing = _writers(tables)
    while writing:
        if time.monotonic() > until:
            raise StillWriting(seconds=patience)
        time.sleep(LOOK_AGAIN)
        writing &= _writers(tables)
    return upto


def _writers(tables):
    """The transactions of others that may have written into these tables."""
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, [tables])
        return {transaction for (transaction,) in cursor.fetchall()}


# Measured: behind one transaction of 2 s others went on writing, 10 ms each at most; LOCK TABLE held them up for 1,860 ms.
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = ANY (%s::regclass[]) AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
