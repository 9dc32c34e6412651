"""The web server of `./run` for one site, and a database for it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
from django.conf import settings
from psycopg2 import sql

from tests.bench.turns import HERE, environment

LIKE_OURS = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--preload", "--no-control-socket")
WAIT = 60  # seconds for a server to begin


@contextmanager
def serve(application, python=sys.executable, folder=HERE.parent.parent, **more):
    """gunicorn as deploy/serve.sh starts it, on a free port; gives the port. more: its environment."""
    with tempfile.TemporaryDirectory() as logs, open(Path(logs) / "web.log", "w+") as said:
        port = free_port()
        command = [python, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--chdir", folder, *LIKE_OURS]
        command += ["--worker-tmp-dir", logs, "--access-logfile", Path(logs) / "access.log"]
        server = subprocess.Popen(command, env=os.environ | more, stdout=said, stderr=said)
        try:
            wait_for(server, port, said)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def free_port():
    """A port that nobody listens on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(server, port, said):
    """Until the server answers, whatever it answers. Raises RuntimeError with its last words."""
    until = time.monotonic() + WAIT
    while server.poll() is None and time.monotonic() < until:
        with closing(HTTPConnection("127.0.0.1", port, timeout=WAIT)) as line, suppress(OSError):
            line.request("GET", "/nothing-here")
            return line.getresponse().status
        time.sleep(0.1)
    said.seek(0)
    raise RuntimeError(f"the server did not begin: {said.read()[-2000:]}")


@contextmanager
def site(name, towns):
    """A peer's site, NAME_site.py with peers_NAME.txt, with the towns loaded in a database of its own; gives the port."""
    python = environment(f"peers_{name}.txt")
    with database(name) as its:
        told = {"database": its, "gdal": str(settings.GDAL_LIBRARY_PATH), "geos": str(settings.GEOS_LIBRARY_PATH)}
        more = {"SITE": json.dumps(told)}
        subprocess.run([python, HERE / f"{name}_site.py", towns], check=True, env=os.environ | more, stdout=subprocess.DEVNULL)
        with serve(f"{name}_site", python, HERE, **more) as port:
            yield port


@contextmanager
def database(name):
    """A database beside ours for the time of the bench; gives Django's settings for it."""
    ours = settings.DATABASES["default"]
    its = {key: ours[key] for key in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "CONN_MAX_AGE")}
    its |= {"NAME": f"{ours['NAME']}_{name}"}
    drop = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
    _tell(ours, drop, its["NAME"])
    _tell(ours, "CREATE DATABASE {}", its["NAME"])
    try:
        _tell(its, "CREATE EXTENSION postgis")
        yield its
    finally:
        _tell(ours, drop, its["NAME"])


def _tell(where, order, *names):
    with closing(psycopg2.connect(**_address(where))) as connection:
        connection.autocommit = True
        connection.cursor().execute(sql.SQL(order).format(*map(sql.Identifier, names)))


def _address(where):
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {ours: where[django] for ours, django in names.items() if where[django]}
