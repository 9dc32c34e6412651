"""Duties: a file that a clerk wrote, read as a whole table; what using it would change; the table as a sheet again.

A table of duties is an edition like one of boundaries: loaded, looked at, put in use, undone.
"""

import datetime as dt
import hashlib
import json
from collections import Counter

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import audit, clock, coverage, route, sheets
from gis_app.errors import BadFile
from gis_app.loading.tables import Codes, bad, broken, checked
from gis_app.loading.values import date, many
from gis_app.locate.points import in_use
from gis_app.models import Category, Duty, Edition, Grid, Major, Town, Unit, Village, Zone
from gis_app.words import ActName, AreaKind, EditionKind

AREAS = {AreaKind.TOWN: Town, AreaKind.VILLAGE: Village, AreaKind.GRID: Grid, AreaKind.ZONE: Zone}
MOST_EMPTIED = 0.4  # of the fields that are answered: a table that empties more of them is a part of one, or a slip
LISTED = 20  # bad rows that are named at once
COLUMNS = {  # of a file, and what a clerk may call them
    "unit": ("责任单位", "单位"),
    "category": ("类别", "小类"),
    "area_kind": ("范围",),
    "area_codes": ("地区",),
    "document": ("文件", "依据"),
    "clause": ("条款",),
    "document_date": ("文件日期",),
    "from": ("起",),
    "to": ("止",),
    "note": ("备注",),
}
NEEDED = ("unit", "category", "area_kind", "area_codes", "document", "document_date")
TOLD = ("unit_id", "category_id", "major_id", "area_kind", "area_codes", "document", "clause", "document_date")
TOLD += ("valid_from", "valid_to", "note")


class Named(Codes):
    """Rows by their codes, or by a name that only one of them has: both are what a clerk writes."""

    def of(self, model, text):
        """The row that a cell means. Raises ValueError with a sentence."""
        if model not in self.rows:
            rows = list(model.objects.all())
            names = Counter(row.name for row in rows)
            self.rows[model] = {row.name: row for row in rows if names[row.name] == 1} | {row.code: row for row in rows}
        return super().of(model, text)


def today():
    """The day in the county."""
    return timezone.now().astimezone(clock.SHANGHAI).date()


def read(path):
    """[Duty] of a CSV file or spreadsheet, not stored, each with its `line`. Raises BadFile: every bad row is named, and why."""
    codes, rows, wrong = Named(), [], []
    for line, cells in sheets.read(path, COLUMNS, NEEDED):
        cells = {name: _text(name, cells.get(name, "")) for name in COLUMNS}
        try:
            rows.append(checked(path, line, _duty(cells, codes)))
        except BadFile as problem:
            wrong.append((line, problem.facts["why"]))
        except ValueError as error:
            wrong.append((line, str(error).rstrip("。.")))
    if wrong:
        raise _all_that_is_wrong(path, wrong)
    if not rows:
        raise bad(path, _("一行职责也没有"))
    return rows


def _text(name, cell):
    """A cell as text. A spreadsheet makes numbers of codes: 0101 becomes 101, and means 0101 still."""
    text = sheets.written(cell)
    if name == "category" and isinstance(cell, float) and text.isdigit():
        return text.zfill(2 if len(text) < 3 else 4)
    return text[:10] if isinstance(cell, dt.datetime) else text


def _all_that_is_wrong(path, wrong):
    (line, why), *more = wrong
    told = "".join(_("；第 %(line)s 行：%(why)s") % {"line": line, "why": why} for line, why in more[: LISTED - 1])
    rest = _("；还有 %d 行") % (len(more) - LISTED + 1) if len(more) >= LISTED else ""
    return bad(path, why + told + rest, line)


def _duty(cells, codes):
    """One row as a Duty. Raises ValueError."""
    kind, named = _area_kind(cells["area_kind"]), _kind_of_problem(cells["category"], codes)
    areas = (
        [codes.of(AREAS[kind], text).code for text in many(cells["area_codes"])] if kind in AREAS else many(cells["area_codes"])
    )
    if kind != AreaKind.COUNTY and not areas:
        raise ValueError(_("没有写地区（area_codes）；全县的写 county"))
    if kind == AreaKind.COUNTY and areas:
        raise ValueError(_("范围是全县（county），就不写地区"))
    begins, ends = date(cells["from"]), date(cells["to"])
    if begins and ends and ends < begins:
        raise ValueError(_("止（%(ends)s）在起（%(begins)s）之前") % {"ends": ends, "begins": begins})
    dated = date(cells["document_date"])
    if dated is None:
        raise ValueError(_("没有写文件日期（document_date）"))
    told = {name: cells[name] for name in ("document", "clause", "note")}
    areas = sorted(set(areas))
    told |= {"document_date": dated, "valid_from": begins, "valid_to": ends}
    return Duty(unit=codes.of(Unit, cells["unit"]), **named, area_kind=kind, area_codes=areas, **told)


def _area_kind(text):
    known = {str(kind.label): kind for kind in AreaKind} | {kind.value: kind for kind in AreaKind}
    if text not in known:
        raise ValueError(_("范围只能是 %(known)s，写的是 %(text)s") % {"known": "、".join(AreaKind.values), "text": text})
    return known[text]


def _kind_of_problem(text, codes):
    """{category, major} that a cell means: a 小类, a 大类 by two digits or its name, or * for any: a slip must not mean any."""
    if text == "*":
        return {"category": None, "major": None}
    if len(text) == 2 and text.isdigit():
        return {"category": None, "major": codes.of(Major, text)}
    try:
        return {"category": codes.of(Category, text), "major": None}
    except ValueError:
        if text.isdigit() or not text:
            raise
        return {"category": None, "major": codes.of(Major, text)}


def duties_of(edition):
    """[Duty] of an edition, with unit, category and major; none of None."""
    return list(Duty.objects.filter(edition=edition).select_related("unit", "category", "major")) if edition else []


def duties_of_use():
    """[Duty] of the edition in use."""
    return duties_of(in_use(EditionKind.DUTIES))


def plain(duty):
    """What a duty says, apart from where it is kept."""
    return [str(getattr(duty, name)) for name in TOLD]


@transaction.atomic
def load(path, add=False, by=None, source=""):
    """Load a file as an edition that is not in use. Returns it; the same table again is the edition that it was.

    add: its rows beside those in use; else they are the whole table. by: the member of staff, None from the shell.
    Raises BadFile; then nothing is kept.
    """
    audit.hold()
    rows, base = read(path), in_use(EditionKind.DUTIES) if add else None
    source = source or path.name
    if base:
        rows += [_copy(duty) for duty in duties_of(base)]
        source = f"{base.source} + {source}"
    rows = list({json.dumps(plain(row)): row for row in rows}.values())  # a row that is written twice is one
    digest = hashlib.sha256(json.dumps(sorted(map(plain, rows))).encode()).hexdigest()
    if known := Edition.objects.filter(kind=EditionKind.DUTIES, digest=digest).first():
        return known
    edition = Edition.objects.create(
        kind=EditionKind.DUTIES, source=source[-200:], digest=digest, loaded_by=by, report={"duties": len(rows)}
    )
    _store(path, rows, edition)
    audit.remember(ActName.LOAD, f"edition {edition.pk} of duties", by, file=path.name, rows=len(rows), digest=digest)
    return edition


def _copy(duty):
    return Duty(**{name: getattr(duty, name) for name in TOLD})


def _store(path, rows, edition):
    for row in rows:
        row.pk, row.edition = None, edition
    try:
        with transaction.atomic():
            Duty.objects.bulk_create(rows)
    except IntegrityError as error:
        raise broken(path, [row for row in rows if hasattr(row, "line")], error) from error


def change_of(edition, on=None):
    """The coverage.Change that using an edition of duties would make on a date, today unless said."""
    return coverage.compare(route.in_use(), book_of(edition), on or today())


def book_of(edition):
    """An edition of duties as a route.Rulebook."""
    return route.Rulebook(duties_of(edition), route.desk())


def reasons(edition, change=None):
    """What a clerk must insist on before a table of duties is used, as loading.doubts words it. change: today's, if known."""
    change = change or change_of(edition)
    if not change.answered or len(change.emptied) / change.answered <= MOST_EMPTIED:
        return []
    share = round(len(change.emptied) / change.answered * 100)
    return [{"doubt": "emptied", "n": len(change.emptied), "all": change.answered, "share": share}]


def change_lines(change):
    """What other duties would change, as lines of text."""
    yield _("%(changed)d 格换单位，%(emptied)d 格变成没人管，%(filled)d 格有了人管，%(doubled)d 格变成重复。") % counts(change)
    told = {
        "changed": (_("换单位"), change.changed),
        "emptied": (_("变成没人管"), change.emptied),
        "filled": (_("有了人管"), change.filled),
        "doubled": (_("变成重复"), change.doubled),
    }
    for label, pairs in told.values():
        for was, now in pairs[:LISTED]:
            yield f"  {label} {_pair(was, now)}"
        if len(pairs) > LISTED:
            yield "  " + _("……还有 %d 格") % (len(pairs) - LISTED)
    for each in change.ending[:LISTED]:
        yield "  " + _("%(day)s 到期 %(field)s") % {"day": each.ends, "field": field_name(each)}


def counts(change):
    """{changed, emptied, filled, doubled, ending: how many fields}."""
    return {name: len(getattr(change, name)) for name in ("changed", "emptied", "filled", "doubled", "ending")}


def field_name(field):
    """A field of the coverage as people call it."""
    area = field.spot.town.name if field.spot.kind == AreaKind.TOWN else f"{field.spot.town.name}·{field.spot.name}"
    return f"{field.category.code} {field.category.label} × {area}"


def _pair(was, now):
    return f"{field_name(now)}：{was.answer.unit.label} → {now.answer.unit.label}"


def pair_row(was, now):
    """A changed field for JSON."""
    return {
        "category": now.category.code,
        "town": now.spot.town.code,
        "area_kind": now.spot.kind,
        "area": now.spot.code,
        "was": was.answer.unit.code if was.answer.duty else None,
        "now": now.answer.unit.code if now.answer.duty else None,
    }


def as_json(edition, change):
    """An edition of duties and what using it would change, for JSON."""
    told = {"edition": edition.pk, "kind": edition.kind, "source": edition.source, "active": edition.active, **edition.report}
    told |= {"counts": counts(change), "doubts": [] if edition.active else reasons(edition)}
    lists = ("changed", "emptied", "filled", "doubled")
    return told | {name: [pair_row(*pair) for pair in getattr(change, name)] for name in lists}
