"""Tickets as the rows of an export, a chunk at a time: however many there are, no more than a chunk is held."""

import functools
import itertools
from collections import Counter, defaultdict

from django.db.models import Count, F, FloatField, Func

from gis_app.clock import SHANGHAI
from gis_app.extract.columns import NAMES
from gis_app.models import Category, Event, Grid, Report, Ticket, Town, Unit, Village
from gis_app.words import State, StepName
from layers import cells

CHUNK = 2000
DIGITS = 6  # decimals of a degree: a decimetre
AXES = {axis: Func(F("point"), function=f"ST_{axis.upper()}", output_field=FloatField()) for axis in "xy"}
READ = (
    *("id", "state", "opened_at", "accepted_at", "due_at", "finished_at", "ended_at", "category_id", "town_id", "village_id"),
    *("grid_id", "unit_id", "precision", "x", "y", "cell", "supervised_at", "split_from_id"),
)
TIMES = {StepName.RETURN: "returned", StepName.REWORK: "reworked", StepName.DISPUTE: "reopened"}


def chunks(tickets, exact, now):
    """Lists of rows, each a tuple in the order of NAMES, by number.

    tickets: a queryset. exact: whether lon and lat are the ticket's point, else its cell's centre. now: for what is late.
    """
    rows = tickets.order_by("pk").annotate(**AXES).values_list(*READ).iterator(chunk_size=CHUNK)
    names = _names()
    while some := [dict(zip(READ, row, strict=True)) for row in itertools.islice(rows, CHUNK)]:
        yield _told(some, names, exact, now)


def _told(some, names, exact, now):
    keys = [row["id"] for row in some]
    told, heard = _steps(keys), _voices(some)
    coarse = _coarse(some)
    found = []
    for row in some:
        steps = told[row["id"]]
        late = row["due_at"] is not None and (row["finished_at"] or row["ended_at"] or now) > row["due_at"]
        category, kind, task = names["category"].get(row["category_id"], (None, None, None))
        moments = {name: _local(row[name]) for name in ("opened_at", "accepted_at", "due_at", "finished_at")}
        found.append(
            moments
            | {"number": Ticket.numbered(row["id"]), "state": row["state"], "closed_at": _local(row["ended_at"]), "late": late}
            | {"category": category, "category_name": kind, "task": task, "precision": row["precision"]}
            | _pair("town", names, row) | _pair("village", names, row) | _pair("unit", names, row)
            | {"grid": names["grid"].get(row["grid_id"], (None,))[0], "cell_r8": coarse.get(row["cell"])}
            | _placed(row, exact)
            | {"voices": heard[row["id"]], "supervised": row["supervised_at"] is not None, "rating": steps.get("rating")}
            | {name: steps.get(name, 0) for name in TIMES.values()}
        )
    return [tuple(row[name] for name in NAMES) for row in found]


def _pair(of, names, row):
    code, name = names[of].get(row[f"{of}_id"], (None, None))
    return {of: code, f"{of}_name": name}


def _placed(row, exact):
    """Where a ticket lies, as exactly as may be shown; nothing where only its town is known."""
    if row["cell"] is None:
        return {"position": None, "lon": None, "lat": None, "cell_r9": None}
    lon, lat = (row["x"], row["y"]) if exact else centre(row["cell"])
    told = {"position": "point" if exact else "cell", "lon": round(lon, DIGITS), "lat": round(lat, DIGITS)}
    return told | {"cell_r9": cells.name(row["cell"])}


@functools.lru_cache(maxsize=100_000)  # a county has some 36,000
def centre(cell):
    """(lon, lat) of a cell's centre, WGS84."""
    return cells.centre(cell)


def _coarse(some):
    """{cell: the name of the one of resolution 8 that holds it}."""
    fine = sorted({row["cell"] for row in some if row["cell"] is not None})
    return dict(zip(fine, map(cells.name, cells.parents(fine, cells.DRAWN)), strict=True)) if fine else {}


def _names():
    """{of: {key: its code and names}}: the small tables, read once."""
    columns = {"town": (Town, "name"), "village": (Village, "name"), "unit": (Unit, "name"), "grid": (Grid,)}
    found = {
        of: {key: rest for key, *rest in model.objects.values_list("pk", "code", *more)} for of, (model, *more) in columns.items()
    }
    return found | {"category": {key: rest for key, *rest in Category.objects.values_list("pk", "code", "name", "task")}}


def _steps(keys):
    """{ticket: {column: how often, rating: the last one}} of the steps that an export counts."""
    told = defaultdict(dict)
    counted = Event.objects.filter(ticket__in=keys, step__in=TIMES).order_by().values_list("ticket", "step")
    for ticket, step, many in counted.annotate(Count("pk")):
        told[ticket][TIMES[step]] = many
    rated = Event.objects.filter(ticket__in=keys, step=StepName.RATE).order_by("seq").values_list("ticket", "given__stars")
    for ticket, stars in rated:
        told[ticket]["rating"] = stars
    return told


def _voices(some):
    """Counter of the reports behind each ticket, over however many merges; a merged one has none of its own any more."""
    parts = {row["id"]: row["split_from_id"] for row in some}
    into = {row["id"]: row["id"] for row in some if row["state"] != State.MERGED}
    more = set(into)
    while more:  # one query, and one more for each generation of tickets that were merged
        merged = Ticket.objects.filter(merged_into__in=more).values_list("pk", "merged_into", "split_from")
        more = set()
        for pk, other, parent in merged:
            into[pk], parts[pk] = into[other], parent
            more.add(pk)
    reports = Report.objects.filter(ticket__in=into).order_by().values_list("ticket").annotate(Count("pk"))
    heard, voices = dict(reports), Counter()
    for pk, root in into.items():
        voices[root] += heard.get(pk, 0) + int(parts[pk] is not None)
    return voices


def _local(moment):
    return moment.astimezone(SHANGHAI) if moment else None
