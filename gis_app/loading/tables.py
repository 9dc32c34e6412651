"""CSV files to rows, one table of readers for all of them."""

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CheckConstraint
from django.utils.translation import gettext as _

from gis_app import tally
from gis_app.errors import WHOLE, BadFile, Unopened
from gis_app.loading.values import date, many, number, point, yes
from gis_app.loading.versions import unsound
from gis_app.models import (
    AppealRule,
    BoardRule,
    Category,
    Danger,
    EscalationRule,
    Handoff,
    Holiday,
    Major,
    OfficeHours,
    QuietHours,
    Retention,
    ScoreRule,
    Stamp,
    Town,
    Unit,
    Village,
)
from gis_app.words import Audience


class Codes:
    """Rows by their codes, each table asked once a load."""

    def __init__(self):
        self.rows = {}

    def of(self, model, code):
        """The row with this code. Raises ValueError with a sentence."""
        if model not in self.rows:
            self.rows[model] = {row.code: row for row in model.objects.all()}
        if code not in self.rows[model]:
            raise ValueError(_("没有编号为 %s 的一项") % code)
        return self.rows[model][code]


def _town(row, codes):
    return Town(code=row["code"], name=row["name"], kind=row["kind"], pinyin=row["pinyin"], aliases=many(row["aliases"]))


def _village(row, codes):
    named = {name: row[name] for name in ("code", "name", "kind", "official_name")}
    return Village(
        **named, town=codes.of(Town, row["town"]), point=point(row["lon"], row["lat"]), aliases=many(row.get("aliases", ""))
    )


def _major(row, codes):
    return Major(code=row["code"], name=row["name_zh"], name_en=row["name_en"])


def _category(row, codes):
    return Category(
        code=row["code"],
        major=codes.of(Major, row["major"]),
        name=row["name_zh"],
        name_en=row["name_en"],
        short=row["short_zh"],
        short_en=row["short_en"],
        icon=row["icon"],
        order=number(row["icon_order"] or 0, int),
        kind=row["kind"],
        task=row["task"],
        tier=row["tier"],
        limit=number(row["limit"]),
        limit_unit=row["limit_unit"],
        photo_after=yes(row["photo_after"]),
        keywords=many(row["keywords"]),
    )


def _unit(row, codes):
    town = codes.of(Town, row["town"]) if row["town"] else None
    return Unit(code=row["code"], name=row["name"], name_en=row["name_en"], kind=row["kind"], town=town, phone=row["phone"])


def _handoff(row, codes):
    words = many(row["keywords"])
    named = {"topic": row["topic_zh"], "topic_en": row["topic_en"], "to": row["to_zh"], "to_en": row["to_en"]}
    return Handoff(code=row["code"], phone=row["phone"], keywords=words, **named)


def _danger(row, codes):
    return Danger(phone=row["phone"], what=row["what_zh"], what_en=row["what_en"], keywords=many(row["keywords"]))


def _hours(row, codes):
    opens, closes = (dt.time.fromisoformat(row[name]) if row[name] else None for name in ("opens", "closes"))
    amount = number(row["amount"]) if row["amount"] else None
    whose = codes.of(Unit, row["whose"]) if row.get("whose") else None  # a file from before units had hours of their own
    return OfficeHours(whose=whose, rule=row["rule"], opens=opens, closes=closes, amount=amount, unit=row["unit"])


def _holiday(row, codes):
    return Holiday(day=date(row["day"]), working=yes(row["working"]), name=row["name"])


def _quiet(row, codes):
    begins, ends = (dt.time.fromisoformat(row[name]) for name in ("begins", "ends"))
    return QuietHours(audience=row["audience"], begins=begins, ends=ends, danger_wakes=yes(row["danger_wakes"]))


def _escalation(row, codes):
    answer = number(row["answer_in"]) if row["answer_in"] else None
    hears = many(row["hears"])
    if unknown := set(hears) - set(Audience):
        raise ValueError(_("没有叫 %s 的一方") % "、".join(sorted(unknown)))
    told = {"step": row["step"], "answer_in": answer, "order": row["order"]}
    return EscalationRule(clock=row["clock"], share=number(row["share"], int), hears=hears, **told)


def _retention(row, codes):
    return Retention(kind=row["kind"], days=number(row["days"], int) if row["days"] else None, why=row["why"])


def _score(row, codes):
    shares = {name: number(row[name]) for name in ("weight", "floor", "target")}
    days = {"since": date(row["from"]), "until": date(row["to"])}
    told = {name: row[name] for name in ("version", "indicator", "note", "note_en")}
    return ScoreRule(**told, **shares, **days)


def _board(row, codes):
    told = {name: row[name] for name in ("board", "indicator", "side", "note", "note_en")}
    return BoardRule(level=number(row["level"]), cases=number(row["cases"], int), **told)


def _appeal(row, codes):
    return AppealRule(since=date(row["from"]), days=number(row["days"], int), note=row["note"])


@dataclass(frozen=True)
class Table:
    """How a file is loaded. key: rows are upserted by this column; without one the file's rows replace the earlier ones."""

    model: type
    read: Callable
    key: str = ""
    stamp: str = "rules"
    optional: bool = False  # a county's folder may do without it
    unsound: Callable = lambda rows: None  # what is wrong with the rows together: (line, why), or None


TABLES = {  # in the order in which one needs the other
    "towns": Table(Town, _town, "code", "places"),
    "villages": Table(Village, _village, "code", "places"),
    "majors": Table(Major, _major, "code"),
    "categories": Table(Category, _category, "code"),
    "units": Table(Unit, _unit, "code"),
    "handoff": Table(Handoff, _handoff, "code"),
    "dangers": Table(Danger, _danger),
    "officehours": Table(OfficeHours, _hours),
    "holidays": Table(Holiday, _holiday, "day"),
    "quiethours": Table(QuietHours, _quiet, optional=True),
    "escalations": Table(EscalationRule, _escalation, optional=True),
    "retention": Table(Retention, _retention, "kind", optional=True),
    "scores": Table(ScoreRule, _score, optional=True, unsound=unsound),
    "boards": Table(BoardRule, _board, optional=True),
    "appeals": Table(AppealRule, _appeal, optional=True),
}
KEPT = {"id", "outline"}  # columns that a file does not speak of


def read_rows(path, table):
    """The rows of a file, built but not stored, each with its `line`. Raises BadFile with the line and why."""
    codes, rows, seen = Codes(), [], set()
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames is None:
                raise bad(path, _("文件是空的"))
            for line in reader:
                rows.append(_row(path, reader.line_num, line, table, codes))
                once(path, reader.line_num, seen, getattr(rows[-1], table.key, None))
    except OSError as error:
        raise Unopened.because(path, error) from error
    except UnicodeDecodeError as error:
        raise bad(path, _("要存成 UTF-8")) from error
    except csv.Error as error:
        raise bad(path, error) from error
    return rows


def bad(path, why, line=WHOLE):
    """The Problem of a file that cannot be used."""
    return BadFile(file=Path(path).name, line=line, why=str(why).rstrip("。."))


def once(path, line, seen, key):
    """Remember a key of a file. Raises BadFile when it has been there."""
    if key is not None and key in seen:
        raise bad(path, _("%s 写了两次") % key, line)
    seen.add(key)


def _row(path, line, cells, table, codes):
    """One line as a model, checked as far as that goes without the database."""
    try:
        row = table.read({key: (value or "").replace("\0", "").strip() for key, value in cells.items() if key}, codes)
    except KeyError as error:
        raise bad(path, _("缺一列 %s") % error.args[0], line) from error
    except ValueError as error:
        raise bad(path, error, line) from error
    return checked(path, line, row)


def checked(path, line, row):
    """A row whose fields can be stored; it keeps its line. Raises BadFile."""
    try:
        row.clean_fields(exclude=[f.name for f in row._meta.fields if f.is_relation])
    except ValidationError as error:
        raise bad(path, "；".join(error.messages), line) from error
    row.line = line
    return row


def broken(path, rows, error):
    """The Problem behind a promise of the tables that these rows break: the row's line where it can be told."""
    promises = [each for each in rows[0]._meta.constraints if isinstance(each, CheckConstraint)]
    for row in rows:
        for promise in promises:
            try:
                promise.validate(type(row), row)
            except ValidationError:
                return bad(path, promise.name.replace("_", " "), row.line)
    return bad(path, error.__cause__.diag.message_detail or error)


def load_table(name, path, dry_run=False):
    """Load one CSV file, all of it or nothing. Returns the number of rows. Raises BadFile."""
    table = TABLES[name]
    rows = read_rows(path, table)
    if wrong := table.unsound(rows):
        raise bad(path, wrong[1], wrong[0])
    try:
        with transaction.atomic():
            store(table, rows)
            transaction.set_rollback(dry_run)  # a dry run meets every promise of the tables, too
    except IntegrityError as error:
        raise broken(path, rows, error) from error
    return len(rows)


def store(table, rows):
    """Store a file's rows: by their key, or in place of those that were there before."""
    recount = table.model is Category and _count_for_another_task(rows)
    if table.key:
        columns = [f.name for f in table.model._meta.fields if f.name not in KEPT | {table.key}]
        table.model.objects.bulk_create(rows, update_conflicts=True, unique_fields=[table.key], update_fields=columns)
    else:
        table.model.objects.all().delete()
        table.model.objects.bulk_create(rows)
    if recount:
        tally.rebuild()
    Stamp.bump(table.stamp)


def _count_for_another_task(rows):
    """Whether one of these categories counts for another task than before."""
    tasks = dict(Category.objects.values_list("code", "task"))
    return any(tasks.get(row.code, row.task) != row.task for row in rows)
