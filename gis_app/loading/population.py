"""How many people live in each town: a file of the county's folder that it may do without, read where it lies."""

import csv
from typing import NamedTuple

from django.utils.translation import gettext as _

from gis_app.loading.tables import bad, once
from gis_app.loading.values import number
from gis_app.models import Town

PEOPLE = "population.csv"  # columns town, people, source, year: one line a town
FIRST_YEAR, LAST_YEAR = 1949, 2100


class People(NamedTuple):
    people: int
    source: str
    year: int


def read_people(path):
    """{town code: People} of a file. Raises BadFile with the line and why."""
    known, found, seen = set(Town.objects.values_list("code", flat=True)), {}, set()
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for cells in reader:
                town, told = _read(path, reader.line_num, cells, known)
                once(path, reader.line_num, seen, town)
                found[town] = told
    except UnicodeDecodeError as error:
        raise bad(path, _("要存成 UTF-8")) from error
    except csv.Error as error:
        raise bad(path, error) from error
    if not found:
        raise bad(path, _("文件是空的"))
    return found


def _read(path, line, cells, known):
    row = {key: (value or "").strip() for key, value in cells.items() if key}
    try:
        town, told = row["town"], People(number(row["people"], int), row["source"], number(row["year"], int))
    except KeyError as error:
        raise bad(path, _("缺一列 %s") % error.args[0], line) from error
    except ValueError as error:
        raise bad(path, error, line) from error
    if town not in known:
        raise bad(path, _("没有编号为 %s 的一项") % town, line)
    if told.people < 1:
        raise bad(path, _("人数至少是 1，写的是 %s") % told.people, line)
    if not FIRST_YEAR <= told.year <= LAST_YEAR:
        raise bad(path, _("年份要写四位，写的是 %s") % told.year, line)
    if not told.source:
        raise bad(path, _("写上人数的出处"), line)
    return town, told
