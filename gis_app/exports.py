"""Tables as spreadsheets."""

import io

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import clock, meeting, route
from gis_app.coverage import every
from gis_app.words import AreaKind, Claim, LostBy, State

DUTY_COLUMNS = ("unit", "category", "area_kind", "area_codes", "document", "clause", "document_date", "from", "to", "note")
INK, LINE = "#16201B", "#DBE0D8"
FILLS = {Claim.EMPTY: ("#B0261C", "#FFFFFF"), Claim.DOUBLE: ("#FBF1DB", "#855600")}
WIDE, NARROW = 24, 12
AGENDA_HEADS = (
    *(gettext_lazy("编号"), gettext_lazy("小类"), gettext_lazy("镇街"), gettext_lazy("村社"), gettext_lazy("单位")),
    *(gettext_lazy("状态"), gettext_lazy("上报"), gettext_lazy("到期"), gettext_lazy("已过天数"), gettext_lazy("督办时间")),
    *(gettext_lazy("回复期限"), gettext_lazy("已回复")),
)
UNIT_HEADS = (
    *(gettext_lazy("单位"), gettext_lazy("在办"), gettext_lazy("超期"), gettext_lazy("督办"), gettext_lazy("逾期未回复")),
    gettext_lazy("最早一件"),
)


def workbook(fill):
    """The bytes of an XLSX file that `fill` writes. What people wrote stays text, never a formula or a link."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        fill(book)
    return out.getvalue()


def duties_workbook(duties):
    """Duties as a sheet that can be changed and loaded again; beside the codes their names, which are not read."""

    def fill(book):
        head = book.add_format({"bold": True, "bottom": 2, "bottom_color": INK})
        sheet = book.add_worksheet(_("职责"))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [*DUTY_COLUMNS, _("单位名"), _("类别名")], head)
        sheet.set_column(0, 4, 16)
        sheet.set_column(4, 4, WIDE)
        sheet.set_column(len(DUTY_COLUMNS), len(DUTY_COLUMNS) + 1, WIDE)
        for line, duty in enumerate(duties, 1):
            row = route.duty_row(duty) | {"area_codes": "|".join(duty.area_codes)}
            kind = duty.category or duty.major
            sheet.write_row(line, 0, [row[name] or "" for name in DUTY_COLUMNS] + [duty.unit.name, kind.name if kind else "*"])
        sheet.autofilter(0, 0, max(1, len(duties)), len(DUTY_COLUMNS) + 1)

    return workbook(fill)


def coverage_workbook(fields):
    """Coverage fields as a matrix category × town, and as a list with the duty behind each, smaller areas included."""

    def fill(book):
        _matrix(book, fields)
        _list(book, fields)

    return workbook(fill)


def _matrix(book, fields):
    sheet, head = (
        book.add_worksheet(_("覆盖")),
        book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "align": "center"}),
    )
    looks = {claim: book.add_format({"bg_color": paper, "font_color": ink}) for claim, (paper, ink) in FILLS.items()}
    towns = {field.spot.town.code: field.spot.town.name for field in fields}
    column = {code: number for number, code in enumerate(sorted(towns), 2)}
    sheet.write_row(0, 0, [_("编号"), _("小类"), *(towns[code] for code in sorted(towns))], head)
    sheet.freeze_panes(1, 2)
    sheet.set_column(1, 1, WIDE)
    sheet.set_column(2, len(towns) + 1, NARROW)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    lines = {}
    for field in fields:
        line = lines.setdefault(field.category.code, len(lines) + 1)
        sheet.write_row(line, 0, [field.category.code, field.category.label])
        said = field.answer.unit.label if field.claim != Claim.EMPTY else str(field.claim.label)
        sheet.write_string(line, column[field.spot.town.code], said, looks.get(field.claim))


def _list(book, fields):
    sheet, head = book.add_worksheet(_("明细")), book.add_format({"bold": True, "bottom": 2})
    columns = [_("编号"), _("小类"), _("镇街"), _("地区"), _("谁管"), _("状态"), _("到期"), _("依据"), _("落选")]
    sheet.write_row(0, 0, columns, head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 8, WIDE)
    line = 0
    for line, field in enumerate(every(fields), 1):
        sheet.write_row(line, 0, _row(field))
    sheet.autofilter(0, 0, max(1, line), len(columns) - 1)


def _row(field):
    answer, spot = field.answer, field.spot
    by = f"{answer.duty.document} {answer.duty.clause}".strip() if answer.duty else ""
    unit, ends = answer.unit.label if answer.duty else "", field.ends.isoformat() if field.ends else ""
    lost = "、".join(f"{duty.unit.label}（{LostBy(loss).label}）" for duty, loss in answer.losers)
    area = spot.name if spot.kind != AreaKind.TOWN else ""
    return [field.category.code, field.category.label, spot.town.name, area, unit, str(field.claim.label), ends, by, lost]


def tables_workbook(tables):
    """Tables, each as (name, headings, rows), a sheet for each."""

    def fill(book):
        for table in tables:
            _sheet(book, *table)

    return workbook(fill)


def meeting_workbook(agenda):
    """What the weekly meeting looks at, a sheet for each list and one of the units."""

    def fill(book):
        names = {"supervised": _("督办"), "late": _("超期"), "longest": _("最久未结")}
        for name, tickets in meeting.lists(agenda):
            _sheet(book, names[name], AGENDA_HEADS, [_agenda_row(ticket, agenda.at) for ticket in tickets])
        figures = ("open", "late", "supervised", "overdue")
        rows = [[_unit(row["unit"]), *(row[name] for name in figures), _stamp(row["oldest"])] for row in agenda.units]
        _sheet(book, _("各单位"), UNIT_HEADS, rows)

    return workbook(fill)


def _agenda_row(ticket, now):
    orders = [_stamp(ticket.supervised_at), _stamp(ticket.answer_due_at), _stamp(ticket.answered_at)]
    kind, place = ticket.category.label if ticket.category else "", [str(ticket.town), str(ticket.village or "")]
    state = [_unit(ticket.unit), str(State(ticket.state).label), _stamp(ticket.opened_at), _stamp(ticket.due)]
    return [ticket.number, kind, *place, *state, meeting.days_open(ticket, now), *orders]


def _unit(unit):
    return unit.label if unit else _("还没派的")


def _sheet(book, name, heads, rows):
    sheet, head = book.add_worksheet(name), book.add_format({"bold": True, "bottom": 2, "bottom_color": INK})
    sheet.write_row(0, 0, list(map(str, heads)), head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 18)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for line, row in enumerate(rows, 1):
        sheet.write_row(line, 0, row)
    sheet.autofilter(0, 0, max(1, len(rows)), len(heads) - 1)


def _stamp(moment):
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""
