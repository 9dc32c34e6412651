"""Lists of tickets in a county that has a million: at the database, against the same lists by count(*) and OFFSET.

Both sides' statements are what Django makes of them; they are asked over one connection, without Django in between.
"""

import sys
from typing import NamedTuple

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_app import access
from gis_app.api.staff import COUNTED, LOADED, TicketsQuery, chosen
from gis_app.api.staff import PAGE as API_PAGE
from gis_app.models import Ticket
from gis_app.views.staff import lists
from tests.bench.million import fill, own_database
from tests.bench.turns import compare, seconds

LOOKS = 3  # at one list in a turn
MOST_MS = 50


class List(NamedTuple):
    """A list that somebody looks at. rows: all of it, in its order; tabs: what is counted beside it."""

    name: str
    who: str
    rows: QuerySet
    among: QuerySet
    tabs: dict
    page: int = 1


def run():
    """Lines of the bench `desk`."""
    with own_database("bench_desk"):
        fill()
        for each in every_list():
            yield line(each)


def every_list():
    """The desk's, an officer's, and the API's lists."""
    desk, tabs = access.tickets_for(User.objects.get(username="dispatcher")), lists.DESK_TABS
    counted = {name: which for name, (_label, which, _order) in tabs.items() if name != "ended"}
    for name, (_label, which, order) in tabs.items():
        yield List(f"desk, tab {name}", "dispatcher", desk.filter(which).order_by(order, "pk"), desk, counted)
    _label, which, order = tabs["ended"]
    ended = desk.filter(which).order_by(order, "pk")
    yield List("desk, tab ended, the last page", "dispatcher", ended, desk, counted, lists.DEEPEST)
    for name in ("unit-chazhen", "unit-chengguan"):
        user = User.objects.get(username=name)
        mine, units = access.tickets_for(user), [post.unit_id for post in access.members_of(user)]
        for tab, (_label, which, order) in lists.WORK_TABS.items():
            counted = {name: which(units, user) for name, (_label, which, _order) in lists.WORK_TABS.items() if name != "all"}
            yield List(f"work, tab {tab}", name, mine.filter(which(units, user)).order_by(order, "pk"), mine, counted)
    for name in ("dispatcher", "unit-chazhen"):
        mine = access.tickets_for(User.objects.get(username=name))
        for asked in ({}, {"late": True}, {"late": True, "state": "working"}, {"unit": "chengguan"}, {"town": "610724110"}):
            wanted = mine.filter(chosen(TicketsQuery(**asked), timezone.now(), name == "dispatcher"))
            told = " and ".join(f"{key}={value}" for key, value in asked.items()) or "all"
            yield List(f"/api/v1/tickets, {told}", name, wanted.order_by("-pk"), wanted, {})


def line(each):
    """One line: a look at one list."""
    answers = {}

    def look(name, side):
        with CaptureQueriesContext(connection) as asked:
            answers[name] = side(each)
        return [statement["sql"] for statement in asked]

    mine, other = look("ours", ours if each.tabs else ours_by_api), look("theirs", plain)
    turns = (lambda: seconds(lambda: ask(mine)), lambda: seconds(lambda: ask(other)))
    what = f"{each.name}, {each.who}: page {each.page} of {Ticket.objects.count():,} tickets"
    told = compare(what, "count(*) and OFFSET", *turns, LOOKS, "lists/s", lambda: alike(answers["ours"], answers["theirs"]))
    told["ms"] = round(1000 / told["ours"], 2)
    told["plan"] = [plan(sql, each.name) for sql in mine]
    return told | {"agree": told["agree"] and told["ms"] <= MOST_MS}


def ours(each):
    """(keys of the rows, counts) as the pages get them."""
    request = RequestFactory().get("/", {"page": each.page})
    rows, _number, _more, counts = lists.page_of(request, each.rows, each.among, each.tabs)
    return [row.pk for row in rows], counts


def ours_by_api(each):
    """The same as the API gets them."""
    count = each.among.order_by()[: COUNTED + 1].count()
    rows = each.rows.select_related(*LOADED)[: API_PAGE + 1]
    return [row.pk for row in rows][: API_PAGE], {"all": count}


def plain(each):
    """(keys of the rows, counts) as a list view of Django gets them."""
    counts = {tab: each.among.filter(which).count() for tab, which in each.tabs.items()}
    shown = Paginator(each.rows.select_related(*lists.ROWS), lists.PAGE).page(each.page)
    rows = [row.pk for row in shown]
    return rows, counts or {"all": shown.paginator.count}


def alike(mine, other):
    """The same rows, and the same counts as far as ours go."""
    (rows, counts), (their_rows, their_counts) = mine, other
    exact = [tab for tab, count in counts.items() if isinstance(count, int) and count <= COUNTED]
    return rows == their_rows and all(counts[tab] == their_counts[tab] for tab in exact)


def ask(statements):
    """Ask them all, LOOKS times."""
    with connection.cursor() as cursor:
        for _ in range(LOOKS):
            for sql in statements:
                cursor.execute(sql)
                cursor.fetchall()


def plan(sql, name):
    """How the database went about it, in short: the indexes it used, blocks, milliseconds; the whole goes to stderr."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql)
        rows = [row for (row,) in cursor.fetchall()]
    print(f"\n{name}\n" + "\n".join(rows), file=sys.stderr)
    used = [row.split(" using ")[1].split(" ")[0] for row in rows if " using " in row and " on gis_app_ticket" in row]
    bitmaps = [row.split("Bitmap Index Scan on ")[1].split(" ")[0] for row in rows if "Bitmap Index Scan on " in row]
    whole = ["the whole table"] if any("Seq Scan on gis_app_ticket" in row for row in rows) else []
    return {"indexes": sorted({*used, *bitmaps, *whole}), "execution_ms": float(rows[-1].split()[2])}
