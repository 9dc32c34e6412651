"""A month's bulletin in a county with years of tickets, against two other ways.

Counts: pandas, which reads every event up to the month's end and folds them ticket by ticket, as anybody would who has no
index for it; both make the county's counts of what was due, ours all other counts of the standard with them. The whole
bulletin: weasyprint alone on the finished page, the floor that nothing which writes this PDF can come under; ours counts,
tests the hotspots, draws the maps and writes HTML, PDF and DOCX.
"""

import datetime as dt
import sys
import warnings

import pandas as pd
from django.core.management import call_command
from django.db import connection
from weasyprint import HTML

from gis_app import audit
from gis_app.assess import bulletins, documents, indicators
from gis_app.assess.figures import figures
from gis_app.assess.lives import moments
from gis_app.models import CellCount, Event, Ticket
from tests.bench.million import own_database
from tests.bench.turns import compare, seconds

REPORTS, COPIES, APART = 2_000, 20, 91  # of the demo; how often it is laid back in time, so many days each
COUNTS = ("due", "to_close", "closed", "closed_in_time")
EVENTS = """
SELECT ticket_id, seq, change->>'state' AS state, change->>'due_at' AS due,
    CASE WHEN change ? 'finished_at' THEN coalesce(change->>'finished_at', '') END AS finished
FROM gis_app_event WHERE at < %(after)s ORDER BY ticket_id, seq
"""


def run():
    """Lines of the bench `bulletin`."""
    with own_database("bench_bulletin"):
        call_command("demo", reports=REPORTS, stdout=sys.stderr, stderr=sys.stderr)
        lay_back()
        month = last_whole_month()
        yield counts_line(month)
        yield whole_line(month)


def last_whole_month():
    """(first day, last day) of the last month that the demo's tickets fill whole."""
    last = Ticket.objects.latest("opened_at").opened_at.date().replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def counts_line(month):
    """The county's counts of a month out of all tickets."""
    told = {}

    def ours():
        told["ours"] = indicators.table(indicators.COUNTY, *month)[0].counts

    def theirs():
        told["theirs"] = folded(month)

    def agree():
        return {name: told["ours"][name] for name in COUNTS} == told["theirs"]

    what = f"counts of a month, {Ticket.objects.count():,} tickets, {Event.objects.count():,} events"
    return compare(what, "pandas", lambda: seconds(ours), lambda: seconds(theirs), 1, "months/s", agree)


def folded(month):
    """The county's counts of what was due in a month, folded from every event before its end."""
    first, after = moments(*month)
    with warnings.catch_warnings(action="ignore"):  # pandas would rather have another driver
        events = pd.read_sql(EVENTS, connection.connection, params={"after": after})
    last = events.groupby("ticket_id")[["state", "due", "finished"]].last()  # of each column the last that is not null
    due, finished = (pd.to_datetime(last[name].replace("", None), utc=True, format="ISO8601") for name in ("due", "finished"))
    held = last[(due >= first) & (due < after) & (last["state"] != "merged")]
    to_close = held[held["state"] != "suspended"]
    closed = to_close[to_close["state"] == "closed"]
    in_time = finished.loc[closed.index] <= due.loc[closed.index]
    return dict(zip(COUNTS, (len(held), len(to_close), len(closed), int(in_time.sum())), strict=True))


def whole_line(month):
    """A bulletin from its tickets to its three files."""
    row, made = bulletins.make("month", *month), {}
    page = documents.web(row)

    def ours():
        made["figures"] = audit.canonical(figures("month", *month))
        made["files"] = [make(row) for make in (documents.web, documents.pdf, documents.word)]

    def theirs():
        made["theirs"] = HTML(string=page.decode()).write_pdf()

    def agree():
        return made["figures"] == row.frozen and made["files"][0] == page and made["theirs"].startswith(b"%PDF")

    what = "a month's bulletin: figures, maps, HTML, PDF and DOCX"
    return compare(what, "weasyprint (PDF alone)", lambda: seconds(ours), lambda: seconds(theirs), 1, "bulletins/s", agree)


def lay_back():
    """The demo's tickets, events and counts again and again, further and further back in time: years of a county."""
    with connection.cursor() as cursor:
        step = (Ticket.objects.latest("pk").pk // 1000 + 1) * 1000
        for number in range(1, COPIES):
            for sql in (copy_of(Ticket, step * number), copy_of(Event, step * number), copy_of(CellCount, None)):
                cursor.execute(sql, {"back": dt.timedelta(days=APART * number), "days": APART * number, "step": step})
        cursor.execute("ANALYZE")


def copy_of(model, shift):
    """The statement that copies a table's first rows back in time. shift: of keys; None: rows get keys of their own."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        name, kind = field.column, field.get_internal_type()
        if name == "said_id" or (name == "id" and model is not Ticket):
            continue
        columns.append(f'"{name}"')
        values.append(value_of(model, name, kind, shift))
    newest = "day > (SELECT max(day) FROM gis_app_cellcount) - 90"
    first = {Ticket: "id <= %(step)s", Event: "ticket_id <= %(step)s", CellCount: newest}
    table = model._meta.db_table
    return f'INSERT INTO {table} ({", ".join(columns)}) SELECT {", ".join(values)} FROM {table} WHERE {first[model]}'


def value_of(model, name, kind, shift):
    """A column as its copy has it: keys shifted, moments and days laid back, also those inside a change."""
    if (model is Ticket and name == "id") or (model is Event and name == "ticket_id"):
        return f'"{name}" + {shift}'
    if name == "said_digest":
        return "''"
    if kind == "DateTimeField":
        return f'"{name}" - %(back)s'
    if model is CellCount and name == "day":
        return '"day" - %(days)s'
    if name == "change":
        laid = "to_jsonb((value #>> '{}')::timestamptz - %(back)s)"
        moved = f"CASE WHEN key LIKE '%%\\_at' AND value <> 'null' THEN {laid} ELSE value END"
        return f"(SELECT coalesce(jsonb_object_agg(key, {moved}), '{{}}') FROM jsonb_each(change))"
    return f'"{name}"'
