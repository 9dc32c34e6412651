"""Many reports at once, by the same checks as one by one and with the same rows: what was read is copied into the tables."""

import gc
import io
import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.contrib.gis.db.models import PointField
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils import timezone

from gis_app import audit, locate, route, tally
from gis_app.classify import Verdict, classify_many, parts_of
from gis_app.errors import Problem
from gis_app.intake.placing import place_of
from gis_app.intake.receive import Said, chosen, proposal, report_row, ticket_row, tidy
from gis_app.locate import Place
from gis_app.models import Category, CellCount, Contact, Event, Notice, Report, Ticket, Words, remembered
from gis_app.models.report import fresh_code, fresh_salt
from gis_app.workflow.advance import begin, opening_row
from gis_app.workflow.outbox import notices
from gis_app.workflow.steps import STEPS

TRIES = 4  # of a batch that another connection was writing, too
MOST_RECEIPTS = 4000  # to be remembered: 10 KB each
TABLES = (Words, Ticket, Report, Event, Notice, Contact, CellCount)  # in this order: what is pointed to comes first
KEYED = (Words, Ticket, Report, Event)  # whose keys must be known before they are stored
NULL = r"\N"


@dataclass
class Taken:
    """What became of rows: how many are stored now, how many were already, and why others were refused."""

    stored: int = 0
    repeats: int = 0
    refused: list = field(default_factory=list)  # of (row number, slug, sentence)
    towns: Counter = field(default_factory=Counter)  # {code: stored there}
    kinds: Counter = field(default_factory=Counter)  # {code of a category, None when in doubt: stored as it}

    def counts(self):
        """{slug: how many were refused for it}."""
        return Counter(slug for _number, slug, _why in self.refused)


@dataclass
class Heard:
    """A report that was understood: tidy, placed, its category as chosen."""

    said: Said
    place: Place
    category: Category | None
    verdict: Verdict | None = None

    @property
    def kind(self):
        """The category that the ticket gets: the one chosen, else the one it is surely about, else None."""
        return self.category or self.verdict.category


@contextmanager
def without_collecting():
    """While thousands of rows are made, Python would look through all that is loaded for cycles, again and again.

    That is a quarter of the time of a batch; afterwards only what the batch has left is looked through.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.unfreeze()


@without_collecting()
def take_in(rows, before, dry_run=False):
    """Take in what many said, all in one transaction. Returns Taken; a row that receive() would refuse is refused alone.

    rows: [(row number, Said with its office's number, or the Problem of one that could not be read)]. before: the numbers
    that this run has stored already, which is added to; what is stored under its number is a repeat and left alone.
    dry_run: everything but the end of the transaction.
    """
    taken, heard = Taken(), {}
    stored = known([said for _number, said in rows if isinstance(said, Said)]) | before
    for number, said in rows:
        if isinstance(said, Said) and (said.ref in stored or said.ref in heard):
            taken.repeats += 1
            continue
        try:
            if isinstance(said, Problem):
                raise said
            heard[said.ref] = understood(said)
        except Problem as problem:
            taken.refused.append((number, problem.slug, problem.told("what") + problem.told("why")))
    written = write(heard, dry_run)
    taken.stored, taken.repeats = len(written), taken.repeats + len(heard) - len(written)
    taken.towns.update([each.place.town.code for each in written])
    taken.kinds.update([each.kind and each.kind.code for each in written])
    before.update(heard)
    return taken


def known(saids):
    """The numbers of these that are stored already."""
    refs = [said.ref for said in saids]
    if not refs:
        return set()
    return set(Report.objects.filter(source=saids[0].source, source_ref__in=refs).values_list("source_ref", flat=True))


def understood(said):
    """What was said as Heard. Raises what receive() raises."""
    said = tidy(said)
    return Heard(said, place_of(said), chosen(said.category))


def write(heard, dry_run=False):
    """Store what was heard, {number: Heard}, but for what somebody else has stored meanwhile. Returns what was stored.

    Numbers are written in their order, so that two connections that write the same ones wait for each other and never both.
    """
    left = judged([heard[ref] for ref in sorted(heard)])
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                copy_all(built(left))
                transaction.set_rollback(dry_run)
            break
        except (IntegrityError, OperationalError):  # the same numbers were under way; or a deadlock with who did not sort
            if attempt + 1 == TRIES:
                raise
            stored = known([each.said for each in left])
            left = [each for each in left if each.said.ref not in stored]
    return left


def judged(heard):
    """The same, each with what it is about."""
    for each, verdict in zip(heard, verdicts([each.said.text for each in heard]), strict=True):
        each.verdict = verdict
    return heard


def verdicts(texts):
    """What each text is about."""
    found = classify_many(texts, [locate.named_places(text) for text in texts])
    for verdict, parts in zip(found, parts_of(found), strict=True):
        vars(verdict)["parts"] = parts  # where a cached property keeps what it has found
    return found


def built(heard):
    """{model: its rows, {column: value}} of all that reports leave, complete with their keys, not stored."""
    rows, now = {model: [] for model in TABLES}, timezone.now()
    keys = zip(*(fresh_keys(model, len(heard)) for model in KEYED), strict=True)
    for each, each_keys in zip(heard, keys, strict=True):
        build(each, dict(zip(KEYED, each_keys, strict=True)), now, rows)
    return rows


def build(heard, keys, now, rows):
    """Add the rows of one report to {model: rows}: the same that receive() stores, as plain columns.

    An instance of a model takes 25 µs and more to make, and there would be seven.
    """
    said, place, verdict, at = heard.said, heard.place, heard.verdict, heard.said.at or now
    row = ticket_row(place, heard.kind, bool(verdict.danger), at, propose)
    ticket = begun(Ticket, flat(Ticket, row) | {"id": keys[Ticket]})
    begin(ticket)
    event = begun(Event, opening_row(ticket, at) | {"id": keys[Event], "ticket_id": keys[Ticket]})
    audit.seal(event, "", None)
    report = report_row(said, place, heard.category, verdict, at, said.ref) | {"id": keys[Report], "code": fresh_code()}
    rows[Ticket].append(vars(ticket))
    rows[Event].append(vars(event))
    rows[Words].append(blank(Words) | {"id": keys[Words], "text": said.text, "salt": fresh_salt()})
    rows[Report].append(flat(Report, report) | {"ticket_id": keys[Ticket], "said_id": keys[Words]})
    rows[Notice] += [told | {"event_id": keys[Event], "made_at": now} for told in owed()]
    if said.contact:
        rows[Contact].append({"report_id": keys[Report], "cipher": Contact.sealed(said.contact)})
    rows[CellCount] += tally.standing(ticket, voices=1)


def begun(model, row):
    """What looks like an instance of a model, whose vars() are only what it was told: {column: value}."""
    made = _alike(model)()
    vars(made).update(row)
    return made


@cache
def _alike(model):
    return type(model.__name__, (), blank(model))


def flat(model, row):
    """{column: value} of a model's {field: value}."""
    columns = related(model)
    return {columns.get(name, name): getattr(value, "pk", value) for name, value in row.items()}


@cache
def blank(model):
    """{column: what stands there when nothing is said}; not what is made anew for each row, or by the database."""
    fields = [each for each in model._meta.concrete_fields if not each.has_db_default()]
    made_anew = {each for each in fields if each.has_default() and callable(each.default) and each.default is not dict}
    return {each.attname: each.get_default() for each in fields if each not in made_anew}


@cache
def related(model):
    """{field: column} of what points to other tables."""
    return {each.name: each.attname for each in model._meta.concrete_fields if each.is_relation}


@cache
def owed():
    """The notices that the opening of any ticket owes, without the event."""
    names = [each.attname for each in Notice._meta.concrete_fields if not each.primary_key]
    return [{name: getattr(notice, name) for name in names} for notice in notices(Event(), STEPS["open"], ())]


def propose(place, category, day):
    """`proposal`, remembered: most of a file are a few kinds of problems in a few places."""
    where, known = locate.where_is(place), _proposals()
    key = category and category.pk, place.edition, route.in_use().alike(route.Where(**where), day)
    if key not in known:
        if len(known) >= MOST_RECEIPTS:
            known.clear()
        known[key] = proposal(place, category, day)
    unit, receipt = known[key]
    return unit, receipt | {"where": where}


@remembered("rules", "places")
def _proposals():
    return {}


# ---- into the tables


def copy_all(rows):
    """Copy what was built into its tables, those first that others point to."""
    with connection.cursor() as cursor:
        for model in TABLES:
            copy_rows(cursor, model, rows[model])


def fresh_keys(model, count):
    """So many new primary keys of a table. Whoever has some holds the table's lock, as by any INSERT: the seal waits for them."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN ROW EXCLUSIVE MODE")
        cursor.execute(KEYS, [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


# Measured: 1,000 keys in 1 ms; 10 ms when the name of the sequence is looked up for each.
KEYS = """
SELECT nextval(name) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) AS sequence, generate_series(1, %s)
"""


def copy_rows(cursor, model, rows):
    """Copy rows, which all tell the same columns, into a model's table; a key that is not told comes from the table."""
    if not rows:
        return
    if any(len(row) != len(rows[0]) for row in rows):  # a name that is missing shows below
        raise ValueError(f"rows of {model._meta.db_table} that do not tell the same columns")
    names, spell, rest = columns(model, tuple(rows[0]))
    lines = ([NULL if (value := row[name]) is None else write(value) for name, write in spell] for row in rows)
    told = "".join(["\t".join(line) + rest for line in lines])
    with connection.wrap_database_errors:  # a cursor's other calls are wrapped by themselves
        # Measured: 6,300 reports a second into seven tables; 1,100 through bulk_create (1,000 at once, the median of three).
        cursor.copy_expert(f"COPY {model._meta.db_table} ({names}) FROM STDIN", io.StringIO(told))


@cache
def columns(model, told):
    """(names of a table's columns, [(attribute, how its value is written)] of those that rows tell, the end of each line).

    What no row tells stands at the end, the same in every line; it need not be written each time.
    """
    every = {each.attname: each for each in model._meta.concrete_fields}
    rest = {name: value for name, value in blank(model).items() if name not in told and not every[name].primary_key}
    names = ", ".join(f'"{every[name].column}"' for name in (*told, *rest))
    ends = (NULL if value is None else _spelling(every[name])(value) for name, value in rest.items())
    return names, [(name, _spelling(every[name])) for name in told], "".join(f"\t{end}" for end in ends) + "\n"


def _ewkb(point):
    """A point as PostGIS reads it; worked out once for each, since the same ones come again."""
    if not hasattr(point, "for_copy"):
        point.for_copy = point.hexewkb.decode()
    return point.for_copy


def _spelling(column):
    """How a column's values are written for COPY."""
    return next((write for kind, write in SPELLINGS.items() if isinstance(column, kind)), str)


def _escaped(text):
    return text.translate(ESCAPES) if SPECIAL.search(text) else text


ESCAPES, SPECIAL = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}), re.compile(r"[\\\n\r\t]")
ENCODE = json.JSONEncoder(ensure_ascii=False).encode
SPELLINGS = {
    models.JSONField: lambda value: _escaped(ENCODE(value)),
    models.CharField: _escaped,
    models.TextField: _escaped,
    models.DateTimeField: lambda value: value.isoformat(),
    models.BooleanField: lambda value: "t" if value else "f",
    models.BinaryField: lambda value: r"\\x" + value.hex(),
    PointField: _ewkb,
}
