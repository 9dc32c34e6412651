"""Dying at a marked place: a child process does something through the real code and is killed there, without a clean-up."""

import os
import signal
import time
from contextlib import contextmanager
from typing import NamedTuple
from unittest.mock import patch

from django.db import connection, connections


class Point(NamedTuple):
    """Where a process dies: at a statement, before or after it; or, without one, at the commit."""

    statement: str = ""
    after: bool = True


def inserted(table):
    """After a row of a table."""
    return Point(f'INSERT INTO "gis_app_{table}"')


def die():
    """As the kernel does it when memory runs out: no handler, no clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def dying(point):
    """Die at a point. A commit counts once there is an event to commit: a visit has been committed before."""
    seen = []

    def watch(execute, sql, params, many, context):
        if point.statement and point.statement in sql and not point.after:
            die()
        answer = execute(sql, params, many, context)
        seen.append(sql)
        if point.statement and point.statement in sql:
            die()
        return answer

    def commit(real=connection._commit):
        last = not point.statement and any('INSERT INTO "gis_app_event"' in sql for sql in seen)
        if last and not point.after:
            die()
        real()
        if last:
            die()

    with connection.execute_wrapper(watch), patch.object(connection, "_commit", commit):
        yield


def killed_at(point, send):
    """Send in a child process that dies at a point, and wait until the database has noticed."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            with dying(point or Point("nowhere")):
                send()
            die()
        finally:
            os._exit(3)
    _child, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"it never came there: {status}"
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("the killed one's connection is still there")
