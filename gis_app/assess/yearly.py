"""The yearly assessment sheet (年度考核): the scores of the months as they were published, and what appeals made of them.

Nothing is counted anew. A month that is not published is missing and said to be; the year's score is the mean of a unit's months
that have one, each by the rules of its own time. Appeals do not touch a bulletin: the sheet shows both numbers.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import audit, exports
from gis_app.assess.periods import today
from gis_app.errors import BadField, BulletinSettled
from gis_app.models import Appeal, AppealRule, Bulletin
from gis_app.models.unit import in_language
from gis_app.words import ActName, AppealAnswer, BulletinKind

LONGEST = 500  # letters of a reason or a note
BEST = 10_000  # hundredths


class Cell(NamedTuple):
    """A unit's month. published: its score in hundredths, None of nothing; granted: what an appeal made of it, or None."""

    month: int
    published: int | None
    granted: int | None

    @property
    def counts(self):
        return self.published if self.granted is None else self.granted


class Row(NamedTuple):
    """A unit's year. looked, ok: drawn re-checks; total: the mean of its months in hundredths, None of none."""

    code: str
    name: str
    cells: list
    looked: int
    ok: int

    @property
    def total(self):
        scores = [cell.counts for cell in self.cells if cell is not None and cell.counts is not None]
        return round(sum(scores) / len(scores)) if scores else None


@dataclass(frozen=True)
class Sheet:
    """months: {month: Bulletin} of those that are published; missing: the others that are over; appeals: newest first."""

    year: int
    months: dict
    missing: list
    rows: list
    appeals: list
    versions: list  # of the rules by which the months were judged


def sheet(year, units=None):
    """The Sheet of a year. units: codes of those that are shown, all by default."""
    months = published_months(year)
    appeals = list(appeals_in(year, units))
    granted = {(a.unit.code, a.bulletin.start.month): a.points for a in reversed(appeals) if stands(a, months)}
    figures = {month: row.figures for month, row in months.items()}
    names = {unit["code"]: in_language(unit["name"], unit["name_en"]) for told in figures.values() for unit in told["units"]}
    rows = [row_of(code, name, figures, granted) for code, name in sorted(names.items()) if units is None or code in units]
    versions = sorted({told["scores"]["version"] for told in figures.values()} - {""})
    return Sheet(year, months, missing(year, months), rows, appeals, versions)


def published_months(year):
    """{month: Bulletin}: of each published month the newest edition."""
    rows = Bulletin.objects.filter(kind=BulletinKind.MONTH, start__year=year, published_at__isnull=False)
    return {row.start.month: row for row in rows.order_by("start", "edition")}


def appeals_in(year, units=None):
    """The appeals against months of a year, newest first. units: codes, all by default."""
    rows = Appeal.objects.filter(bulletin__kind=BulletinKind.MONTH, bulletin__start__year=year)
    rows = rows.select_related("bulletin", "unit").defer("bulletin__frozen")
    return rows if units is None else rows.filter(unit__code__in=units)


def stands(appeal, months):
    """Whether a granted appeal counts: an edition that was published after the answer has taken its place."""
    return appeal.answer == AppealAnswer.GRANTED and appeal.answered_at >= months[appeal.bulletin.start.month].published_at


def missing(year, months):
    """The months of a year that are over and not published."""
    last = today(timezone.now()).replace(day=1)
    return [month for month in range(1, 13) if dt.date(year, month, 1) < last and month not in months]


def row_of(code, name, figures, granted):
    """A unit's Row; a month that is not published is None."""
    cells, looked, ok = [None] * 12, 0, 0
    for month, told in figures.items():
        score = told["scores"]["units"].get(code, {}).get("total")
        cells[month - 1] = Cell(month, score, granted.get((code, month)))
        for drawn in told["draws"]:
            if drawn["code"] == code:
                looked, ok = looked + drawn["looked"], ok + drawn["ok"]
    return Row(code, name, cells, looked, ok)


def points(hundredths):
    """A score as it is read: 87.25; — of nothing."""
    return "—" if hundredths is None else f"{hundredths / 100:.2f}"


# ---- appeals


def last_day(bulletin):
    """The last day on which a published month may be contested; None where no rule allows it."""
    day = today(bulletin.published_at)
    rule = AppealRule.objects.filter(since__lte=day).first()
    return day + dt.timedelta(days=rule.days) if rule else None


def appeal(bulletin, unit, reason, by):
    """Contest a unit's score in a published month. Raises BadField, BulletinSettled; then nothing is written."""
    reason = tidy(reason, _("为什么申诉"))
    with transaction.atomic():
        audit.hold("bulletins")
        newest = published_months(bulletin.start.year).get(bulletin.start.month)
        limit = last_day(bulletin) if newest == bulletin else None
        if limit is None or today(timezone.now()) > limit:
            told = _("这个月的得分不能申诉了"), _("过了申诉的日子，或者已经出了更正的一版"), _("看看新的一版，还有话说请找专班")
            raise BulletinSettled(**dict(zip(("what", "why", "next"), told, strict=True)))
        if Appeal.objects.filter(bulletin=bulletin, unit=unit).exists():
            told = _("这个月已经申诉过了"), _("一个单位对一版只申诉一次"), _("等领导答复")
            raise BulletinSettled(**dict(zip(("what", "why", "next"), told, strict=True)))
        row = Appeal.objects.create(bulletin=bulletin, unit=unit, reason=reason, made_at=timezone.now(), made_by=by)
        audit.remember(ActName.APPEAL, f"appeal {row.pk}", by, unit=unit.code, month=f"{bulletin.start:%Y-%m}")
    return row


def answer(row, granted, text, note, by):
    """Grant an appeal with a corrected score (text: 0–100), or refuse it; once. Raises BadField, BulletinSettled."""
    note, score = tidy(note, _("答复")), hundredths(text) if granted else None
    with transaction.atomic():
        held = Appeal.objects.select_for_update(of=("self",)).select_related("unit").get(pk=row.pk)
        if held.answer:
            told = _("这件申诉已经答复了"), _("只答复一次，不能改"), _("看答复的内容")
            raise BulletinSettled(**dict(zip(("what", "why", "next"), told, strict=True)))
        held.answer = AppealAnswer.GRANTED if granted else AppealAnswer.REFUSED
        held.points, held.note, held.answered_at, held.answered_by = score, note, timezone.now(), by
        held.save()
        audit.remember(ActName.ANSWER, f"appeal {held.pk}", by, unit=held.unit.code, answer=held.answer, points=score)
    return held


def tidy(text, field):
    """A reason or a note on one line. Raises BadField."""
    text = " ".join(text.split())
    if not 2 <= len(text) <= LONGEST:
        raise BadField(field=field, why=_("写一两句，最多 %d 字。") % LONGEST)
    return text


def hundredths(text):
    """A score from 0 to 100, with two places at most, in hundredths. Raises BadField."""
    whole, _point, rest = text.strip().partition(".")
    digits = whole.isascii() and whole.isdigit() and len(whole) < 4 and len(rest) < 3 and (rest == "" or rest.isdigit())
    score = int(whole) * 100 + int(rest.ljust(2, "0")) if digits else BEST + 1
    if score > BEST:
        raise BadField(field=_("更正后的得分"), why=_("写 0 到 100 的数，最多两位小数。"))
    return score


# ---- as a spreadsheet


def workbook(told):
    """The bytes of an XLSX: the sheet, and the appeals with both numbers."""
    months = [_("%d月") % month for month in range(1, 13)]
    heads = [_("编号"), _("单位"), *months, _("复查看了"), _("办好了"), _("全年得分")]
    rows = [[row.code, row.name, *cells_of(row, told), row.looked, row.ok, points(row.total)] for row in told.rows]
    appealed = [_("单位"), _("月份"), _("第几版"), _("申诉理由"), _("答复"), _("原来的得分"), _("更正后的得分"), _("说明")]
    tables = [(_("年度考核"), heads, rows), (_("申诉"), appealed, [appeal_row(row, told) for row in told.appeals])]
    return exports.tables_workbook(tables)


def cells_of(row, told):
    """A unit's months in cells; one that is missing says so, one that is not over is empty."""
    return [cell_text(cell, month in told.missing) for month, cell in enumerate(row.cells, 1)]


def cell_text(cell, lacking):
    """A month in a cell: the score that counts; both where an appeal was granted."""
    if cell is None:
        return _("缺") if lacking else ""
    both = _("%(granted)s（原 %(published)s）") % {"granted": points(cell.granted), "published": points(cell.published)}
    return points(cell.published) if cell.granted is None else both


def appeal_row(row, told):
    """An appeal as the sheet lists it."""
    frozen = told.months[row.bulletin.start.month].figures["scores"]["units"].get(row.unit.code, {})
    said = str(AppealAnswer(row.answer).label) if row.answer else _("还没有答复")
    before, after = points(frozen.get("total")), points(row.points) if row.points is not None else ""
    return [row.unit.label, f"{row.bulletin.start:%Y-%m}", row.bulletin.edition, row.reason, said, before, after, row.note]
