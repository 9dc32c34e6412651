"""CSV files to rows, one table of readers for all of them."""

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gis_app.errors import BadFile
from gis_app.models import (
    Category,
    Danger,
    Duty,
    Grid,
    Handoff,
    Holiday,
    Major,
    OfficeHours,
    Stamp,
    Town,
    Unit,
    Village,
    Zone,
)
from gis_app.words import AreaKind


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


def many(text):
    """A cell that lists things between bars."""
    return [part.strip() for part in text.split("|") if part.strip()]


def yes(text):
    """yes or no. Raises ValueError."""
    if text not in ("yes", "no"):
        raise ValueError(_("要写 yes 或 no，写的是 %s") % text)
    return text == "yes"


def date(text):
    """YYYY-MM-DD, or None when empty. Raises ValueError."""
    return dt.date.fromisoformat(text) if text else None


def _town(row, codes):
    return Town(code=row["code"], name=row["name"], kind=row["kind"], pinyin=row["pinyin"], aliases=many(row["aliases"]))


def _village(row, codes):
    point = Point(float(row["lon"]), float(row["lat"]), srid=4326)
    named = {name: row[name] for name in ("code", "name", "kind", "official_name")}
    return Village(**named, town=codes.of(Town, row["town"]), point=point, aliases=many(row.get("aliases", "")))


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
        order=int(row["icon_order"] or 0),
        kind=row["kind"],
        task=row["task"],
        tier=row["tier"],
        limit=Decimal(row["limit"]),
        limit_unit=row["limit_unit"],
        photo_after=yes(row["photo_after"]),
        keywords=many(row["keywords"]),
    )


def _unit(row, codes):
    town = codes.of(Town, row["town"]) if row["town"] else None
    return Unit(code=row["code"], name=row["name"], name_en=row["name_en"], kind=row["kind"], town=town, phone=row["phone"])


AREAS = {AreaKind.TOWN: Town, AreaKind.VILLAGE: Village, AreaKind.GRID: Grid, AreaKind.ZONE: Zone}


def _duty(row, codes):
    named, areas = row["category"], many(row["area_codes"])
    for code in areas:
        codes.of(AREAS[row["area_kind"]], code)
    return Duty(
        unit=codes.of(Unit, row["unit"]),
        category=codes.of(Category, named) if len(named) == 4 else None,
        major=codes.of(Major, named) if len(named) == 2 else None,
        area_kind=row["area_kind"],
        area_codes=areas,
        document=row["document"],
        clause=row["clause"],
        document_date=date(row["document_date"]),
        valid_from=date(row["from"]),
        valid_to=date(row["to"]),
        note=row["note"],
    )


def _handoff(row, codes):
    words = many(row["keywords"])
    named = {"topic": row["topic_zh"], "topic_en": row["topic_en"], "to": row["to_zh"], "to_en": row["to_en"]}
    return Handoff(code=row["code"], phone=row["phone"], keywords=words, **named)


def _danger(row, codes):
    return Danger(phone=row["phone"], what=row["what_zh"], what_en=row["what_en"], keywords=many(row["keywords"]))


def _hours(row, codes):
    opens, closes = (dt.time.fromisoformat(row[name]) if row[name] else None for name in ("opens", "closes"))
    amount = Decimal(row["amount"]) if row["amount"] else None
    return OfficeHours(rule=row["rule"], opens=opens, closes=closes, amount=amount, unit=row["unit"])


def _holiday(row, codes):
    return Holiday(day=date(row["day"]), working=yes(row["working"]), name=row["name"])


@dataclass(frozen=True)
class Table:
    """How a file is loaded. key: rows are upserted by this column; without one the file's rows replace the earlier ones."""

    model: type
    read: Callable
    key: str = ""
    stamp: str = "rules"


TABLES = {  # in the order in which one needs the other
    "towns": Table(Town, _town, "code", "places"),
    "villages": Table(Village, _village, "code", "places"),
    "majors": Table(Major, _major, "code"),
    "categories": Table(Category, _category, "code"),
    "units": Table(Unit, _unit, "code"),
    "duties": Table(Duty, _duty),
    "handoff": Table(Handoff, _handoff, "code"),
    "dangers": Table(Danger, _danger),
    "officehours": Table(OfficeHours, _hours),
    "holidays": Table(Holiday, _holiday, "day"),
}
KEPT = {"id", "outline"}  # columns that a file does not speak of


def read_rows(path, table):
    """The rows of a file, built but not stored. Raises BadFile with the line and why."""
    codes, rows = Codes(), []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for line in reader:
                rows.append(_row(path, reader.line_num, line, table, codes))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(file=Path(path).name, line="–", why=str(error)) from error
    return rows


def _row(path, number, line, table, codes):
    """One line as a model, checked as far as that goes without the database."""
    try:
        row = table.read({key: (value or "").strip() for key, value in line.items() if key}, codes)
        row.clean_fields(exclude=[f.name for f in row._meta.fields if f.is_relation])
    except KeyError as error:
        raise BadFile(file=Path(path).name, line=number, why=_("缺一列 %s") % error.args[0]) from error
    except ValidationError as error:
        raise BadFile(file=Path(path).name, line=number, why="；".join(error.messages)) from error
    except (ValueError, ArithmeticError) as error:
        raise BadFile(file=Path(path).name, line=number, why=str(error)) from error
    return row


def load_table(name, path, dry_run=False, source=None):
    """Load one CSV file, all of it or nothing. Returns the number of rows. Raises BadFile.

    source: for duties, the name under which this file's rows stand; only they are replaced.
    """
    table = TABLES[name]
    rows = read_rows(path, table)
    if dry_run:
        return len(rows)
    with transaction.atomic():
        if table.key:
            columns = [f.name for f in table.model._meta.fields if f.name not in KEPT | {table.key}]
            table.model.objects.bulk_create(rows, update_conflicts=True, unique_fields=[table.key], update_fields=columns)
        else:
            source = source or Path(path).name
            replaced = table.model.objects.filter(source=source) if table.model is Duty else table.model.objects.all()
            replaced.delete()
            for row in rows:
                row.source = source
            table.model.objects.bulk_create(rows)
        Stamp.bump(table.stamp)
    return len(rows)
