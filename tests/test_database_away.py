"""The database goes away in the middle of a request: 503 and when to try again, nothing half written, and then on as before.

Asked over one line that stays open, so that one thread of the server, and its connection, live through it.
"""

import http.client
import json
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

import psycopg2
import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from gis_app import audit
from gis_app.models import CellCount, Event, Notice, Report, Submission, Ticket, Token, Words
from tests.conftest import TEA_TOWN, Cast

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = (Submission, Ticket, Event, Notice, CellCount, Words, Report)
SAID = {"text": "路灯不亮", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1], "category": "0401"}


class Line:
    """A browser's open line to the service, with a person's session."""

    def __init__(self, live_server, person=None):
        self.line = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
        self.cookies = {"csrftoken": "t" * 32}
        if person:
            self.cookies["sessionid"] = person.client.cookies["sessionid"].value

    def ask(self, method, path, body=None, **headers):
        """(status, headers, text)."""
        headers |= {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers["X-CSRFToken"] = self.cookies["csrftoken"]
        if isinstance(body, dict):
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(body | {"csrfmiddlewaretoken": self.cookies["csrftoken"]})
        self.line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.line.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def close(self):
        self.line.close()


@pytest.fixture
def cast(county):
    return Cast()


@pytest.fixture
def line(live_server):
    """A function that opens a line for a person."""
    opened = []

    def open_for(person=None):
        opened.append(Line(live_server, person))
        return opened[-1]

    yield open_for
    for each in opened:
        each.close()


def told(sql, *values):
    """Ask the server by a connection that nobody else has. Returns the first row."""
    its = connection.get_connection_params()
    with closing(psycopg2.connect(**{name: its[name] for name in ("dbname", "user", "host", "port") if name in its})) as own:
        own.autocommit = True
        cursor = own.cursor()
        cursor.execute(sql, values)
        return cursor.fetchone()


def cut(backend):
    """End a connection at the server's side, and wait until it has ended."""
    told("SELECT pg_terminate_backend(%s, 5000)", backend)


@contextmanager
def cut_once(monkeypatch, owner, name):
    """The next call of a function finds its own connection cut."""
    real, left = getattr(owner, name), [1]

    def cutting(*args, **more):
        if left:
            left.pop()
            cut(connection.connection.info.backend_pid)
        return real(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, cutting)
        yield
        assert not left, "it never came there"


def count():
    """{table: rows}."""
    return {model.__name__: model.objects.count() for model in WRITTEN}


# ---- in the middle of a transaction


def api_report(line, _cast):
    yield lambda: line.ask("POST", "/api/v1/reports", json.dumps(SAID), Content_Type="application/json", Idempotency_Key="k-1")
    yield {"Ticket": 1, "Report": 1, "Event": 1, "Submission": 1, "Notice": 1, "CellCount": 1, "Words": 1}


def page_report(line, _cast):
    yield lambda: line.ask("POST", "/", SAID | {"key": "k-1"})
    yield {"Ticket": 1, "Report": 1, "Event": 1, "Submission": 1, "Notice": 1, "CellCount": 1, "Words": 1}


def api_step(line, cast):
    pk, secret = cast.dispatched()["id"], Token.issue(cast.officer.user)
    asked = {"step": "return", "seen": 3, "reason": "不是我们的"}
    more = {"Content_Type": "application/json", "Idempotency_Key": "k-1", "Authorization": f"Bearer {secret}"}
    yield lambda: line.ask("POST", f"/api/v1/tickets/{pk}/steps", json.dumps(asked), **more)
    yield {"Event": 1, "Submission": 1, "Notice": 1, "CellCount": 2, "Words": 1}  # the unit has one less, nobody one more


def page_step(line, cast):
    pk = cast.dispatched()["id"]
    asked = {"step": "return", "seen": 3, "reason": "不是我们的", "key": "k-1"}
    yield lambda: line.ask("POST", f"/tickets/{pk}/steps", asked)
    yield {"Event": 1, "Submission": 1, "Notice": 1, "CellCount": 2, "Words": 1}  # the unit has one less, nobody one more


@pytest.mark.parametrize("where", [(audit, "seal"), (DatabaseWrapper, "_commit")], ids=["in the middle", "at its end"])
@pytest.mark.parametrize("door", [api_report, page_report, api_step, page_step])
def test_what_is_cut_is_503_leaves_nothing_and_goes_well_the_next_time(cast, line, monkeypatch, door, where):
    send, left = door(line(cast.officer), cast)  # a stranger's post is counted first, in a transaction of its own
    before = count()
    with cut_once(monkeypatch, *where):
        status, headers, text = send()
    assert (status, headers["Retry-After"]) == (503, "5"), text[:500]
    if "json" in headers["Content-Type"]:
        assert json.loads(text)["type"] == "unavailable"
    else:
        assert "过 5 秒再发" in text and "<h1>" in text
    assert count() == before
    assert send()[0] in (200, 201, 302), "the same thread is back at work"
    assert send()[0] in (200, 302), "and a repeat is a repeat"
    assert {name: now - before[name] for name, now in count().items() if now != before[name]} == left


# ---- between requests, and for a while


def test_a_connection_that_was_cut_while_nobody_asked_is_not_noticed(cast, line):
    mine = line(cast.dispatcher)
    assert mine.ask("GET", "/desk/")[0] == 200
    backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)"
    while row := told(backends, connection.connection.info.backend_pid):
        cut(row[0])
    assert mine.ask("GET", "/desk/")[0] == 200


PAGES = ("/", "/r/AAAA", "/known", "/desk/", "/desk/1", "/work/", "/accounts/login/", "/admin/", "/api/v1/tickets", "/nowhere")


def test_while_nobody_can_connect_no_page_breaks_and_afterwards_all_is_as_before(cast, line, tmp_path):
    pk = cast.dispatched()["id"]
    mine, fresh = line(cast.dispatcher), line(cast.dispatcher)
    pages = [page.replace("/1", f"/{pk}") for page in PAGES]
    good = {page: mine.ask("GET", page)[0] for page in pages}
    with nobody_connects(tmp_path):
        for each in (mine, fresh):
            for page in pages:
                status, headers, text = each.ask("GET", page)
                assert status == 503 and headers["Retry-After"] == "5" or status == good[page], (page, status, text[:300])
            assert each.ask("GET", "/desk/")[0] == each.ask("GET", "/api/v1/tickets")[0] == 503
            assert each.ask("POST", f"/tickets/{pk}/steps", {"step": "comment", "note": "看过"})[0] == 503
            assert each.ask("POST", "/accounts/login/", {"username": "dispatcher", "password": "x"})[0] == 503
            assert (each.ask("GET", "/healthz")[0], each.ask("GET", "/readyz")[0]) == (200, 503)
    for each in (mine, fresh):
        assert {page: each.ask("GET", page)[0] for page in pages} == good
    assert mine.ask("GET", "/readyz")[0] == 200


@contextmanager
def nobody_connects(folder):
    """As when the server is being started anew: connections are cut, new ones refused."""
    its, mine = connections.databases["default"], connection.connection.info.backend_pid
    backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)"
    while row := told(backends, mine):
        cut(row[0])
    host, its["HOST"] = its["HOST"], str(folder)  # a folder without a socket
    try:
        yield
    finally:
        its["HOST"] = host
