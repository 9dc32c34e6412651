"""Many reports at once, by the same checks as one by one and with the same rows: what was read is copied into the tables."""

import gc
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from gis_app import audit, locate, route, tally
from gis_app.classify import Verdict, classify_many, parts_of
from gis_app.errors import Problem
from gis_app.intake.bulk.tables import blank, copy_rows, fresh_keys
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
    return {columns.get(name, name): value.pk if name in columns and value else value for name, value in row.items()}


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


def copy_all(rows):
    """Copy what was built into its tables, those first that others point to."""
    with connection.cursor() as cursor:
        for model in TABLES:
            copy_rows(cursor, model, rows[model])
